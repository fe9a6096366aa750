//! The kinds that the controllers read and write, by group, version and plural.

use kube::core::ApiResource;

/// A kind of a Kubernetes API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub namespaced: bool,
}

impl Kind {
    const fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self { group, version, kind, plural, namespaced: true }
    }

    const fn cluster_wide(self) -> Self {
        Self { namespaced: false, ..self }
    }

    /// `group/version`, or the version alone for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// What kube asks for to address the kind without a type for it.
    pub fn resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            api_version: self.api_version(),
            kind: self.kind.to_owned(),
            plural: self.plural.to_owned(),
        }
    }
}

pub(crate) mod kinds {
    use super::Kind;

    const CORE: &str = "cluster.x-k8s.io";
    const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";
    const BOOTSTRAP: &str = "bootstrap.cluster.x-k8s.io";
    const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";

    pub(crate) const CLUSTER: Kind = Kind::new(CORE, "v1beta2", "Cluster", "clusters");
    pub(crate) const MACHINE: Kind = Kind::new(CORE, "v1beta2", "Machine", "machines");
    pub(crate) const MACHINE_SET: Kind = Kind::new(CORE, "v1beta2", "MachineSet", "machinesets");
    pub(crate) const MACHINE_DEPLOYMENT: Kind =
        Kind::new(CORE, "v1beta2", "MachineDeployment", "machinedeployments");
    pub(crate) const MACHINE_HEALTH_CHECK: Kind =
        Kind::new(CORE, "v1beta2", "MachineHealthCheck", "machinehealthchecks");
    pub(crate) const TALOS_CONTROL_PLANE: Kind =
        Kind::new(CONTROL_PLANE, "v1alpha3", "TalosControlPlane", "taloscontrolplanes");
    pub(crate) const TALOS_CONFIG: Kind = Kind::new(BOOTSTRAP, "v1alpha3", "TalosConfig", "talosconfigs");
    pub(crate) const TALOS_CONFIG_TEMPLATE: Kind =
        Kind::new(BOOTSTRAP, "v1alpha3", "TalosConfigTemplate", "talosconfigtemplates");
    pub(crate) const HETZNER_CLUSTER: Kind =
        Kind::new(INFRASTRUCTURE, "v1beta1", "HetznerCluster", "hetznerclusters");
    pub(crate) const HCLOUD_MACHINE: Kind =
        Kind::new(INFRASTRUCTURE, "v1beta1", "HCloudMachine", "hcloudmachines");
    pub(crate) const HCLOUD_MACHINE_TEMPLATE: Kind =
        Kind::new(INFRASTRUCTURE, "v1beta1", "HCloudMachineTemplate", "hcloudmachinetemplates");
    pub(crate) const GIT_REPOSITORY: Kind =
        Kind::new("source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories");
    pub(crate) const HELM_REPOSITORY: Kind =
        Kind::new("source.toolkit.fluxcd.io", "v1", "HelmRepository", "helmrepositories");
    pub(crate) const KUSTOMIZATION: Kind =
        Kind::new("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations");
    pub(crate) const HELM_RELEASE: Kind =
        Kind::new("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases");
    pub(crate) const NODE: Kind = Kind::new("", "v1", "Node", "nodes").cluster_wide();
    pub(crate) const POD: Kind = Kind::new("", "v1", "Pod", "pods");
    pub(crate) const SECRET: Kind = Kind::new("", "v1", "Secret", "secrets");

    /// The kind that a `apiGroup`/`kind` reference of a Cluster API object means.
    pub(crate) fn of(kind: &str) -> Option<Kind> {
        [
            CLUSTER,
            MACHINE,
            MACHINE_SET,
            MACHINE_DEPLOYMENT,
            MACHINE_HEALTH_CHECK,
            TALOS_CONTROL_PLANE,
            TALOS_CONFIG,
            TALOS_CONFIG_TEMPLATE,
            HETZNER_CLUSTER,
            HCLOUD_MACHINE,
            HCLOUD_MACHINE_TEMPLATE,
        ]
        .into_iter()
        .find(|it| it.kind == kind)
    }
}
