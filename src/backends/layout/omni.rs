//! Clusters that a template of Omni declares: documents of its own kinds, one file for one cluster.

use super::files::{Files, Found};
use super::label::Label;
use super::{archived, patches};
use crate::relative::folder_of;
use domain::inventory::{
    Cluster, Finding, ManagedBy, Node, Patch, Place, Pool, Role, Said, TalosVersion, Version,
};

pub(super) fn clusters(files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<Cluster> {
    let mut found: Vec<Cluster> = Vec::new();
    let mut of: Option<String> = None;
    for at in files.labelled(|it| matches!(it, Label::Omni(_))) {
        let Label::Omni(kind) = &at.doc.label else { continue };
        if kind == "Cluster" {
            found.extend(cluster(files, at, findings));
            of = Some(at.path.0.clone());
            continue;
        }
        // What stands in the file of a cluster, behind it, is of that cluster.
        let Some(cluster) = found.last_mut().filter(|_| of.as_deref() == Some(at.path.0.as_str())) else {
            continue;
        };
        match kind.as_str() {
            "ControlPlane" => machines(files, at, Role::ControlPlane, "controlplane", cluster, findings),
            "Workers" => machines(files, at, Role::Worker, "worker", cluster, findings),
            _ => machine(files, at, cluster, findings),
        }
    }
    found
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
