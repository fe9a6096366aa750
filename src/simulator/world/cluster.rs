//! What the machines of one cluster have in common.

use super::etcd::Etcd;
use super::lock::Lock;
use super::machine_config::{MachineConfig, Role};
use super::node::Node;
use super::resources::node_id;
use crate::pki::Authority;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, Weak};

#[derive(Debug)]
pub struct Cluster {
    pub name: String,
    /// `cluster.id` of the machine config; the name where there is none.
    pub id: String,
    pub etcd: Etcd,
    /// Who signs the certificates of its machines. Workers have only the certificate and ask the control plane.
    authority: Mutex<Option<Authority>>,
    machines: Mutex<Vec<Weak<Node>>>,
}

/// What the discovery service says of one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    pub node_id: String,
    pub hostname: String,
    pub address: IpAddr,
    pub role: Role,
    pub talos_version: String,
}

impl Cluster {
    pub fn new(config: &MachineConfig, etcd: Etcd) -> Self {
        Self {
            name: config.cluster_name.clone(),
            id: key(config),
            etcd,
            authority: Mutex::default(),
            machines: Mutex::default(),
        }
    }

    /// A control-plane machine brings the authority's key.
    pub fn learn(&self, config: &MachineConfig) {
        if let Some((cert, Some(key))) = &config.machine_ca
            && let Ok(authority) = Authority::from_pem(cert, key)
        {
            *self.authority.held() = Some(authority);
        }
    }

    pub fn joined(&self, node: &Arc<Node>) {
        let mut machines = self.machines.held();
        machines.retain(|it| it.strong_count() > 0);
        machines.push(Arc::downgrade(node));
    }

    /// Tell the machines that somebody looks at of what they know of each other.
    pub fn gossip(&self) {
        let machines: Vec<Arc<Node>> = self.machines.held().iter().filter_map(Weak::upgrade).collect();
        for node in machines {
            for kind in ["Members.cluster.talos.dev", "Affiliates.cluster.talos.dev"] {
                node.resources.refresh_kind(&node, kind);
            }
        }
    }

    pub fn left(&self, node: &Node) {
        self.machines
            .held()
            .retain(|it| it.upgrade().is_some_and(|it| it.spec.server_id != node.spec.server_id));
    }

    /// The machines of the cluster, as any of them knows the others.
    pub fn discovered(&self) -> Vec<Discovered> {
        let machines: Vec<Arc<Node>> = self.machines.held().iter().filter_map(Weak::upgrade).collect();
        let known = machines.iter().filter(|it| it.state.held().network_ready);
        known
            .map(|it| Discovered {
                node_id: node_id(it),
                hostname: it.hostname(),
                address: it.spec.address,
                role: it.role(),
                talos_version: it.state.held().talos_version.clone(),
            })
            .collect()
    }

    pub fn authority(&self) -> Option<Authority> {
        self.authority.held().clone()
    }
}

/// What tells one cluster from another.
pub fn key(config: &MachineConfig) -> String {
    if config.cluster_id.is_empty() { config.cluster_name.clone() } else { config.cluster_id.clone() }
}
