//! From the words of the Talos wire to the words of the house. Pure and total: noise in, less out, never a panic.

pub(crate) mod etcd;
pub(crate) mod events;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod node;
pub(crate) mod sheets;
pub(crate) mod stats;
mod yaml;

pub(crate) use yaml::Yaml;
