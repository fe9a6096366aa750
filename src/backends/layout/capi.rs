//! Clusters that are declared as objects of Cluster API.

use super::files::{Files, Object, shared};
use super::patches;
use super::version::{is_open, version_in};
use super::{archived, files::Found};
use crate::relative::folder_of;
use domain::inventory::{self, Cluster, Finding, ManagedBy, Patch, Pool, Role, Said, TalosVersion, Version};

const CORE: &str = "cluster.x-k8s.io";
/// Where machine templates name the image that a server is made of, and its size.
const IMAGES: [&str; 7] =
    ["imageName", "image", "template", "image.name", "imageRef", "ami.id", "sourceImage"];
const SIZES: [&str; 6] = ["type", "serverType", "instanceType", "vmSize", "flavor", "machineType"];
/// Where control planes and config templates keep what Talos shall be given.
const PLANES: [&str; 2] = ["spec.controlPlaneConfig.controlplane", "spec.controlPlaneConfig.init"];

/// Every object of Cluster API and of its operator.
pub(super) fn objects(files: &Files<'_>) -> Vec<inventory::Object> {
    let of = |it: Object<'_>| inventory::Object {
        api_version: it.api_version.to_owned(),
        kind: it.object.kind.clone(),
        name: it.object.name.clone(),
        namespace: it.object.namespace.clone(),
        active: it.active(),
        source: it.name(),
        begins: it.doc.begins(it.path),
    };
    files.every_object().filter(is_capi).map(of).collect()
}

fn is_capi(it: &Object<'_>) -> bool {
    it.object.group == CORE || it.object.group.ends_with(".cluster.x-k8s.io")
}

pub(super) fn clusters(files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<Cluster> {
    let all: Vec<Object<'_>> = files.every_object().filter(is_capi).collect();
    let clusters = all.iter().filter(|it| it.object.group == CORE && it.object.kind == "Cluster");
    clusters
        .map(|it| Reading { files, all: &all, cluster: *it, patches: Vec::new() }.read(findings))
        .collect()
}

struct Reading<'a> {
    files: &'a Files<'a>,
    all: &'a [Object<'a>],
    cluster: Object<'a>,
    patches: Vec<Patch>,
}

impl<'a> Reading<'a> {
    fn read(mut self, findings: &mut Vec<Finding>) -> Cluster {
        let it = self.cluster;
        let mut talos = TalosVersion::default();
        let mut kubernetes: Vec<Said> = Vec::new();
        let mut pools = Vec::new();
        kubernetes.extend(it.said("spec.topology.version"));
        let plane = self.referred(it, "spec.controlPlaneRef");
        if let Some(plane) = plane {
            kubernetes.extend(plane.said("spec.version"));
            for base in PLANES {
                talos.contract.extend(plane.said(&format!("{base}.talosVersion")));
                self.lay(plane, base, "controlplane", findings);
            }
            let template = self
                .referred(plane, "spec.infrastructureTemplate")
                .or_else(|| self.referred(plane, "spec.machineTemplate.infrastructureRef"))
                .or_else(|| self.referred(plane, "spec.machineTemplate.spec.infrastructureRef"));
            pools.push(pool(plane, Role::ControlPlane, "spec.replicas", template));
        } else if let Some(pool) = topology(it, "spec.topology.controlPlane", Role::ControlPlane) {
            pools.push(pool);
        }
        for number in 0..it.doc.items("spec.topology.workers.machineDeployments") {
            let base = format!("spec.topology.workers.machineDeployments[{number}]");
            pools.extend(topology(it, &base, Role::Worker));
        }
        for workers in self.workers() {
            kubernetes.extend(workers.said("spec.template.spec.version"));
            let template = self.referred(workers, "spec.template.spec.infrastructureRef");
            let config = self.referred(workers, "spec.template.spec.bootstrap.configRef");
            if let Some(config) = config {
                talos.contract.extend(config.said("spec.template.spec.talosVersion"));
                self.lay(config, "spec.template.spec", &workers.object.name, findings);
            }
            let mut pool = pool(workers, Role::Worker, "spec.replicas", template);
            pool.kubernetes = workers.said("spec.template.spec.version");
            pools.push(pool);
        }
        for image in pools.iter().filter_map(|it| it.image.as_ref()) {
            talos.sources.push(patches::tagged(&image.file, image.line, &image.value));
        }
        let (images, kubelets) = patches::versions(&self.patches);
        talos.sources.extend(images);
        kubernetes.extend(kubelets);
        talos.sources.sort_by_key(|it| version_in(&it.value).is_none());
        talos.sources.dedup();
        talos.contract.dedup();
        let open = is_open(&it.object.name);
        let inactive_because = archived::why(&it.path.0)
            .or_else(|| open.then(|| "it is a template that is filled in elsewhere".to_owned()));
        Cluster {
            name: it.object.name.clone(),
            source: Some(it.name()),
            managed_by: ManagedBy::Capi,
            active: inactive_because.is_none(),
            inactive_because,
            folder: folder_of(&it.path.0).to_owned(),
            kubernetes: Version { sources: kubernetes, ..Version::default() },
            talos,
            endpoint: self.endpoint(),
            nodes: Vec::new(),
            pools,
            patches: self.patches,
            schematics: Vec::new(),
        }
    }

    /// What a reference of an object names.
    fn referred(&self, from: Object<'a>, field: &str) -> Option<Object<'a>> {
        let (kind, name) = (from.value(&format!("{field}.kind"))?, from.value(&format!("{field}.name"))?);
        let namespace = from.value(&format!("{field}.namespace")).unwrap_or(&from.object.namespace);
        let fits = |it: &&Object<'a>| it.object.kind == kind && it.object.name == name;
        let kinship = |it: &&Object<'a>| {
            (it.path == from.path, it.object.namespace == namespace, shared(&it.path.0, &from.path.0))
        };
        self.all.iter().filter(fits).max_by_key(kinship).copied()
    }

    /// MachineDeployments and MachinePools of this cluster, where several files declare one of its name the nearest.
    fn workers(&self) -> Vec<Object<'a>> {
        let name = self.cluster.object.name.as_str();
        let clusters = || {
            let same = |it: &&Object<'a>| it.object.group == CORE && it.object.kind == "Cluster";
            self.all.iter().filter(same).filter(|it| it.object.name == name)
        };
        let ours = |it: &Object<'a>| {
            let nearest = clusters()
                .max_by_key(|cluster| (cluster.path == it.path, shared(&cluster.path.0, &it.path.0)));
            nearest.is_some_and(|nearest| {
                nearest.path == self.cluster.path && nearest.doc.line == self.cluster.doc.line
            })
        };
        let kinds = ["MachineDeployment", "MachinePool"];
        let mut found: Vec<Object<'a>> = self.all.to_vec();
        found.retain(|it| {
            it.object.group == CORE
                && kinds.contains(&it.object.kind.as_str())
                && it.value("spec.clusterName") == Some(name)
                && ours(it)
        });
        found
    }

    fn endpoint(&self) -> Option<Said> {
        let host = |it: Object<'a>| {
            it.said("spec.controlPlaneEndpoint.host")
                .or_else(|| it.said("spec.controlPlaneEndpoint.hostname"))
        };
        let infra = self.referred(self.cluster, "spec.infrastructureRef");
        infra.and_then(host).or_else(|| host(self.cluster))
    }

    fn lay(&mut self, on: Object<'a>, base: &str, scope: &str, findings: &mut Vec<Finding>) {
        let at = Found { path: on.path, doc: on.doc };
        for list in ["strategicPatches", "configPatches"] {
            let found = patches::listed(self.files, at, &format!("{base}.{list}"), scope, findings);
            self.patches.extend(found);
        }
    }
}

fn pool(of: Object<'_>, role: Role, replicas: &str, template: Option<Object<'_>>) -> Pool {
    let said = of.said(replicas);
    let under = |names: &[&str]| {
        let template = template?;
        names.iter().find_map(|it| template.said(&format!("spec.template.spec.{it}")))
    };
    Pool {
        name: of.object.name.clone(),
        role,
        replicas: said.as_ref().and_then(|it| it.value.parse().ok()),
        source: said.unwrap_or_else(|| of.name()),
        begins: of.doc.begins(of.path),
        kubernetes: None,
        image: under(&IMAGES),
        server_type: under(&SIZES),
    }
}

/// A pool of a cluster that is made of a ClusterClass.
fn topology(of: Object<'_>, base: &str, role: Role) -> Option<Pool> {
    let said = of.said(&format!("{base}.replicas"));
    let name = of.said(&format!("{base}.name"));
    let source = said.clone().or_else(|| name.clone())?;
    Some(Pool {
        name: name.map_or_else(|| "control-plane".to_owned(), |it| it.value),
        role,
        replicas: said.as_ref().and_then(|it| it.value.parse().ok()),
        source,
        begins: of.doc.begins(of.path),
        kubernetes: None,
        image: None,
        server_type: None,
    })
}
