//! What the repository's folder `cluster-api/` declares, sorted by what it is.

use serde_json::Value;

use crate::control::{Problem, name, text};

/// The documents of the folder. Everything is in one namespace and belongs to one cluster.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub cluster: Value,
    pub control_plane: Value,
    pub infrastructure: Value,
    pub deployments: Vec<Value>,
    pub checks: Vec<Value>,
    pub charts: Vec<Value>,
    /// Templates, and whatever else needs nothing but to be there.
    pub others: Vec<Value>,
}

impl Declared {
    pub fn read(manifests: &[Value]) -> Result<Self, Problem> {
        let of = |kind: &str| manifests.iter().filter(|it| it["kind"] == kind).cloned().collect::<Vec<_>>();
        let one = |kind: &str| {
            of(kind)
                .into_iter()
                .next()
                .ok_or_else(|| Problem::Other(format!("the repository declares no {kind}")))
        };
        let known = [
            "Cluster",
            "TalosControlPlane",
            "HetznerCluster",
            "MachineDeployment",
            "MachineHealthCheck",
            "HelmChartProxy",
        ];
        Ok(Self {
            cluster: one("Cluster")?,
            control_plane: one("TalosControlPlane")?,
            infrastructure: one("HetznerCluster")?,
            deployments: of("MachineDeployment"),
            checks: of("MachineHealthCheck"),
            charts: of("HelmChartProxy"),
            others: manifests.iter().filter(|it| !known.contains(&text(it, "/kind"))).cloned().collect(),
        })
    }

    /// Every object that is declared, but for the charts, which the add-ons tell of.
    pub fn all(&mut self) -> impl Iterator<Item = &mut Value> {
        [&mut self.cluster, &mut self.control_plane, &mut self.infrastructure]
            .into_iter()
            .chain(&mut self.deployments)
            .chain(&mut self.checks)
            .chain(&mut self.others)
    }

    /// A template by its kind and name.
    pub fn template(&self, kind: &str, wanted: &str) -> Result<&Value, Problem> {
        let found = self.others.iter().find(|it| it["kind"] == kind && name(it) == wanted);
        found.ok_or_else(|| Problem::Other(format!("the repository declares no {kind} {wanted}")))
    }
}
