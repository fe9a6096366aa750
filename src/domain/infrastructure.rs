//! What a Machine is made with: the provider's machine, its template, its bootstrap config.

use crate::{Address, Conditions, Entity, Meta, Moment, ObjectRef};

/// HCloudMachine and its like: the provider's side of a Machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct InfraMachine {
    pub meta: Meta,
    pub provider_id: Option<String>,
    /// As the provider names it: cx33.
    pub server_type: Option<String>,
    pub image: Option<String>,
    pub region: Option<String>,
    /// The server's own status: running, off, deleting.
    pub instance_state: Option<String>,
    pub boot_state: Option<String>,
    pub boot_since: Option<Moment>,
    pub ready: bool,
    /// The template it was cloned from: name, and `Kind.group`.
    pub cloned_from: Option<String>,
    pub cloned_from_kind: Option<String>,
    pub addresses: Vec<Address>,
    pub conditions: Conditions,
}

/// HCloudMachineTemplate and its like.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MachineTemplate {
    pub meta: Meta,
    pub server_type: Option<String>,
    pub image: Option<String>,
}

/// TalosConfig: what a Machine boots with. Its content is never kept, only a digest to compare by.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct BootstrapConfig {
    pub meta: Meta,
    /// Digest of `spec`.
    pub config: Option<String>,
    pub ready: bool,
    pub cloned_from: Option<String>,
    pub conditions: Conditions,
}

impl Entity for InfraMachine {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}

impl Entity for MachineTemplate {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}

impl Entity for BootstrapConfig {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}
