//! The world at its first moment: the objects, nodes, servers and the repository that are already there.

mod crds;
mod fleet;
pub(crate) mod machines;
mod nodes;
mod platform;
pub(crate) mod repository;
pub(crate) mod workloads;

pub(crate) use crds::capi_crds;
pub(crate) use fleet::{FirstMachine, fleet};
pub(crate) use nodes::node;
pub(crate) use platform::platform;
