//! From what a client wants an object to be, to what it will be.

use super::super::cluster::{Cluster, DEFINITIONS};
use super::super::kinds::Kind;
use super::super::patches::managed;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Stored, Write};
use super::fill;
use serde_json::{Value, json};

/// What of the spec of a StatefulSet may change.
const STATEFUL_SET: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// How a write is meant.
#[derive(Debug, Clone, Default)]
pub struct How {
    pub record: Record,
    pub dry_run: bool,
}

/// What is recorded about who manages the fields.
#[derive(Debug, Clone, Default)]
pub enum Record {
    /// Nothing: so write the controllers of the cluster itself.
    #[default]
    Nothing,
    /// That this manager made the change.
    Update(String),
    /// This very list.
    Exactly(Value),
}

impl Record {
    /// Write it into `new`, which was made of `old`.
    pub fn write_into(&self, target: &Target, old: &Value, new: &mut Value, now: &str) {
        match self {
            Self::Nothing => {}
            Self::Update(manager) => managed::updated(target, old, new, manager, now),
            Self::Exactly(list) => new["metadata"]["managedFields"] = list.clone(),
        }
    }
}

/// Preconditions within an object that is written: its resource version and uid, where they are given.
pub fn preconditions(kind: &Kind, stored: &Stored, wanted: &Value) -> Result<(), Status> {
    let given = |key: &str| wanted["metadata"][key].as_str().filter(|it| !it.is_empty());
    let name = &stored.key.name;
    if let Some(uid) = given("uid").filter(|it| *it != stored.uid) {
        let why =
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", stored.uid);
        return Err(Status::conflict(kind, name, &why));
    }
    if given("resourceVersion").is_some_and(|it| it != stored.revision.to_string() && it != "0") {
        return Err(Status::modified(kind, name));
    }
    Ok(())
}

/// The write that brings an object from `old` to `new`: what clients may not change stays, the generation counts,
/// field managers are recorded, and what was only waiting for its last finalizer goes.
pub fn settle(
    cluster: &Cluster,
    target: &Target,
    old: &Value,
    new: Value,
    how: &How,
) -> Result<Write, Status> {
    let kind = &*target.kind;
    let mut new = guarded(target, old, new);
    if kind.resource() == DEFINITIONS {
        fill::definition(&mut new, &cluster.now());
    }
    fill::defaults(kind, &mut new);
    allowed(kind, target, old, &new)?;
    if fill::has_generation(kind) && counts(kind, old, &new) {
        new["metadata"]["generation"] = (old["metadata"]["generation"].as_i64().unwrap_or(0) + 1).into();
    }
    how.record.write_into(target, old, &mut new, &cluster.now());
    if same(old, &new) {
        return Ok(Write::Nothing);
    }
    Ok(if is_over(kind, &new) { Write::Remove(new) } else { Write::Put(new) })
}

/// What the server owns is as it was; of a status only the status is taken, else everything but the status.
pub fn guarded(target: &Target, old: &Value, mut new: Value) -> Value {
    if let Some(map) = new.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
    }
    if !new["metadata"].is_object() {
        new["metadata"] = json!({});
    }
    let managed = new["metadata"]["managedFields"].take();
    if target.subresource == "status" {
        let mut whole = old.clone();
        match new["status"].take() {
            Value::Null => {
                whole.as_object_mut().map(|it| it.remove("status"));
            }
            status => whole["status"] = status,
        }
        new = whole;
        fill::drop_nulls(&mut new["metadata"]);
    } else if target.kind.status {
        match old.get("status") {
            Some(status) => new["status"] = status.clone(),
            None => {
                new.as_object_mut().map(|it| it.remove("status"));
            }
        }
    }
    let owned = [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "generateName",
        "managedFields",
    ];
    for key in owned {
        new["metadata"][key] = old["metadata"][key].clone();
    }
    // An explicitly empty list of managed fields clears them.
    if managed == json!([]) || managed == json!([{}]) {
        new["metadata"]["managedFields"] = Value::Null;
    }
    if old["metadata"]["deletionTimestamp"].is_string() {
        forget_new_finalizers(old, &mut new);
    }
    fill::drop_nulls(&mut new["metadata"]);
    new
}

/// No finalizer may join while an object is being deleted.
fn forget_new_finalizers(old: &Value, new: &mut Value) {
    let had = old["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if let Some(list) = new["metadata"]["finalizers"].as_array_mut() {
        list.retain(|it| had.contains(it));
    }
}

fn counts(kind: &Kind, old: &Value, new: &Value) -> bool {
    let rest = |value: &Value| {
        let mut map = value.as_object().cloned().unwrap_or_default();
        map.remove("metadata");
        if kind.status {
            map.remove("status");
        }
        map
    };
    rest(old) != rest(new)
}

/// Equal but for the resource version and the times of managed fields.
fn same(old: &Value, new: &Value) -> bool {
    let plain = |value: &Value| {
        let mut value = value.clone();
        value["metadata"]["resourceVersion"] = Value::Null;
        for entry in value["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
            entry["time"] = Value::Null;
        }
        fill::drop_nulls(&mut value["metadata"]);
        value
    };
    plain(old) == plain(new)
}

/// Whether an object that is being deleted has nothing left that holds it.
pub fn is_over(kind: &Kind, value: &Value) -> bool {
    let metadata = &value["metadata"];
    let empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    metadata["deletionTimestamp"].is_string()
        && empty(&metadata["finalizers"])
        && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && (kind.resource() != "namespaces" || empty(&value["spec"]["finalizers"]))
}

/// What must not change once it is there.
fn allowed(kind: &Kind, target: &Target, old: &Value, new: &Value) -> Result<(), Status> {
    let name = &target.name;
    match kind.resource().as_str() {
        "pods" if target.subresource.is_empty() => {
            let plain = |value: &Value| {
                let mut spec = value["spec"].clone();
                for key in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"] {
                    spec[key] = Value::Null;
                }
                for list in ["containers", "initContainers"] {
                    for it in spec[list].as_array_mut().into_iter().flatten().filter(|it| it.is_object()) {
                        it["image"] = Value::Null;
                        it["imagePullPolicy"] = Value::Null;
                    }
                }
                spec
            };
            if plain(old) != plain(new) {
                let why = "Forbidden: pod updates may not change fields other than \
                           `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                           `spec.tolerations` (only additions to existing tolerations),\
                           `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously \
                           negative)";
                return Err(Status::invalid(kind, name, "spec", "FieldValueForbidden", why));
            }
        }
        "statefulsets.apps" => {
            let fixed = |value: &Value| {
                let mut spec = value["spec"].clone();
                if let Some(spec) = spec.as_object_mut() {
                    spec.retain(|key, _| !STATEFUL_SET.contains(&key.as_str()));
                }
                spec
            };
            if fixed(old) != fixed(new) {
                let why = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', \
                           'template', 'updateStrategy', 'revisionHistoryLimit', \
                           'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
                return Err(Status::invalid(kind, name, "spec", "FieldValueForbidden", why));
            }
        }
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps"
            if old["spec"]["selector"] != new["spec"]["selector"] =>
        {
            let why = format!("Invalid value: {}: field is immutable", new["spec"]["selector"]);
            return Err(Status::invalid(kind, name, "spec.selector", "FieldValueInvalid", &why));
        }
        _ => {}
    }
    Ok(())
}
