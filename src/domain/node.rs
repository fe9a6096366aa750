//! A Talos node, as its own API tells of it.

use crate::{Entity, MemberId, Moment, NodeName};
use std::collections::BTreeMap;

/// Where a machine is in its life; Talos's own words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
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
    /// From Talos's own word.
    pub fn named(word: &str) -> Stage {
        let all = [
            Stage::Booting,
            Stage::Installing,
            Stage::Maintenance,
            Stage::Running,
            Stage::Rebooting,
            Stage::ShuttingDown,
            Stage::Resetting,
            Stage::Upgrading,
        ];
        all.into_iter().find(|it| it.word() == word).unwrap_or_default()
    }

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

/// What a Talos machine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum NodeRole {
    ControlPlane,
    Worker,
}

impl NodeRole {
    pub fn word(self) -> &'static str {
        match self {
            NodeRole::ControlPlane => "control plane",
            NodeRole::Worker => "worker",
        }
    }
}

/// A Talos node, as its own API tells of it. What is `None` has not been heard yet, or is withheld.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Node {
    pub name: NodeName,
    /// The address it is asked at, in the `node` header.
    pub address: String,
    /// All its addresses, without prefix lengths.
    pub addresses: Vec<String>,
    pub role: Option<NodeRole>,
    pub stage: Stage,
    pub ready: bool,
    /// What it waits for before it is ready: a condition and its reason.
    pub unmet: Vec<(String, String)>,
    /// The Talos version it runs, with its `v`.
    pub version: Option<String>,
    /// `metal`, `hcloud`, `container` …
    pub platform: Option<String>,
    /// The Image Factory schematic it was built from.
    pub schematic: Option<String>,
    /// System extensions: name and version.
    pub extensions: Vec<(String, String)>,
    /// The kubelet's version, with its `v`, from the image it runs.
    pub kubelet: Option<String>,
    pub kubernetes: Option<KubernetesSide>,
    /// Sorted by name.
    pub services: Vec<Service>,
    pub time_synced: Option<bool>,
    /// What Talos itself complains of: an id and a sentence.
    pub diagnostics: Vec<(String, String)>,
    /// Its own member in etcd.
    pub etcd: Option<MemberId>,
    pub config: ConfigFact,
    /// What it will not tell, and why: a type's short name and the server's words.
    pub withheld: BTreeMap<String, String>,
}

/// What the node knows of its own Kubernetes Node.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct KubernetesSide {
    pub name: String,
    pub ready: bool,
    pub unschedulable: bool,
}

/// One of the services that Talos itself runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Service {
    pub name: String,
    pub running: bool,
    /// `None` where the service has no health check.
    pub healthy: Option<bool>,
}

/// What is known of the machine config: never its bytes, they hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum ConfigFact {
    #[default]
    Unknown,
    /// The role of our certificate may not read it.
    Forbidden,
    /// sha256, hex, of the bytes as they were submitted: what is in force, and what is on disk where the two differ.
    Known { active: String, persistent: Option<String> },
}

impl Entity for Node {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.name
    }
}

/// What a node's processors, memory and disk have to do: the newest figures and how they went.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct NodeUse {
    pub name: NodeName,
    /// When the node booted.
    pub booted: Option<Moment>,
    /// Of 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Of all processors together, 0 to 100; needs two answers.
    pub cpu: Option<f32>,
    pub memory: Share,
    /// `/var`, where everything lives that grows.
    pub disk: Share,
    /// Percent, oldest first.
    pub cpu_trend: Vec<u8>,
    pub memory_trend: Vec<u8>,
}

/// So much of so much, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Share {
    pub used: u64,
    pub of: u64,
}

impl Share {
    /// 0 to 100; `None` of nothing.
    pub fn percent(self) -> Option<u8> {
        let hundred = u128::from(self.used.min(self.of)) * 100;
        u8::try_from(hundred.checked_div(u128::from(self.of))?).ok()
    }
}

impl Entity for NodeUse {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_has_no_percentage() {
        assert_eq!(Share { used: 1, of: 0 }.percent(), None);
        assert_eq!(Share { used: 3, of: 4 }.percent(), Some(75));
        assert_eq!(Share { used: u64::MAX, of: u64::MAX }.percent(), Some(100));
    }
}
