//! A machine's facts at one moment, for tests and for whoever assembles the world.

use super::lock::Lock;
use super::machine_config::Role;
use super::node::{Node, Wire};
use std::net::IpAddr;
use wire::machine::machine_status_event::MachineStage;

#[derive(Debug, Clone, PartialEq)]
pub struct NodeSnapshot {
    pub name: String,
    pub hostname: String,
    pub server_id: u64,
    pub address: IpAddr,
    pub role: Role,
    pub powered: bool,
    pub wire: Wire,
    pub stage: MachineStage,
    pub ready: bool,
    pub talos_version: String,
    pub kubernetes_version: String,
    /// The kubelet process runs.
    pub kubelet: bool,
    /// How often it has booted in this world.
    pub boots: u64,
    /// Milliseconds since the epoch.
    pub booted_at: i64,
    pub etcd_member: Option<u64>,
}

impl NodeSnapshot {
    pub fn of(node: &Node) -> Self {
        let ready = node.unmet().is_empty();
        let (hostname, kubelet, wire) = (node.hostname(), node.runs("kubelet"), *node.wire.borrow());
        let state = node.state.held();
        Self {
            name: node.spec.name.clone(),
            hostname,
            server_id: node.spec.server_id,
            address: node.spec.address,
            role: state.active.role,
            powered: state.powered,
            wire,
            stage: state.stage,
            ready,
            talos_version: state.talos_version.clone(),
            kubernetes_version: state.active.kubernetes_version().to_owned(),
            kubelet: kubelet && state.powered,
            boots: state.boots,
            booted_at: state.booted_at,
            etcd_member: state.etcd_member,
        }
    }
}
