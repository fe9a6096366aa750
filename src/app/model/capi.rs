//! What Cluster API says, kind by kind.

use domain::{
    BootstrapConfig, CapiChange, ChartProxy, Cluster, ControlPlane, HealthCheck, InfraCluster, InfraMachine,
    Machine, MachineDeployment, MachineSet, MachineTemplate, ObjectRef, Table,
};

#[derive(Debug, Clone, Default)]
pub struct Capi {
    pub clusters: Table<Cluster>,
    pub machines: Table<Machine>,
    pub machine_sets: Table<MachineSet>,
    pub machine_deployments: Table<MachineDeployment>,
    pub health_checks: Table<HealthCheck>,
    pub talos_control_planes: Table<ControlPlane>,
    pub kubeadm_control_planes: Table<ControlPlane>,
    pub bootstrap_configs: Table<BootstrapConfig>,
    pub infra_clusters: Table<InfraCluster>,
    pub infra_machines: Table<InfraMachine>,
    pub machine_templates: Table<MachineTemplate>,
    pub chart_proxies: Table<ChartProxy>,
}

impl Capi {
    pub(crate) fn absorb(&mut self, change: CapiChange) {
        match change {
            CapiChange::Clusters(change) => self.clusters.absorb(change),
            CapiChange::Machines(change) => self.machines.absorb(change),
            CapiChange::MachineSets(change) => self.machine_sets.absorb(change),
            CapiChange::MachineDeployments(change) => self.machine_deployments.absorb(change),
            CapiChange::HealthChecks(change) => self.health_checks.absorb(change),
            CapiChange::TalosControlPlanes(change) => self.talos_control_planes.absorb(change),
            CapiChange::KubeadmControlPlanes(change) => self.kubeadm_control_planes.absorb(change),
            CapiChange::TalosConfigs(change) => self.bootstrap_configs.absorb(change),
            CapiChange::InfraClusters(change) => self.infra_clusters.absorb(change),
            CapiChange::InfraMachines(change) => self.infra_machines.absorb(change),
            CapiChange::MachineTemplates(change) => self.machine_templates.absorb(change),
            CapiChange::ChartProxies(change) => self.chart_proxies.absorb(change),
        }
    }

    /// Every control plane, of either kind.
    pub fn control_planes(&self) -> impl Iterator<Item = &ControlPlane> {
        self.talos_control_planes.iter().chain(self.kubeadm_control_planes.iter())
    }

    /// The control plane of a cluster.
    pub fn control_plane_of(&self, cluster: &Cluster) -> Option<&ControlPlane> {
        let named = |it: &&ControlPlane| Some(&it.meta.id) == cluster.control_plane.as_ref();
        let owned = |it: &&ControlPlane| {
            it.meta.id.namespace == cluster.meta.id.namespace
                && it.meta.cluster.as_deref() == Some(cluster.meta.name())
        };
        self.control_planes().find(named).or_else(|| self.control_planes().find(owned))
    }

    /// The control plane of a machine.
    pub fn control_plane_of_machine(&self, machine: &Machine) -> Option<&ControlPlane> {
        if !machine.control_plane {
            return None;
        }
        let owner = |it: &&ControlPlane| Some(&it.meta.id) == machine.meta.owner.as_ref();
        self.control_planes().find(owner).or_else(|| {
            self.control_planes().find(|it| {
                it.meta.id.namespace == machine.id.namespace
                    && it.meta.cluster.as_deref() == Some(&machine.cluster)
            })
        })
    }

    /// The MachineSet of a worker machine.
    pub fn set_of(&self, machine: &Machine) -> Option<&MachineSet> {
        machine
            .meta
            .owner
            .as_ref()
            .filter(|it| it.kind == "MachineSet")
            .and_then(|it| self.machine_sets.get(it))
    }

    /// The MachineDeployment of a worker machine, by its owners, else by its label.
    pub fn deployment_of(&self, machine: &Machine) -> Option<&MachineDeployment> {
        let by_owner = self.set_of(machine).and_then(|it| it.meta.owner.as_ref());
        by_owner.and_then(|it| self.machine_deployments.get(it)).or_else(|| {
            let name = machine.deployment.as_deref()?;
            self.machine_deployments
                .iter()
                .find(|it| it.meta.id.namespace == machine.id.namespace && it.meta.name() == name)
        })
    }

    /// The provider's machine of a machine: by reference, else by provider id.
    pub fn infra_of(&self, machine: &Machine) -> Option<&InfraMachine> {
        machine.infrastructure.as_ref().and_then(|it| self.infra_machines.get(it)).or_else(|| {
            let id = machine.provider_id.as_deref()?;
            self.infra_machines.iter().find(|it| it.provider_id.as_deref() == Some(id))
        })
    }

    pub fn bootstrap_of(&self, machine: &Machine) -> Option<&BootstrapConfig> {
        machine.bootstrap.as_ref().and_then(|it| self.bootstrap_configs.get(it))
    }

    /// The control plane or the deployment that replaces this machine.
    pub fn roller_of(&self, machine: &Machine) -> Option<ObjectRef> {
        self.control_plane_of_machine(machine)
            .map(|it| it.meta.id.clone())
            .or_else(|| self.deployment_of(machine).map(|it| it.meta.id.clone()))
    }
}
