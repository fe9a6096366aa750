//! Clusters that a talconfig of talhelper declares.

use super::files::{Files, Found};
use super::findings::unresolved;
use super::label::Label;
use super::version::is_open;
use super::{archived, patches};
use crate::relative::{beside, folder_of};
use domain::RepoPath;
use domain::inventory::{
    Cluster, Finding, FindingKind, ManagedBy, Node, Patch, Role, Said, TalosVersion, Version,
};

pub(super) fn clusters(files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<Cluster> {
    files.labelled(|it| *it == Label::TalConfig).map(|it| cluster(files, it, findings)).collect()
}

fn cluster(files: &Files<'_>, at: Found<'_>, findings: &mut Vec<Finding>) -> Cluster {
    let Found { path, doc } = at;
    let inactive_because = archived::why(&path.0);
    let mut own = Vec::new();
    let mut found = Vec::new();
    for (field, scope) in
        [("patches", "cluster"), ("controlPlane.patches", "controlplane"), ("worker.patches", "worker")]
    {
        found.extend(patches::listed(files, at, field, scope, &mut own));
    }
    let nodes: Vec<Node> =
        (0..doc.items("nodes")).filter_map(|it| node(files, at, it, &mut found, &mut own)).collect();
    let mut talos: Vec<Said> = version(files, at, "talosVersion", &mut own).into_iter().collect();
    let mut kubernetes: Vec<Said> = version(files, at, "kubernetesVersion", &mut own).into_iter().collect();
    let of_cluster: Vec<Patch> = found
        .iter()
        .filter(|it| ["cluster", "controlplane", "worker"].contains(&it.scope.as_str()))
        .cloned()
        .collect();
    let (images, kubelets) = patches::versions(&of_cluster);
    talos.extend(images);
    kubernetes.extend(kubelets);
    if inactive_because.is_none() {
        findings.append(&mut own);
        findings.extend(ignored(at));
    }
    Cluster {
        name: said(files, at, "clusterName").map(|it| it.value).unwrap_or_default(),
        source: said(files, at, "clusterName"),
        managed_by: ManagedBy::Talhelper,
        active: inactive_because.is_none(),
        inactive_because,
        folder: folder_of(&path.0).to_owned(),
        kubernetes: Version { sources: kubernetes, ..Version::default() },
        talos: TalosVersion { sources: talos, ..TalosVersion::default() },
        endpoint: said(files, at, "endpoint"),
        nodes,
        pools: Vec::new(),
        patches: found,
        schematics: schematics(at),
    }
}

fn node(
    files: &Files<'_>,
    at: Found<'_>,
    number: usize,
    found: &mut Vec<Patch>,
    findings: &mut Vec<Finding>,
) -> Option<Node> {
    let Found { path, doc } = at;
    let field = |name: &str| format!("nodes[{number}].{name}");
    let said = |name: &str| said(files, at, &field(name));
    let source = said("hostname").or_else(|| said("ipAddress"))?;
    let own = patches::listed(files, at, &field("patches"), &source.value, findings);
    let (images, kubelets) = patches::versions(&own);
    found.extend(own);
    let image = said("talosImageURL").map(|it| patches::tagged(path, it.line, &it.value));
    Some(Node {
        name: source.value.clone(),
        role: match doc.value(&field("controlPlane")) {
            Some("true") => Role::ControlPlane,
            _ => Role::Worker,
        },
        address: said("ipAddress")
            .map(|it| it.value.split(',').map(str::trim).collect::<Vec<_>>().join(","))
            .unwrap_or_default(),
        talos: images.into_iter().next().or(image.filter(|it| it.written.is_some())),
        kubernetes: kubelets.into_iter().next(),
        schematic: schematic(at, &field("schematic")),
        source,
    })
}

/// What talhelper fills in, where it stands in the clear beside the talconfig; it reads these names alone.
const ENVIRONMENTS: [&str; 2] = ["talenv.yaml", "talenv.yml"];

/// A value of the talconfig. `${NAME}` is what the environment beside it says, and stands there.
fn said(files: &Files<'_>, at: Found<'_>, field: &str) -> Option<Said> {
    let said = at.doc.said(at.path, field)?;
    let Some(name) = said.value.strip_prefix("${").and_then(|it| it.strip_suffix('}')) else {
        return Some(said);
    };
    let all = files.all;
    let given = ENVIRONMENTS.iter().find_map(|file| {
        let path = beside(folder_of(&at.path.0), file)?;
        let place = all.binary_search_by(|it| it.0.0.as_str().cmp(&path)).ok()?;
        let (path, facts) = all.get(place)?;
        facts.docs.iter().find_map(|it| it.said(path, name))
    });
    Some(given.unwrap_or(said))
}

/// A version of the cluster; one that is filled in from elsewhere is told.
fn version(files: &Files<'_>, at: Found<'_>, field: &str, findings: &mut Vec<Finding>) -> Option<Said> {
    let said = said(files, at, field)?;
    if is_open(&said.value) {
        let message = format!("{field} is {}, which is filled in from elsewhere", said.value);
        findings.push(unresolved(message, said.clone()));
    }
    Some(said)
}

fn schematics(at: Found<'_>) -> Vec<Said> {
    ["controlPlane.schematic", "worker.schematic"].iter().filter_map(|it| schematic(at, it)).collect()
}

/// The extensions of a schematic that is written out, in one value.
fn schematic(at: Found<'_>, field: &str) -> Option<Said> {
    let Found { path, doc } = at;
    let (_, first) = doc.below(field).next()?;
    let extensions: Vec<String> = doc
        .below(field)
        .filter(|(rest, _)| rest.contains("Extensions["))
        .map(|(_, it)| crate::plain::plain(&it.value).into_owned())
        .collect();
    let value = if extensions.is_empty() { "no extensions".to_owned() } else { extensions.join(", ") };
    Some(Said::new(path, first.line, value).as_role(field))
}

/// What talhelper does not read.
fn ignored(at: Found<'_>) -> Option<Finding> {
    let path: &RepoPath = at.path;
    let (_, first) = at.doc.below("schematic").next()?;
    Some(Finding {
        kind: FindingKind::Ignored,
        message: "talhelper reads no schematic at the top: it belongs below controlPlane, worker or a node"
            .into(),
        sources: vec![Said::new(path, first.line, "schematic")],
    })
}
