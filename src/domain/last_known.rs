//! What was known when the cockpit was last left: facts without contents, so that a start with everything down still
//! shows something, marked with its age. Secrets are in none of these types.

use crate::{
    Application, ApplicationSet, BootstrapConfig, Cluster, ControlPlane, EtcdView, Feed, InfraCluster,
    InfraMachine, KubeNode, Machine, MachineDeployment, MachineSet, MachineTemplate, Moment, Node, Server,
};

/// Rows of every table that a start can show, and when each feed was last heard.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LastKnown {
    /// When it was written.
    pub at: Moment,
    pub feeds: Vec<(Feed, Option<Moment>)>,
    pub nodes: Vec<Node>,
    pub kube_nodes: Vec<KubeNode>,
    pub etcd: Vec<EtcdView>,
    pub clusters: Vec<Cluster>,
    pub infra_clusters: Vec<InfraCluster>,
    pub control_planes: Vec<ControlPlane>,
    pub machine_deployments: Vec<MachineDeployment>,
    pub machine_sets: Vec<MachineSet>,
    pub machines: Vec<Machine>,
    pub infra_machines: Vec<InfraMachine>,
    pub machine_templates: Vec<MachineTemplate>,
    pub bootstrap_configs: Vec<BootstrapConfig>,
    pub applications: Vec<Application>,
    pub application_sets: Vec<ApplicationSet>,
    pub servers: Vec<Server>,
}
