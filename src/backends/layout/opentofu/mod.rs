//! Clusters that OpenTofu or Terraform makes: literals, defaults of variables and files of values in their order.

mod cloud;
mod module;
mod nodes;
mod several;

pub(super) use cloud::cloud;

use super::files::{Files, shared};
use super::version::{bare, is_open, version_in};
use super::{archived, patches};
use crate::plain::plain;
use crate::relative::inside;
use domain::RepoPath;
use domain::inventory::{
    Cluster, Finding, FindingKind, ManagedBy, Patch, PatchForm, Place, Said, TalosVersion, Version,
};
use module::{At, Given, Module, is_talos, modules};
use std::collections::BTreeMap;

/// Ways to the version of Kubernetes, by their ends.
const KUBERNETES: [&str; 6] = [
    "kubernetes_version",
    "k8s_version",
    "kube_version",
    "versions.kubernetes",
    "versions.k8s",
    "kubernetes.version",
];
const TALOS: [&str; 6] = [
    "talos_version",
    "talos_os_version",
    "versions.talos",
    "talos.version",
    "talos_image.version",
    "talos_image_version",
];
const CONTRACTS: [&str; 4] = [
    "talos_version_contract",
    "talos_machine_config_version",
    "talos_contract_version",
    "talos_config_version",
];
const NAMES: [&str; 4] = ["cluster_name", "talos_cluster_name", "cluster.name", "talos_cluster_config.name"];
const ENDPOINTS: [&str; 7] = [
    "cluster_endpoint",
    "talos_cluster_endpoint",
    "external_api_endpoint",
    "cluster_api_host",
    "kubeconfig_endpoint",
    "cluster.endpoint",
    "talos_cluster_config.endpoint",
];
const TARGET: &str = "upgrade target of nodes with upgrade = true";

/// Clusters, and modules that no cluster is made of here.
pub(super) fn clusters(files: &Files<'_>, findings: &mut Vec<Finding>) -> (Vec<Cluster>, Vec<Place>) {
    let all = modules(files);
    let called: Vec<String> = all.values().flat_map(Module::calls).collect();
    let (mut clusters, mut without) = (Vec::new(), Vec::new());
    for module in all.values().filter(|it| !called.contains(&it.folder)) {
        let Some(first) = talos_of(&all, module) else { continue };
        let views = module.views();
        if !views.is_empty() {
            clusters
                .extend(views.iter().map(|it| Reading { files, all: &all, module: it }.cluster(findings)));
            continue;
        }
        let reading = Reading { files, all: &all, module };
        let cluster = reading.cluster(findings);
        let is_module = !module.wanted.is_empty() && cluster.source.is_none() && cluster.nodes.is_empty();
        match is_module {
            true => without.push(first),
            false => clusters.push(cluster),
        }
    }
    (clusters, without)
}

/// The first block that is of Talos, in a module or in those of the repository that it calls.
fn talos_of(all: &BTreeMap<String, Module<'_>>, module: &Module<'_>) -> Option<Place> {
    let mut open = vec![module];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(it) = open.pop() {
        if seen.contains(&it.folder.as_str()) {
            continue;
        }
        seen.push(&it.folder);
        if let Some((path, block)) = it.blocks.iter().find(|it| is_talos(it.1)) {
            return Some(Place { file: (*path).clone(), line: block.line });
        }
        open.extend(it.calls().iter().filter_map(|it| all.get(it)));
    }
    None
}

struct Reading<'a, 'b> {
    files: &'b Files<'a>,
    all: &'b BTreeMap<String, Module<'a>>,
    module: &'b Module<'a>,
}

#[derive(Default)]
struct Versions {
    kubernetes: Vec<Said>,
    talos: Vec<Said>,
    contract: Vec<Said>,
    target_kubernetes: Vec<Said>,
    target_talos: Vec<Said>,
}

impl<'a> Reading<'a, '_> {
    fn cluster(&self, findings: &mut Vec<Finding>) -> Cluster {
        let module = self.module;
        let inactive_because = archived::why(&format!("{}/x", module.folder));
        let mut versions = self.versions();
        let (mut nodes, pools) = nodes::nodes(module);
        self.each_version(&mut nodes, &versions);
        if inactive_because.is_none() {
            findings.extend(self.overridden(&versions));
        }
        versions.talos.append(&mut versions.target_talos);
        versions.kubernetes.append(&mut versions.target_kubernetes);
        let name = self.named(&NAMES);
        Cluster {
            name: name.as_ref().map_or_else(|| "unknown".to_owned(), |it| it.value.clone()),
            source: name,
            managed_by: ManagedBy::OpenTofu,
            active: inactive_because.is_none(),
            inactive_because,
            folder: module.folder.clone(),
            kubernetes: Version { sources: versions.kubernetes, ..Version::default() },
            talos: TalosVersion {
                sources: versions.talos,
                contract: versions.contract,
                ..TalosVersion::default()
            },
            endpoint: self.named(&ENDPOINTS),
            nodes,
            pools,
            patches: self.patches(),
            schematics: self
                .named(&["talos_image.schematic_path", "talos_schematic_id", "talos_image_factory_schematic"])
                .into_iter()
                .collect(),
        }
    }

    fn versions(&self) -> Versions {
        let mut found = Versions::default();
        let module = self.module;
        module.each(&mut |name, given| {
            let ends = |all: &[&str]| all.iter().any(|it| is_end(name, it));
            let target = name.ends_with(".update_version");
            let Some(said) = said(module, given) else { return };
            // Of a version with two numbers no image is made; it is what configs are generated for.
            let short = version_in(&said.value).is_some_and(|it| bare(it).split('.').count() < 3);
            let to = if target && name.contains("talos") {
                &mut found.target_talos
            } else if target && (name.contains("kubernetes") || name.contains("k8s")) {
                &mut found.target_kubernetes
            } else if ends(&CONTRACTS) || (ends(&TALOS) && short) {
                // One that is a version of Talos by its own name is not less of one for being asked for here.
                if found.talos.iter().any(|it| it.place() == said.place()) {
                    return;
                }
                &mut found.contract
            } else if ends(&TALOS) {
                &mut found.talos
            } else if ends(&KUBERNETES) {
                &mut found.kubernetes
            } else {
                return;
            };
            let said = if target && said.role.is_none() { said.as_role(TARGET) } else { said };
            if !to.iter().any(|it| it.place() == said.place()) {
                to.push(said);
            }
        });
        for all in
            [&mut found.talos, &mut found.kubernetes, &mut found.target_talos, &mut found.target_kubernetes]
        {
            all.sort_by_key(|it| it.role.as_deref().is_some_and(|it| it != TARGET));
        }
        found
    }

    /// What each node shall have, where some are to be upgraded before others.
    fn each_version(&self, nodes: &mut [domain::inventory::Node], versions: &Versions) {
        let counts = |all: &[Said], target: bool| {
            all.iter().find(|it| it.role.as_deref() == target.then_some(TARGET)).cloned()
        };
        let upgraded = nodes::upgraded(self.module);
        if upgraded.is_empty() {
            return;
        }
        for node in nodes {
            let target = upgraded.contains(&node.name);
            let of = |plain: &[Said], targets: &[Said]| {
                counts(targets, true).filter(|_| target).or_else(|| counts(plain, false))
            };
            node.talos = of(&versions.talos, &versions.target_talos);
            node.kubernetes = of(&versions.kubernetes, &versions.target_kubernetes);
        }
    }

    /// One variable that several files say differently: the last one counts.
    fn overridden(&self, versions: &Versions) -> Vec<Finding> {
        let mut found = Vec::new();
        for all in
            [&versions.talos, &versions.kubernetes, &versions.target_talos, &versions.target_kubernetes]
        {
            let Some(counts) = all.first() else { continue };
            let over = format!("overridden by {}", counts.file);
            for it in
                all.iter().filter(|it| it.role.as_deref() == Some(over.as_str()) && it.value != counts.value)
            {
                let message = format!("{} is written, and {} counts", it.value, counts.value);
                let sources = vec![counts.clone(), it.clone()];
                found.push(Finding { kind: FindingKind::Conflict, message, sources });
            }
        }
        found
    }

    /// The first name of several that a text is written under.
    fn named(&self, names: &[&str]) -> Option<Said> {
        let mut found: Vec<(usize, bool, Said)> = Vec::new();
        self.module.each(&mut |name, given| {
            let Some(rank) = names.iter().position(|it| is_end(name, it)) else { return };
            if let Some(said) = said(self.module, given).filter(|it| !is_open(&it.value)) {
                found.push((rank, given.role.is_some(), said));
            }
        });
        found.into_iter().min_by_key(|it| (it.1, it.0)).map(|it| it.2)
    }

    /// Files with parts of machine configs that the modules of the cluster have beside them.
    fn patches(&self) -> Vec<Patch> {
        let mut folders = vec![self.module.folder.clone()];
        folders.extend(self.module.calls());
        let mut found = Vec::new();
        for (path, facts) in self.files.all {
            let fits = |it: &String| inside(&path.0, it);
            // The nearest module's, where modules are in folders of modules.
            let near = self.all.keys().filter(|it| inside(&path.0, it)).max_by_key(|it| it.len());
            let ours = near.is_some_and(|it| folders.contains(it)) && folders.iter().any(fits);
            if !ours || !facts.docs.iter().any(|it| it.label.is_machine_config()) {
                continue;
            }
            let name = path.0.rsplit('/').next().unwrap_or_default();
            let scope = if name.contains("control") {
                "controlplane"
            } else if name.contains("worker") {
                "worker"
            } else {
                "cluster"
            };
            let mut patches = patches::of_file(self.files, path, scope);
            patches.truncate(8);
            found.extend(patches.into_iter().filter(|it| it.form != PatchForm::Missing));
        }
        found.sort_by_key(|it| std::cmp::Reverse(shared(&it.file.0, &self.module.folder)));
        found
    }
}

/// Whether a way ends in certain keys.
fn is_end(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|it| it.is_empty() || it.ends_with('.'))
}

/// What a value says in the end, and where.
fn said<'a>(module: &Module<'a>, given: &Given<'a>) -> Option<Said> {
    let at = module.resolved(given.at)?;
    let said = text_at(at)?;
    Some(match &given.role {
        Some(role) => said.as_role(role.clone()),
        None => said,
    })
}

fn text_at(at: At<'_>) -> Option<Said> {
    let text = at.value.literal().filter(|it| !it.is_empty())?;
    Some(Said::new(at.path, at.line, plain(text.trim())))
}

/// Add the versions that Packer makes images of to the clusters that they are of.
pub(super) fn add_images(files: &Files<'_>, clusters: &mut [Cluster]) {
    for (path, facts) in files.all.iter().filter(|(path, _)| path.0.ends_with(".pkr.hcl")) {
        let Some(body) = facts.hcl.as_ref().filter(|_| archived::why(&path.0).is_none()) else { continue };
        for block in body.blocks.iter().filter(|it| it.kind == "variable") {
            let name = block.labels.first().map(String::as_str).unwrap_or_default();
            let to = |cluster: &mut Cluster, said: Said| match name {
                "talos_version" | "talos_image_version" => cluster.talos.sources.push(said),
                "kubernetes_version" | "k8s_version" => cluster.kubernetes.sources.push(said),
                _ => {}
            };
            let Some(value) = block.body.get("default") else { continue };
            let path: &RepoPath = path;
            let said = text_at(At { path, line: value.line, value });
            let Some(said) = said.filter(|it| version_in(&it.value).is_some()) else { continue };
            if let Some(cluster) = super::versions::nearest(clusters, path) {
                to(cluster, said);
            }
        }
    }
}
