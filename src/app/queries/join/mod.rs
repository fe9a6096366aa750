//! The identity join: Machine, Kubernetes node, Talos node, etcd member and server are one thing under five names.

mod breaks;
mod chain;
mod members;

pub(crate) use breaks::GRACE;
pub use breaks::{Break, breaks, leaked};
pub use chain::{Chain, of_host, of_machine, of_machine_in, of_server, server_number};
pub use members::{SeenEtcd, SeenMember, seen};
