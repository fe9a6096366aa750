//! The world at its first moment: the objects, nodes, servers and the repository that are already there.

mod crds;
pub(crate) mod repository;
