//! A Machine of Cluster API: what becomes a server, a node and, on the control plane, an etcd member.

use crate::{Condition, Conditions, Entity, MachineId, Meta, Moment, NodeName, ObjectRef};
use std::time::Duration;

/// `status.phase`, in Cluster API's own words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum MachinePhase {
    Pending,
    Provisioning,
    Provisioned,
    Running,
    Updating,
    Deleting,
    Deleted,
    Failed,
    #[default]
    Unknown,
}

impl MachinePhase {
    pub fn word(self) -> &'static str {
        match self {
            MachinePhase::Pending => "pending",
            MachinePhase::Provisioning => "provisioning",
            MachinePhase::Provisioned => "provisioned",
            MachinePhase::Running => "running",
            MachinePhase::Updating => "updating",
            MachinePhase::Deleting => "deleting",
            MachinePhase::Deleted => "deleted",
            MachinePhase::Failed => "failed",
            MachinePhase::Unknown => "unknown",
        }
    }
}

/// How far a deletion has come: the reasons of condition `Deleting`, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum DeletionStage {
    PreDrainHook,
    Draining,
    VolumeDetach,
    PreTerminateHook,
    Infrastructure,
    Bootstrap,
    Node,
    Completed,
}

impl DeletionStage {
    /// In words, as in "k8s-cp-b2 drains its node".
    pub fn word(self) -> &'static str {
        match self {
            DeletionStage::PreDrainHook => "waits for a pre-drain hook",
            DeletionStage::Draining => "draining",
            DeletionStage::VolumeDetach => "waits for volumes to detach",
            DeletionStage::PreTerminateHook => "waits for a pre-terminate hook",
            DeletionStage::Infrastructure => "server is deleted",
            DeletionStage::Bootstrap => "bootstrap config is deleted",
            DeletionStage::Node => "node is deleted",
            DeletionStage::Completed => "deleted",
        }
    }
}

/// When the steps of a deletion began, and how long they may take.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Deletion {
    pub drain_since: Option<Moment>,
    pub volumes_since: Option<Moment>,
    pub pre_drain_since: Option<Moment>,
    pub pre_terminate_since: Option<Moment>,
    /// None: it waits for ever.
    pub drain_timeout: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// InternalIP, ExternalIP, Hostname, InternalDNS, ExternalDNS.
    pub kind: String,
    pub address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Machine {
    pub id: MachineId,
    pub meta: Meta,
    /// `spec.clusterName`.
    pub cluster: String,
    pub control_plane: bool,
    /// The MachineDeployment it belongs to, by its label.
    pub deployment: Option<String>,
    /// The Kubernetes version it shall run, with its `v`.
    pub version: Option<String>,
    pub provider_id: Option<String>,
    pub infrastructure: Option<ObjectRef>,
    pub bootstrap: Option<ObjectRef>,
    /// The Secret, in its namespace, with what it was given to boot with.
    #[serde(default)]
    pub boot_data: Option<String>,
    /// Label `machine-template-hash`.
    pub template_hash: Option<String>,
    pub phase: MachinePhase,
    /// When the phase became what it is.
    pub phase_since: Option<Moment>,
    pub node: Option<NodeName>,
    /// What the kubelet of its node says it is.
    pub kubelet: Option<String>,
    pub os_image: Option<String>,
    pub failure_domain: Option<String>,
    pub addresses: Vec<Address>,
    pub bootstrap_ready: bool,
    pub infrastructure_ready: bool,
    pub deletion: Deletion,
    pub conditions: Conditions,
    /// Annotation of CACPPT 0.5.13 and later: it was asked to leave etcd. Not a proof that it did.
    pub etcd_leaving: bool,
    /// Annotation `cluster.x-k8s.io/delete-machine`: the first to go.
    pub delete_first: bool,
    /// Deletion hooks that hold it, by their names.
    pub hooks: Vec<String>,
}

impl Machine {
    pub fn deleting(&self) -> bool {
        self.meta.deleted.is_some()
    }

    /// How far its deletion is, as its condition says; none where it is not being deleted.
    pub fn deletion_stage(&self) -> Option<DeletionStage> {
        self.meta.deleted?;
        let reason = self.conditions.get("Deleting").filter(|it| it.is_true()).map(|it| it.reason.as_str());
        Some(match reason.unwrap_or_default() {
            "WaitingForPreDrainHook" => DeletionStage::PreDrainHook,
            "DrainingNode" => DeletionStage::Draining,
            "WaitingForVolumeDetach" => DeletionStage::VolumeDetach,
            "WaitingForPreTerminateHook" => DeletionStage::PreTerminateHook,
            "WaitingForBootstrapDeletion" => DeletionStage::Bootstrap,
            "DeletingNode" => DeletionStage::Node,
            "DeletionCompleted" => DeletionStage::Completed,
            "WaitingForInfrastructureDeletion" => DeletionStage::Infrastructure,
            _ if self.deletion.drain_since.is_some() => DeletionStage::Draining,
            _ => DeletionStage::Infrastructure,
        })
    }

    /// Since when its deletion is at the stage where it is.
    pub fn deletion_stage_since(&self) -> Option<Moment> {
        match self.deletion_stage()? {
            DeletionStage::Draining => self.deletion.drain_since.or(self.meta.deleted),
            DeletionStage::VolumeDetach => self.deletion.volumes_since.or(self.meta.deleted),
            DeletionStage::PreDrainHook => self.deletion.pre_drain_since.or(self.meta.deleted),
            DeletionStage::PreTerminateHook => self.deletion.pre_terminate_since.or(self.meta.deleted),
            // Before its controller has looked, the condition still dates from when nothing was being deleted.
            _ => {
                let said = self.condition("Deleting").filter(|it| it.is_true()).and_then(|it| it.since);
                said.or(self.meta.deleted)
            }
        }
    }

    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.get(kind)
    }

    /// The name it is known by in etcd and in Talos: its node's, or the Hostname its provider published.
    pub fn hostname(&self) -> Option<String> {
        let published = self.addresses.iter().find(|it| it.kind == "Hostname").map(|it| it.address.as_str());
        let name = published.or(self.node.as_ref().map(|it| it.0.as_str()))?;
        Some(first_label(name))
    }

    pub fn address(&self, kind: &str) -> Option<&str> {
        self.addresses.iter().find(|it| it.kind == kind).map(|it| it.address.as_str())
    }
}

/// The first label of a DNS name, in lower case: how CACPPT compares hostnames. An address is no name: it stays whole.
pub fn first_label(name: &str) -> String {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name.to_owned();
    }
    name.split('.').next().unwrap_or(name).to_lowercase()
}

impl Entity for Machine {
    type Id = MachineId;
    fn id(&self) -> &MachineId {
        &self.id
    }
}
