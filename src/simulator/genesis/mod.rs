//! Worlds at their first moment: the objects, nodes, servers and repositories that are already there.
//!
//! [`repository`], [`workloads`] and [`mod@platform`] serve every world; [`lighthouse`], [`machines`] and [`mod@fleet`] are of
//! the default one, [`home_ops`] is the world of talhelper.

mod crds;
mod fleet;
pub(crate) mod home_ops;
pub(crate) mod lighthouse;
pub(crate) mod machines;
mod platform;
pub(crate) mod repository;
pub(crate) mod workloads;

pub(crate) use crds::capi_crds;
pub(crate) use fleet::fleet;
pub(crate) use platform::platform;
