//! A Talos node, as its own API tells of it.

use crate::{Entity, NodeName};

/// Where a machine is in its life; Talos's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stage {
    #[default]
    Unknown,
    Booting,
    Installing,
    Maintenance,
    Running,
    Rebooting,
    ShuttingDown,
    Resetting,
    Upgrading,
}

impl Stage {
    pub fn word(self) -> &'static str {
        match self {
            Stage::Unknown => "unknown",
            Stage::Booting => "booting",
            Stage::Installing => "installing",
            Stage::Maintenance => "maintenance",
            Stage::Running => "running",
            Stage::Rebooting => "rebooting",
            Stage::ShuttingDown => "shutting down",
            Stage::Resetting => "resetting",
            Stage::Upgrading => "upgrading",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    pub name: NodeName,
    /// The address it is asked at, in the `node` header.
    pub address: String,
    pub stage: Stage,
    pub ready: bool,
    /// The Talos version it runs, with its `v`.
    pub version: Option<String>,
}

impl Entity for Node {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.name
    }
}
