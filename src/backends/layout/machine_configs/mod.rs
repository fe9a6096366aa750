//! Clusters whose machine configs are in the repository themselves: whole, as patches for `talosctl gen config`, or as
//! templates that are filled in.

mod node;

use super::files::{Files, shared};
use super::findings::unresolved;
use super::label::Label;
use super::version::is_open;
use super::{archived, patches};
use crate::plain::plain;
use crate::relative::{beside, folder_of, inside};
use domain::RepoPath;
use domain::inventory::{Cluster, Finding, ManagedBy, Node, Patch, Said, TalosVersion, Version};
use node::{node, scope};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Folders that part the configs of one cluster.
const PARTS: [&str; 18] = [
    "nodes",
    "node",
    "controlplane",
    "controlplanes",
    "control-plane",
    "control-planes",
    "worker",
    "workers",
    "patch",
    "patches",
    "all",
    "global",
    "common",
    "config",
    "configs",
    "machineconfig",
    "machineconfigs",
    "templates",
];

/// The clusters that no other layout has `found`.
pub(super) fn clusters(files: &Files<'_>, found: &[Cluster], findings: &mut Vec<Finding>) -> Vec<Cluster> {
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for (path, facts) in files.all {
        let configs = facts.docs.iter().any(|it| it.label.is_machine_config());
        let calls = !facts.gen_configs.is_empty();
        if (!configs && !calls) || is_taken(path, found) || files.is_chart_template(&path.0) {
            continue;
        }
        let group = groups.entry(entry(&path.0).to_owned()).or_default();
        if configs {
            group.configs.push(path);
        }
        if calls {
            group.calls.push(path);
        }
    }
    let laid = laid(files);
    let groups = joined(files, groups);
    groups.into_iter().filter_map(|(folder, group)| group.cluster(files, &folder, &laid, findings)).collect()
}

/// A cluster that has a folder for each of its nodes is one: groups of whole configs that say the same name and the same
/// endpoint are joined, in the folder that they share.
fn joined<'a>(files: &Files<'_>, mut groups: BTreeMap<String, Group<'a>>) -> BTreeMap<String, Group<'a>> {
    let mut alike: BTreeMap<Identity, Vec<String>> = BTreeMap::new();
    for (folder, group) in &groups {
        if let Some(identity) = group.identity(files, folder) {
            alike.entry(identity).or_default().push(folder.clone());
        }
    }
    for (identity, folders) in alike.iter().filter(|it| it.1.len() > 1) {
        let Some(first) = folders.first() else { continue };
        let shared = folders.iter().map(|it| shared(it, first)).min().unwrap_or(0);
        let common = first.split('/').take(shared).collect::<Vec<_>>().join("/");
        let other = groups.get(&common).and_then(|it| it.identity(files, &common));
        if other.is_some_and(|it| it != *identity) {
            continue;
        }
        let mut all = groups.remove(&common).unwrap_or_default();
        for group in folders.iter().filter_map(|it| groups.remove(it)) {
            all.configs.extend(group.configs);
            all.calls.extend(group.calls);
        }
        groups.insert(common, all);
    }
    groups
}

/// Whether it is in force, the name of the cluster, and its endpoint.
type Identity = (bool, String, Option<String>);

/// Files that a call of talosctl lays over what it makes, with what they are of.
fn laid(files: &Files<'_>) -> HashMap<String, &'static str> {
    let mut found = HashMap::new();
    for (path, facts) in files.all {
        for call in &facts.gen_configs {
            let words: Vec<&str> = call.words.iter().map(|it| it.1.as_str()).collect();
            for (at, word) in words.iter().enumerate() {
                let Some(rest) = word.strip_prefix("--config-patch") else { continue };
                let (of, value) = match rest.split_once('=') {
                    Some((of, value)) => (of, Some(value)),
                    None => (rest, words.get(at + 1).copied()),
                };
                let Some(file) = value.and_then(|it| it.trim_matches(['"', '\'']).strip_prefix('@')) else {
                    continue;
                };
                let scope = match of {
                    "-control-plane" => "controlplane",
                    "-worker" => "worker",
                    _ => "cluster",
                };
                // A script may be called from its own folder, or from the root.
                for folder in [folder_of(&path.0), ""] {
                    found.extend(beside(folder, file).map(|it| (it, scope)));
                }
            }
        }
    }
    found
}

/// Whether a file is of a cluster that another layout has found.
fn is_taken(path: &RepoPath, found: &[Cluster]) -> bool {
    found.iter().any(|it| {
        let whole = [ManagedBy::Talhelper, ManagedBy::Topf].contains(&it.managed_by);
        let within = if it.folder.is_empty() { whole } else { inside(&path.0, &it.folder) };
        (within && it.managed_by != ManagedBy::Capi) || it.patches.iter().any(|it| it.file == *path)
    })
}

/// The folder that a config's cluster is in.
fn entry(path: &str) -> &str {
    let mut folder = folder_of(path);
    // Below a folder of nodes there may be one for each.
    let nodes = |it: &str| ["nodes", "node"].contains(&it);
    while folder.split('/').any(nodes) {
        folder = folder_of(folder);
    }
    while PARTS.contains(&folder.rsplit('/').next().unwrap_or(folder)) && !folder.is_empty() {
        folder = folder_of(folder);
    }
    folder
}

#[derive(Default)]
struct Group<'a> {
    configs: Vec<&'a RepoPath>,
    /// Files that call `talosctl gen config`.
    calls: Vec<&'a RepoPath>,
}

impl Group<'_> {
    /// Which cluster these are whole configs of; none where they are not all such.
    fn identity(&self, files: &Files<'_>, folder: &str) -> Option<Identity> {
        let docs = self.configs.iter().filter_map(|it| files.get(&it.0)).flat_map(|it| &it.docs);
        let whole: Vec<_> = docs.filter(|it| it.label == Label::MachineConfig).collect();
        let value = |field: &str| {
            let mut said = whole.iter().filter_map(|it| it.value(field)).filter(|it| !is_open(it));
            said.next().map(str::to_owned)
        };
        let name = value("cluster.clusterName")?;
        let active = archived::why(&format!("{folder}/x")).is_none();
        Some((active, name, value("cluster.controlPlane.endpoint")))
    }

    fn cluster(
        &self,
        files: &Files<'_>,
        folder: &str,
        laid: &HashMap<String, &'static str>,
        findings: &mut Vec<Finding>,
    ) -> Option<Cluster> {
        let inactive_because = archived::why(&format!("{folder}/x"));
        let (mut all, mut nodes): (Vec<Patch>, Vec<Node>) = (Vec::new(), Vec::new());
        let mut of_nodes: (Vec<Said>, Vec<Said>) = (Vec::new(), Vec::new());
        let mut whole = false;
        let mut template = false;
        for path in &self.configs {
            let Some(facts) = files.get(&path.0) else { continue };
            template |= facts.template;
            whole |= facts.docs.iter().any(|it| it.label == Label::MachineConfig);
            let laid = laid.get(&path.0).copied();
            let read = patches::of_file(files, path, laid.unwrap_or_else(|| scope(&path.0, folder)));
            let node = node(path, folder, &read).filter(|_| laid.is_none());
            let Some(node) = node else {
                all.extend(read);
                continue;
            };
            let (images, kubelets) = patches::versions(&read);
            let said = |all: &[Said]| all.iter().find(|it| !is_open(&it.value)).cloned();
            all.extend(read.into_iter().map(|it| Patch { scope: node.name.clone(), ..it }));
            let known = nodes.iter().position(|it| it.name == node.name);
            let at = known.unwrap_or_else(|| {
                nodes.push(node);
                nodes.len() - 1
            });
            nodes[at].talos = nodes[at].talos.take().or_else(|| said(&images));
            nodes[at].kubernetes = nodes[at].kubernetes.take().or_else(|| said(&kubelets));
            of_nodes.0.extend(images);
            of_nodes.1.extend(kubelets);
        }
        let of_cluster: Vec<Patch> = {
            let names: HashSet<&str> = nodes.iter().map(|it| it.name.as_str()).collect();
            all.iter().filter(|it| !names.contains(it.scope.as_str())).cloned().collect()
        };
        let (mut talos, mut kubernetes) = patches::versions(&of_cluster);
        talos.extend(of_nodes.0);
        kubernetes.extend(of_nodes.1);
        let called = self.called(files, &mut talos, &mut kubernetes, findings);
        versions_beside(files, folder, &mut talos, &mut kubernetes);
        let name = named(&all).or(called);
        let told = name.is_some() || whole || !nodes.is_empty() || template || !self.calls.is_empty();
        if !told {
            return None;
        }
        let by_folder = folder
            .rsplit('/')
            .next()
            .filter(|it| !it.is_empty() && !["talos", "kubernetes", "machine-config"].contains(it));
        Some(Cluster {
            name: name
                .as_ref()
                .map_or_else(|| by_folder.unwrap_or("unknown").to_owned(), |it| it.value.clone()),
            source: name,
            managed_by: if template { ManagedBy::Jinja } else { ManagedBy::Talosctl },
            active: inactive_because.is_none(),
            inactive_because,
            folder: folder.to_owned(),
            kubernetes: Version { sources: kubernetes, ..Version::default() },
            talos: TalosVersion { sources: talos, ..TalosVersion::default() },
            endpoint: value_of(&all, "cluster.controlPlane.endpoint"),
            nodes,
            pools: Vec::new(),
            patches: all,
            schematics: Vec::new(),
        })
    }

    /// What a call of `talosctl gen config` says of versions; the name, where it is written out.
    fn called(
        &self,
        files: &Files<'_>,
        talos: &mut Vec<Said>,
        kubernetes: &mut Vec<Said>,
        findings: &mut Vec<Finding>,
    ) -> Option<Said> {
        let mut name = None;
        for path in &self.calls {
            let Some(facts) = files.get(&path.0) else { continue };
            for call in &facts.gen_configs {
                let said = |(line, value): &(u32, String)| Said::new(path, *line, value.as_str());
                let flag = |flag: &str| {
                    let at = call.words.iter().position(|it| it.1 == flag);
                    let joined = call.words.iter().find_map(|(line, it)| {
                        Some(Said::new(path, *line, it.strip_prefix(flag)?.strip_prefix('=')?))
                    });
                    at.and_then(|at| call.words.get(at + 1)).map(said).or(joined)
                };
                kubernetes.extend(flag("--kubernetes-version"));
                talos.extend(flag("--install-image").map(|it| patches::tagged(path, it.line, &it.value)));
                let Some(first) = call.words.first().filter(|it| !it.1.starts_with('-')) else { continue };
                if is_open(&first.1) {
                    let message =
                        format!("the cluster's name is {}, which comes from the environment", first.1);
                    findings.push(unresolved(message, said(first)));
                } else {
                    name = name.or(Some(said(first)));
                }
            }
        }
        name
    }
}

/// Versions that are written alone, for templates to take.
fn versions_beside(files: &Files<'_>, folder: &str, talos: &mut Vec<Said>, kubernetes: &mut Vec<Said>) {
    for at in files.labelled(|it| *it == Label::Versions) {
        if !inside(folder, folder_of(&at.path.0)) && !inside(&at.path.0, folder) {
            continue;
        }
        talos.extend(at.doc.said(at.path, "talos_version"));
        for name in ["k8s_version", "kubernetes_version"] {
            kubernetes.extend(at.doc.said(at.path, name));
        }
    }
}

fn value_of(all: &[Patch], field: &str) -> Option<Said> {
    let fields = all.iter().flat_map(|patch| patch.fields.iter().map(move |it| (patch, it)));
    let mut found = fields.filter(|(_, it)| it.field == field && !is_open(&it.value));
    found.next().map(|(patch, it)| Said::new(&patch.file, it.line, plain(&it.value)))
}

fn named(all: &[Patch]) -> Option<Said> {
    value_of(all, "cluster.clusterName")
}
