//! Clusters that are declared as objects of Cluster API.

mod index;

use super::files::{Files, Object};
use super::patches;
use super::version::{is_open, version_in};
use super::{archived, files::Found};
use crate::relative::folder_of;
use domain::inventory::{self, Cluster, Finding, ManagedBy, Patch, Pool, Role, Said, TalosVersion, Version};
use index::Index;

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
    let index = Index::new(files);
    let read = |it: Object<'_>| {
        Reading { files, index: &index, cluster: it, patches: Vec::new(), kubernetes: Vec::new() }
            .read(findings)
    };
    index.clusters().map(read).collect()
}

struct Reading<'a, 'b> {
    files: &'b Files<'a>,
    index: &'b Index<'a>,
    cluster: Object<'a>,
    patches: Vec<Patch>,
    kubernetes: Vec<Said>,
}

impl<'a> Reading<'a, '_> {
    /// What an object says of the version of Kubernetes, and what overlays say of it instead.
    fn take(&mut self, of: Object<'a>, field: &str) {
        self.kubernetes.extend(of.said(field));
        for patch in self.index.overlays(of) {
            let overlay = |it: Said| it.as_role(format!("in the overlay {}", folder_of(&patch.path.0)));
            self.kubernetes.extend(patch.said(field).map(overlay));
        }
    }

    fn read(mut self, findings: &mut Vec<Finding>) -> Cluster {
        let it = self.cluster;
        let mut talos = TalosVersion::default();
        let mut pools = Vec::new();
        // Images of pools whose machines run Talos; that of another bootstrap says nothing of it.
        let mut images: Vec<Said> = Vec::new();
        self.take(it, "spec.topology.version");
        let plane = self.index.referred(it, "spec.controlPlaneRef");
        if let Some(plane) = plane {
            self.take(plane, "spec.version");
            for base in PLANES {
                talos.contract.extend(plane.said(&format!("{base}.talosVersion")));
                self.lay(plane, base, "controlplane", findings);
            }
            let places = [
                "spec.infrastructureTemplate",
                "spec.machineTemplate.infrastructureRef",
                "spec.machineTemplate.spec.infrastructureRef",
            ];
            let template = places.iter().find_map(|place| self.index.referred(plane, place));
            let pool = pool(plane, Role::ControlPlane, "spec.replicas", template);
            images.extend(pool.image.clone().filter(|_| is_talos(plane)));
            pools.push(pool);
        } else if let Some(pool) = topology(it, "spec.topology.controlPlane", Role::ControlPlane) {
            pools.push(pool);
        }
        for number in 0..it.doc.items("spec.topology.workers.machineDeployments") {
            let base = format!("spec.topology.workers.machineDeployments[{number}]");
            pools.extend(topology(it, &base, Role::Worker));
        }
        for workers in self.index.workers(it) {
            self.take(workers, "spec.template.spec.version");
            let template = self.index.referred(workers, "spec.template.spec.infrastructureRef");
            let config = self.index.referred(workers, "spec.template.spec.bootstrap.configRef");
            if let Some(config) = config {
                talos.contract.extend(config.said("spec.template.spec.talosVersion"));
                self.lay(config, "spec.template.spec", &workers.object.name, findings);
            }
            let mut pool = pool(workers, Role::Worker, "spec.replicas", template);
            pool.kubernetes = workers.said("spec.template.spec.version");
            let named = workers.value("spec.template.spec.bootstrap.configRef.kind");
            let bootstrap = config
                .map(|it| it.object.kind.as_str())
                .or(named)
                .or(plane.filter(|it| is_talos(*it)).map(|_| "Talos"));
            images.extend(pool.image.clone().filter(|_| bootstrap.is_some_and(|it| it.starts_with("Talos"))));
            pools.push(pool);
        }
        for image in &images {
            talos.sources.push(patches::tagged(&image.file, image.line, &image.value));
        }
        let (images, kubelets) = patches::versions(&self.patches);
        talos.sources.extend(images);
        self.kubernetes.extend(kubelets);
        talos.sources.sort_by_key(|it| version_in(&it.value).is_none());
        talos.sources.dedup();
        talos.contract.dedup();
        let open = is_open(&it.object.name);
        let inactive_because = archived::why(&it.path.0)
            .or_else(|| open.then(|| "it is a template that is filled in elsewhere".to_owned()));
        let endpoint = self.endpoint();
        Cluster {
            name: it.object.name.clone(),
            source: Some(it.name()),
            managed_by: ManagedBy::Capi,
            active: inactive_because.is_none(),
            inactive_because,
            folder: folder_of(&it.path.0).to_owned(),
            kubernetes: Version { sources: self.kubernetes, ..Version::default() },
            talos,
            endpoint,
            nodes: Vec::new(),
            pools,
            patches: self.patches,
            schematics: Vec::new(),
        }
    }

    fn endpoint(&self) -> Option<Said> {
        let host = |it: Object<'a>| {
            it.said("spec.controlPlaneEndpoint.host")
                .or_else(|| it.said("spec.controlPlaneEndpoint.hostname"))
        };
        let infra = self.index.referred(self.cluster, "spec.infrastructureRef");
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

fn is_talos(plane: Object<'_>) -> bool {
    plane.object.kind.starts_with("Talos")
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
