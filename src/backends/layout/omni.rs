//! Clusters that a template of Omni declares: documents of its own kinds, one file for one cluster, or a
//! folder.

use super::files::{Files, Found};
use super::label::Label;
use super::{archived, patches};
use crate::relative::folder_of;
use domain::inventory::{
    Cluster, Finding, ManagedBy, Node, Patch, Place, Pool, Role, Said, TalosVersion, Version,
};

pub(super) fn clusters(files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<Cluster> {
    let mut found: Vec<(Found<'_>, Cluster)> = Vec::new();
    let all: Vec<Found<'_>> = files.labelled(|it| matches!(it, Label::Omni(_))).collect();
    for at in all.iter().filter(|it| kind(it) == "Cluster") {
        found.extend(cluster(files, *at, findings).map(|it| (*at, it)));
    }
    // A machine has what its role gave it first.
    let of_kind = |is: fn(&str) -> bool| all.iter().filter(move |it| is(kind(it)));
    let roles = of_kind(|it| ["ControlPlane", "Workers"].contains(&it));
    for at in roles.chain(of_kind(|it| it == "Machine")) {
        let Some(cluster) = of(*at, &found).and_then(|it| found.get_mut(it)) else { continue };
        let cluster = &mut cluster.1;
        match kind(at) {
            "ControlPlane" => machines(files, *at, Role::ControlPlane, "controlplane", cluster, findings),
            "Workers" => machines(files, *at, Role::Worker, "worker", cluster, findings),
            _ => machine(files, *at, cluster, findings),
        }
    }
    found.into_iter().map(|it| it.1).collect()
}

fn kind<'a>(at: &Found<'a>) -> &'a str {
    match &at.doc.label {
        Label::Omni(kind) => kind,
        _ => "",
    }
}

/// Which cluster a document is of: what stands in the file of a cluster, behind it, is of that one; what stands in a file
/// without one is of the only one of its folder.
fn of(at: Found<'_>, clusters: &[(Found<'_>, Cluster)]) -> Option<usize> {
    let here = |it: &(Found<'_>, Cluster)| it.0.path == at.path;
    if clusters.iter().any(here) {
        return clusters.iter().rposition(|it| here(it) && it.0.doc.line < at.doc.line);
    }
    let beside = |it: &(Found<'_>, Cluster)| folder_of(&it.0.path.0) == folder_of(&at.path.0);
    let first = clusters.iter().position(beside)?;
    let only = clusters.iter().rposition(beside) == Some(first);
    only.then_some(first)
}

fn cluster(files: &Files<'_>, at: Found<'_>, findings: &mut Vec<Finding>) -> Option<Cluster> {
    let Found { path, doc } = at;
    let source = doc.said(path, "name")?;
    let inactive_because = archived::why(&path.0);
    let said = |field: &str| doc.said(path, field).into_iter().collect::<Vec<Said>>();
    Some(Cluster {
        name: source.value.clone(),
        source: Some(source),
        managed_by: ManagedBy::Omni,
        active: inactive_because.is_none(),
        inactive_because,
        folder: folder_of(&path.0).to_owned(),
        kubernetes: Version { sources: said("kubernetes.version"), ..Version::default() },
        talos: TalosVersion { sources: said("talos.version"), ..TalosVersion::default() },
        endpoint: None,
        nodes: Vec::new(),
        pools: Vec::new(),
        patches: laid(files, at, "cluster", findings),
        schematics: extensions(at).into_iter().collect(),
    })
}

fn machines(
    files: &Files<'_>,
    at: Found<'_>,
    role: Role,
    scope: &str,
    cluster: &mut Cluster,
    findings: &mut Vec<Finding>,
) {
    let Found { path, doc } = at;
    for number in 0..doc.items("machines") {
        let Some(source) = doc.said(path, &format!("machines[{number}]")) else { continue };
        cluster.nodes.push(Node {
            name: source.value.clone(),
            role,
            address: String::new(),
            source,
            talos: None,
            kubernetes: None,
            schematic: None,
        });
    }
    if let Some(class) = doc.said(path, "machineClass.name") {
        let size = doc.said(path, "machineClass.size");
        let name = doc.said(path, "name").map_or_else(|| class.value.clone(), |it| it.value);
        cluster.pools.push(Pool {
            name,
            role,
            // "unlimited" is no number.
            replicas: size.as_ref().and_then(|it| it.value.parse().ok()),
            source: size.unwrap_or(class),
            begins: Place { file: path.clone(), line: doc.line },
            kubernetes: None,
            image: None,
            server_type: None,
        });
    }
    let scope = doc.value("name").unwrap_or(scope).to_owned();
    cluster.patches.extend(laid(files, at, &scope, findings));
    cluster.schematics.extend(extensions(at));
}

fn machine(files: &Files<'_>, at: Found<'_>, cluster: &mut Cluster, findings: &mut Vec<Finding>) {
    let Some(name) = at.doc.said(at.path, "name") else { return };
    cluster.patches.extend(laid(files, at, &name.value, findings));
    if let Some(node) = cluster.nodes.iter_mut().find(|it| it.name == name.value) {
        node.schematic = extensions(at);
    }
}

fn laid(files: &Files<'_>, at: Found<'_>, scope: &str, findings: &mut Vec<Finding>) -> Vec<Patch> {
    let mut found = Vec::new();
    for number in 0..at.doc.items("patches") {
        let field = format!("patches[{number}]");
        match at.doc.said(at.path, &format!("{field}.file")) {
            Some(file) => found.extend(patches::named(files, at.path, &file, scope, findings)),
            None => found.extend(patches::one(files, at, &format!("{field}.inline"), scope, findings)),
        }
    }
    found
}

fn extensions(at: Found<'_>) -> Option<Said> {
    let all: Vec<Said> = (0..at.doc.items("systemExtensions"))
        .filter_map(|it| at.doc.said(at.path, &format!("systemExtensions[{it}]")))
        .collect();
    let first = all.first()?;
    let names: Vec<&str> = all.iter().map(|it| it.value.as_str()).collect();
    Some(Said::new(at.path, first.line, names.join(", ")))
}
