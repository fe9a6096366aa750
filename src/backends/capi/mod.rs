//! Cluster API: its own kinds, the Talos and kubeadm providers, Hetzner's infrastructure and the add-ons.

pub(crate) mod decode;
pub(crate) mod decode_made;
mod digest;

#[cfg(test)]
mod decode_test;
