//! Drift, as far as versions and numbers go: what Git says, what is declared in the cluster, what runs.

use super::source_map::{self, Said};
use crate::{Model, RowKey};
use domain::{Machine, Node, NodeName, ObjectRef};

/// Why the three sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Git is ahead, and somebody is on the way to it.
    Pending,
    /// The cluster says something that Git does not.
    Drifted,
}

impl Class {
    pub fn word(self) -> &'static str {
        match self {
            Class::Pending => "pending",
            Class::Drifted => "drifted",
        }
    }
}

/// One field whose sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub key: RowKey,
    pub class: Class,
    pub object: String,
    pub field: &'static str,
    pub git: String,
    pub declared: String,
    /// "v1.35.0 on 1 of 3".
    pub live: String,
    /// File and line in Git.
    pub place: String,
}

pub const COLUMNS: &[&str] = &["class", "where", "field", "Git says", "declared", "it is"];

/// Every difference that the filter of the page lets through.
pub fn shown(model: &Model) -> Vec<Difference> {
    let filter = model.screen.listing().map(|list| list.filter.to_lowercase()).unwrap_or_default();
    all(model)
        .into_iter()
        .filter(|it| {
            filter.is_empty() || it.object.to_lowercase().contains(&filter) || it.field.contains(&filter)
        })
        .collect()
}

/// Nodes whose versions a talconfig says.
pub fn declared_nodes(model: &Model) -> usize {
    model.world.nodes.iter().filter(|it| source_map::declared_node(model, &it.name).is_some()).count()
}

pub fn all(model: &Model) -> Vec<Difference> {
    let capi = &model.world.capi;
    let planes = capi.control_planes().map(|it| (it.meta.id.clone(), it.version.clone(), it.replicas));
    let deployments =
        capi.machine_deployments.iter().map(|it| (it.meta.id.clone(), it.version.clone(), it.replicas));
    let mut found: Vec<Difference> = planes
        .chain(deployments)
        .flat_map(|(object, declared, replicas)| {
            let machines: Vec<&Machine> = capi
                .machines
                .iter()
                .filter(|it| !it.deleting() && capi.roller_of(it).as_ref() == Some(&object))
                .collect();
            [
                version(model, &object, declared.as_deref(), &machines),
                number(model, &object, replicas, &machines),
            ]
        })
        .flatten()
        .collect();
    found.extend(model.world.nodes.iter().flat_map(|it| of_node(model, it)));
    found.sort_by(|a, b| (a.class, &a.object).cmp(&(b.class, &b.object)));
    found
}

/// The versions that a talconfig says of a node, against those that it runs. Who brings them together is not known:
/// talhelper upgrades when a person says so.
fn of_node(model: &Model, node: &Node) -> Vec<Difference> {
    let Some(declared) = source_map::declared_node(model, &node.name) else { return Vec::new() };
    let kubelet =
        node.kubernetes.as_ref().and_then(|it| model.world.kube_nodes.get(&NodeName(it.name.clone())));
    let kubelet =
        kubelet.or_else(|| model.world.kube_nodes.get(&node.name)).and_then(|it| it.kubelet.clone());
    let sides =
        [("talos", &declared.talos, node.version.clone()), ("kubelet", &declared.kubernetes, kubelet)];
    let differ = sides.into_iter().filter_map(|(field, said, live)| {
        let (version, line) = said.as_ref()?;
        let live = live.filter(|it| it != version)?;
        Some(Difference {
            key: RowKey(format!("{} {field}", node.name)),
            class: Class::Pending,
            object: node.name.0.clone(),
            field,
            git: version.clone(),
            declared: String::new(),
            live,
            place: format!("{}:{line}", declared.path),
        })
    });
    differ.collect()
}

fn version(
    model: &Model,
    object: &ObjectRef,
    declared: Option<&str>,
    machines: &[&Machine],
) -> Option<Difference> {
    let declared = declared?;
    let said = source_map::kubernetes_of(model, object);
    let other: Vec<&str> =
        machines.iter().filter_map(|it| it.kubelet.as_deref()).filter(|it| *it != declared).collect();
    let live = match other.first() {
        None => declared.to_owned(),
        Some(version) => format!("{version} on {} of {}", other.len(), machines.len()),
    };
    difference(object, "version", said, declared.to_owned(), live, other.is_empty())
}

fn number(model: &Model, object: &ObjectRef, replicas: u32, machines: &[&Machine]) -> Option<Difference> {
    let said = source_map::replicas_of(model, object);
    let running = machines.len();
    difference(
        object,
        "replicas",
        said,
        replicas.to_string(),
        running.to_string(),
        running == replicas as usize,
    )
}

fn difference(
    object: &ObjectRef,
    field: &'static str,
    said: Option<Said>,
    declared: String,
    live: String,
    arrived: bool,
) -> Option<Difference> {
    let git = said.as_ref().map(|it| it.value.clone());
    let agrees = git.as_ref().is_none_or(|it| *it == declared);
    if agrees && arrived {
        return None;
    }
    Some(Difference {
        key: RowKey(format!("{object} {field}")),
        class: if agrees { Class::Pending } else { Class::Drifted },
        object: object.name.clone(),
        field,
        git: git.unwrap_or_else(|| "not found".into()),
        declared,
        live,
        place: said.map(|it| it.place()).unwrap_or_default(),
    })
}
