//! A Node as Kubernetes tells of it, and a budget that may hold up its drain.

use crate::{Address, Conditions, Entity, Meta, NodeName, ObjectRef};

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct KubeNode {
    pub name: NodeName,
    pub meta: Meta,
    pub provider_id: Option<String>,
    pub kubelet: Option<String>,
    pub os_image: Option<String>,
    pub unschedulable: bool,
    /// `key=value:effect`, as kubectl prints them.
    pub taints: Vec<String>,
    /// From the labels `node-role.kubernetes.io/…`.
    pub roles: Vec<String>,
    pub addresses: Vec<Address>,
    /// The Machine that Cluster API says it is: annotation `cluster.x-k8s.io/machine`.
    pub machine: Option<String>,
    /// What it can give to pods, in thousandths of a core and in bytes.
    pub cpu_millis: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub conditions: Conditions,
}

impl KubeNode {
    pub fn ready(&self) -> bool {
        self.conditions.is_true("Ready")
    }

    pub fn control_plane(&self) -> bool {
        self.roles.iter().any(|it| it == "control-plane")
    }
}

impl Entity for KubeNode {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.name
    }
}

/// A PodDisruptionBudget.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Budget {
    pub meta: Meta,
    /// As written: "1", "50%".
    pub min_available: Option<String>,
    pub max_unavailable: Option<String>,
    /// How many pods may be taken away now.
    pub allowed: u32,
    pub healthy: u32,
    pub wanted: u32,
    pub expected: u32,
}

impl Entity for Budget {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}
