//! One application compared with the cluster: what is out of sync, how everything is, what has to go.

use super::compare::matches;
use super::resource::{Desired, ResourceId};
use crate::stand_ins::health::{Assessed, Health, assess, told};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The live objects as the comparison sees them.
pub trait Live {
    fn get(&self, id: &ResourceId) -> Option<Arc<Value>>;
    /// Everything that says it belongs to the application, with the version it was read in.
    fn tracked(&self, application: &str) -> Vec<(ResourceId, String)>;
}

/// What came out.
#[derive(Debug)]
pub struct Comparison {
    pub synced: bool,
    pub health: Health,
    /// `status.resources`
    pub resources: Vec<Value>,
    /// What no manifest speaks of any more.
    pub to_prune: Vec<(ResourceId, String)>,
    pub images: Vec<String>,
}

/// Compare what `application` (the whole object) wants with what is there.
pub fn compare(application: &Value, desired: &[Desired], live: &dyn Live) -> Comparison {
    let name = application["metadata"]["name"].as_str().unwrap_or_default();
    let mut synced = true;
    let mut health = Health::Healthy;
    let mut images = BTreeSet::new();
    let mut rows: Vec<(ResourceId, Value)> = Vec::new();
    for wanted in desired {
        let found = live.get(&wanted.id);
        let same =
            found.as_ref().is_some_and(|it| matches(&wanted.object, it, &ignored(application, &wanted.id)));
        synced &= same;
        let assessed = match &found {
            Some(object) => assess(&wanted.id.group, &wanted.id.kind, object),
            None => Some((Health::Missing, String::new())),
        };
        health = worse(health, &assessed);
        collect_images(found.as_deref().unwrap_or(&wanted.object), &mut images);
        rows.push((wanted.id.clone(), row(&wanted.id, &wanted.version, same, assessed.as_ref(), false)));
    }
    let known: BTreeSet<&ResourceId> = desired.iter().map(|it| &it.id).collect();
    let to_prune: Vec<_> = live.tracked(name).into_iter().filter(|(id, _)| !known.contains(id)).collect();
    for (id, version) in &to_prune {
        synced = false;
        let assessed = live.get(id).and_then(|it| assess(&id.group, &id.kind, &it));
        rows.push((id.clone(), row(id, version, false, assessed.as_ref(), true)));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let resources = rows.into_iter().map(|(_, row)| row).collect();
    Comparison { synced, health, resources, to_prune, images: images.into_iter().collect() }
}

fn worse(health: Health, other: &Assessed) -> Health {
    other.as_ref().map_or(health, |(other, _)| health.max(*other))
}

fn row(id: &ResourceId, version: &str, same: bool, health: Option<&(Health, String)>, prune: bool) -> Value {
    let mut row = json!({"version": version, "kind": id.kind, "name": id.name});
    if !id.group.is_empty() {
        row["group"] = json!(id.group);
    }
    if !id.namespace.is_empty() {
        row["namespace"] = json!(id.namespace);
    }
    row["status"] = json!(if same { "Synced" } else { "OutOfSync" });
    if let Some(health) = health {
        row["health"] = told(health);
    }
    if prune {
        row["requiresPruning"] = json!(true);
    }
    row
}

/// The JSON pointers that `spec.ignoreDifferences` takes out of the comparison of this resource.
fn ignored(application: &Value, id: &ResourceId) -> Vec<String> {
    let rules = application["spec"]["ignoreDifferences"].as_array();
    let fits = |rule: &&Value, key: &str, value: &str| {
        rule[key].as_str().is_none_or(|it| it.is_empty() || it == value)
    };
    rules
        .into_iter()
        .flatten()
        .filter(|rule| {
            rule["group"].as_str().unwrap_or_default() == id.group && rule["kind"] == id.kind.as_str()
        })
        .filter(|rule| fits(rule, "name", &id.name) && fits(rule, "namespace", &id.namespace))
        .flat_map(|rule| rule["jsonPointers"].as_array().into_iter().flatten())
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

fn collect_images(object: &Value, into: &mut BTreeSet<String>) {
    let pod = &object["spec"]["template"]["spec"];
    for list in ["initContainers", "containers"] {
        let containers = pod[list].as_array().into_iter().flatten();
        into.extend(containers.filter_map(|it| it["image"].as_str().map(str::to_owned)));
    }
}
