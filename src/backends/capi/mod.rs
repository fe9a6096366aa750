//! Cluster API: its own kinds, the Talos and kubeadm providers, Hetzner's infrastructure and the add-ons; and the
//! Kubernetes nodes that its machines become.

mod decode;
mod decode_made;
mod decode_node;
#[cfg(test)]
mod decode_test;
mod digest;
mod watch;
mod watch_nodes;

pub(crate) use watch::heard;
pub use watch::machines;
pub use watch_nodes::kube_nodes;
