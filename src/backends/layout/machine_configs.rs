//! Clusters whose machine configs are in the repository themselves: whole, as patches for `talosctl gen config`, or as
//! templates that are filled in.

use super::files::Files;
use super::findings::unresolved;
use super::label::Label;
use super::template::FILLED;
use super::version::is_open;
use super::{archived, patches};
use crate::plain::plain;
use crate::relative::{folder_of, inside};
use domain::RepoPath;
use domain::inventory::{
    Cluster, Finding, ManagedBy, Node, Patch, PatchForm, Role, Said, TalosVersion, Version,
};
use std::collections::BTreeMap;

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
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for (path, facts) in files.all {
        let configs = facts.docs.iter().any(|it| it.label.is_machine_config());
        let calls = !facts.gen_configs.is_empty();
        if (!configs && !calls) || is_taken(path, found) || files.is_chart_template(&path.0) {
            continue;
        }
        let group = groups.entry(entry(&path.0)).or_default();
        if configs {
            group.configs.push(path);
        }
        if calls {
            group.calls.push(path);
        }
    }
    groups.into_iter().filter_map(|(folder, group)| group.cluster(files, folder, findings)).collect()
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
    fn cluster(&self, files: &Files<'_>, folder: &str, findings: &mut Vec<Finding>) -> Option<Cluster> {
        let inactive_because = archived::why(&format!("{folder}/x"));
        let (mut all, mut nodes): (Vec<Patch>, Vec<Node>) = (Vec::new(), Vec::new());
        let mut whole = false;
        let mut template = false;
        for path in &self.configs {
            let Some(facts) = files.get(&path.0) else { continue };
            template |= facts.template;
            whole |= facts.docs.iter().any(|it| it.label == Label::MachineConfig);
            let read = patches::of_file(files, path, scope(&path.0, folder));
            if let Some(node) = node(path, folder, &read) {
                let (images, kubelets) = patches::versions(&read);
                let said = |all: Vec<Said>| all.into_iter().find(|it| !is_open(&it.value));
                let named = read.into_iter().map(|it| Patch { scope: node.name.clone(), ..it });
                all.extend(named);
                nodes.push(Node { talos: said(images), kubernetes: said(kubelets), ..node });
                continue;
            }
            all.extend(read);
        }
        let (of_cluster, _): (Vec<Patch>, Vec<Patch>) =
            all.iter().cloned().partition(|it| !nodes.iter().any(|node| node.name == it.scope));
        let (mut talos, mut kubernetes) = patches::versions(&of_cluster);
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

/// The parts of a path below the folder of its cluster.
fn parts<'a>(path: &'a str, folder: &str) -> Vec<&'a str> {
    let below = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let mut parts: Vec<&str> = below.split('/').collect();
    parts.pop();
    parts
}

fn role(text: &str) -> Role {
    if text.contains("control") {
        Role::ControlPlane
    } else if text.contains("worker") {
        Role::Worker
    } else {
        Role::Unknown
    }
}

fn scope(path: &str, folder: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let parts = parts(path, folder);
    match parts.iter().map(|it| role(it)).chain([role(name)]).find(|it| *it != Role::Unknown) {
        Some(Role::ControlPlane) => "controlplane",
        Some(Role::Worker) => "worker",
        _ => "cluster",
    }
}

/// The node that a file is of: in a folder of nodes, or in that of a role, or a whole config that has a host name.
fn node(path: &RepoPath, folder: &str, read: &[Patch]) -> Option<Node> {
    let parts = parts(&path.0, folder);
    let has = |names: &[&str]| parts.iter().any(|it| names.contains(it));
    let of_nodes = has(&["nodes", "node"]);
    let of_role = parts.iter().any(|it| role(it) != Role::Unknown) && !has(&["patch", "patches"]);
    let hosts = ["HostnameConfig.hostname", "machine.network.hostname"];
    let host = hosts.iter().find_map(|it| value_of(read, it));
    let is_config = read.iter().any(|it| it.fields.iter().any(|it| it.field == "machine.type"));
    let is_node = of_nodes || of_role || is_config && host.is_some();
    if !is_node {
        return None;
    }
    let name = path.0.rsplit('/').next().unwrap_or(&path.0);
    let stem = [".j2", ".tpl", ".tftpl", ".yaml", ".yml"]
        .iter()
        .fold(name, |it, end| it.strip_suffix(end).unwrap_or(it));
    let source = host.unwrap_or_else(|| Said::new(path, 1, plain(stem)));
    let written = value_of(read, "machine.type").map(|it| role(&it.value));
    let by_folder = parts.iter().map(|it| role(it)).find(|it| *it != Role::Unknown);
    let addresses: Vec<String> = read
        .iter()
        .flat_map(|it| &it.fields)
        .filter(|it| it.field.starts_with("machine.network.interfaces[0].addresses["))
        .map(|it| it.value.split('/').next().unwrap_or_default().to_owned())
        .filter(|it| !it.contains(FILLED))
        .collect();
    let address =
        if stem.parse::<std::net::IpAddr>().is_ok() { stem.to_owned() } else { addresses.join(",") };
    read.iter().any(|it| it.form != PatchForm::Missing).then(|| Node {
        name: source.value.clone(),
        role: written.or(by_folder).unwrap_or(Role::Unknown),
        address,
        source,
        talos: None,
        kubernetes: None,
        schematic: None,
    })
}
