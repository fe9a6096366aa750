//! What a watch of the Cluster API family says: one table for every kind.

use crate::{
    BootstrapConfig, Change, ChartProxy, Cluster, ControlPlane, HealthCheck, InfraCluster, InfraMachine,
    Machine, MachineDeployment, MachineSet, MachineTemplate,
};

#[derive(Debug, Clone, PartialEq)]
pub enum CapiChange {
    Clusters(Change<Cluster>),
    Machines(Change<Machine>),
    MachineSets(Change<MachineSet>),
    MachineDeployments(Change<MachineDeployment>),
    HealthChecks(Change<HealthCheck>),
    TalosControlPlanes(Change<ControlPlane>),
    KubeadmControlPlanes(Change<ControlPlane>),
    TalosConfigs(Change<BootstrapConfig>),
    InfraClusters(Change<InfraCluster>),
    InfraMachines(Change<InfraMachine>),
    MachineTemplates(Change<MachineTemplate>),
    ChartProxies(Change<ChartProxy>),
}
