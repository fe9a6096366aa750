//! A cluster as Cluster API declares it, and what it is built from: infrastructure, control plane, deployments, sets.

use crate::{Conditions, Entity, Meta, Moment, ObjectRef};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Cluster {
    pub meta: Meta,
    pub phase: String,
    /// `host:port`.
    pub endpoint: Option<String>,
    pub control_plane: Option<ObjectRef>,
    pub infrastructure: Option<ObjectRef>,
    pub infrastructure_ready: bool,
    pub initialized: bool,
    /// Set where a ClusterClass manages it.
    pub topology_version: Option<String>,
    pub conditions: Conditions,
}

/// How many machines there are, as an owner counts them. None: its controller does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// All that are there, deleting ones included.
    pub current: u32,
    pub ready: Option<u32>,
    pub available: Option<u32>,
    pub up_to_date: Option<u32>,
}

/// How an owner replaces its machines.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Strategy {
    /// `surge` and `unavailable` as written: a number or a percentage.
    Rolling { surge: String, unavailable: String },
    /// A person deletes each machine; nothing is replaced otherwise.
    OnDelete,
}

impl Default for Strategy {
    fn default() -> Self {
        Strategy::Rolling { surge: "1".into(), unavailable: "0".into() }
    }
}

impl Strategy {
    /// How many machines more than `replicas` there may be. Percentages are rounded up, as Kubernetes does.
    pub fn surge(&self, replicas: u32) -> u32 {
        match self {
            Strategy::Rolling { surge, .. } => amount(surge, replicas, true),
            Strategy::OnDelete => 0,
        }
    }

    /// How many of `replicas` may be missing. Percentages are rounded down.
    pub fn unavailable(&self, replicas: u32) -> u32 {
        match self {
            Strategy::Rolling { unavailable, .. } => amount(unavailable, replicas, false),
            Strategy::OnDelete => 0,
        }
    }
}

fn amount(text: &str, of: u32, up: bool) -> u32 {
    match text.trim().strip_suffix('%').map(str::parse::<u32>) {
        Some(Ok(percent)) if up => (of.saturating_mul(percent)).div_ceil(100),
        Some(Ok(percent)) => of.saturating_mul(percent) / 100,
        Some(Err(_)) => 0,
        None => text.trim().parse().unwrap_or(0),
    }
}

/// TalosControlPlane or KubeadmControlPlane; `meta.id.kind` says which.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ControlPlane {
    pub meta: Meta,
    pub replicas: u32,
    /// The Kubernetes version it shall have.
    pub version: Option<String>,
    /// The lowest version its machines have, as its controller counts.
    pub status_version: Option<String>,
    pub template: Option<ObjectRef>,
    /// Digest of the Talos config its machines shall have.
    pub config: Option<String>,
    pub strategy: Strategy,
    pub initialized: bool,
    pub counts: Counts,
    pub conditions: Conditions,
    /// Set where its machines carry a drain timeout.
    pub drain_timeout: Option<Duration>,
}

impl ControlPlane {
    pub fn is_talos(&self) -> bool {
        self.meta.id.kind == "TalosControlPlane"
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MachineDeployment {
    pub meta: Meta,
    pub replicas: u32,
    pub version: Option<String>,
    pub template: Option<ObjectRef>,
    pub bootstrap_template: Option<ObjectRef>,
    pub strategy: Strategy,
    pub phase: String,
    pub counts: Counts,
    pub conditions: Conditions,
    /// None: a drain waits for ever.
    pub drain_timeout: Option<Duration>,
    /// `spec.rollout.after`, where it is set.
    pub rollout_after: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MachineSet {
    pub meta: Meta,
    pub replicas: u32,
    pub version: Option<String>,
    pub template: Option<ObjectRef>,
    pub bootstrap_template: Option<ObjectRef>,
    /// Annotation `machinedeployment.clusters.x-k8s.io/revision`.
    pub revision: i64,
    pub template_hash: Option<String>,
    pub counts: Counts,
    pub conditions: Conditions,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct HealthCheck {
    pub meta: Meta,
    /// What it looks for, as `key=value`.
    pub selector: Vec<String>,
    pub expected: u32,
    pub healthy: u32,
    pub remediations_allowed: Option<u32>,
    pub targets: Vec<String>,
    pub conditions: Conditions,
}

/// HetznerCluster and its like.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct InfraCluster {
    pub meta: Meta,
    pub ready: bool,
    pub regions: Vec<String>,
    /// The load balancer that it wants, where it is a HetznerCluster that wants one.
    #[serde(default)]
    pub load_balancer: Option<WantedBalancer>,
    /// The range of the network that it wants, and of the subnet in it.
    #[serde(default)]
    pub network: Option<(String, String)>,
    pub conditions: Conditions,
}

/// The load balancer that a HetznerCluster wants. What is not said is none: the provider's default.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct WantedBalancer {
    /// `lb11`.
    pub kind: Option<String>,
    pub algorithm: Option<String>,
    /// The port of the API server behind it.
    pub port: u16,
    /// What it listens for besides the Kubernetes API.
    pub extra: Vec<crate::LoadBalancerService>,
}

/// A HelmChartProxy: a chart that the management cluster puts into others.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ChartProxy {
    pub meta: Meta,
    pub chart: String,
    pub version: Option<String>,
    pub repository: String,
    pub clusters: Vec<String>,
    pub conditions: Conditions,
}

macro_rules! by_object {
    ($($name:ident),+) => { $(
        impl Entity for $name {
            type Id = ObjectRef;
            fn id(&self) -> &ObjectRef { &self.meta.id }
        }
    )+ };
}

by_object!(Cluster, ControlPlane, MachineDeployment, MachineSet, HealthCheck, InfraCluster, ChartProxy);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_kubernetes_does() {
        let it = Strategy::Rolling { surge: "25%".into(), unavailable: "25%".into() };
        assert_eq!((it.surge(3), it.unavailable(3)), (1, 0));
        assert_eq!((it.surge(10), it.unavailable(10)), (3, 2));
        assert_eq!((Strategy::default().surge(3), Strategy::OnDelete.surge(3)), (1, 0));
    }
}
