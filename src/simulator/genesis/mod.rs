//! The world at its first moment: the objects, nodes, servers and the repository that are already there.

mod crds;
mod fleet;
pub(crate) mod machines;
mod platform;
pub(crate) mod repository;
pub(crate) mod workloads;

pub(crate) use crds::capi_crds;
pub(crate) use fleet::fleet;
pub(crate) use platform::platform;
