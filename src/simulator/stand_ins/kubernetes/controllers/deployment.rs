//! Deployments: from one template to the next, by ReplicaSets.

use super::super::store::{Key, Stored};
use super::desk::{About, Desk, owned_by, set_condition};
use super::pod_template::{hash, portion, same};
use super::replica_set::{RESOURCE as SETS, count};
use serde_json::{Value, json};
use std::sync::Arc;

pub const RESOURCE: &str = "deployments.apps";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// A ReplicaSet of the deployment, with the numbers that matter.
struct Set {
    stored: Arc<Stored>,
    value: Value,
    wanted: i64,
    present: i64,
    available: i64,
}

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(deployment) = desk.get(RESOURCE, key) else { return };
    let value = deployment.value();
    if deployment.deleting {
        return;
    }
    let sets = sets(desk, &deployment);
    let template = &value["spec"]["template"];
    let is_new = |set: &Set| same(&set.value["spec"]["template"], template);
    let (mut new, old): (Vec<Set>, Vec<Set>) = sets.into_iter().partition(is_new);
    // Of several sets with the same template the oldest counts.
    new.sort_by_key(|it| it.stored.revision);
    let revision = old.iter().chain(&new).map(|it| revision(&it.value)).max().unwrap_or(0);
    let wanted = value["spec"]["replicas"].as_i64().unwrap_or(1);
    if value["spec"]["paused"] != true {
        match new.first() {
            None => {
                // It begins empty and grows below, where the old ones leave room.
                make(desk, &deployment, &value, revision + 1);
                return;
            }
            Some(new) => roll(desk, &deployment, &value, new, &old, wanted),
        }
        tidy(desk, &value, &old);
    }
    status(desk, key, new.first(), &old, wanted);
}

fn revision(set: &Value) -> i64 {
    set["metadata"]["annotations"][REVISION].as_str().and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn sets(desk: &Desk, deployment: &Stored) -> Vec<Set> {
    let read = |key: &Key| {
        let stored = desk.get(SETS, key)?;
        let value = stored.value();
        let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        Some(Set {
            wanted: number("/spec/replicas"),
            present: number("/status/replicas"),
            available: number("/status/availableReplicas"),
            stored,
            value,
        })
    };
    desk.index.owned_by(&deployment.uid, SETS).filter_map(read).collect()
}

fn make(desk: &Desk, deployment: &Stored, value: &Value, revision: i64) {
    let hash = hash(&value["spec"]["template"]);
    let mut template = value["spec"]["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = hash.as_str().into();
    let mut selector = value["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = hash.as_str().into();
    let metadata = json!({
        "name": format!("{}-{hash}", deployment.key.name), "namespace": deployment.key.namespace,
        "labels": template["metadata"]["labels"],
        "annotations": { REVISION: revision.to_string() },
        "ownerReferences": owned_by("apps/v1", "Deployment", deployment),
    });
    let spec = json!({
        "replicas": 0, "selector": selector, "template": template, "minReadySeconds": value["spec"]["minReadySeconds"],
    });
    desk.create(
        SETS,
        json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec }),
    );
    desk.edit(RESOURCE, &deployment.key, |it| {
        it["metadata"]["annotations"][REVISION] = revision.to_string().into()
    });
}

/// One step from the old sets to the new one.
fn roll(desk: &Desk, deployment: &Stored, value: &Value, new: &Set, old: &[Set], wanted: i64) {
    let strategy = &value["spec"]["strategy"];
    if strategy["type"] == "Recreate" {
        let left: i64 = old.iter().map(|it| it.wanted.max(it.present)).sum();
        old.iter().for_each(|it| scale(desk, deployment, it, 0));
        if left == 0 {
            scale(desk, deployment, new, wanted);
        }
        return;
    }
    let rolling = &strategy["rollingUpdate"];
    let surge = portion(&rolling["maxSurge"], wanted, true).unwrap_or(1);
    let missing = portion(&rolling["maxUnavailable"], wanted, false).unwrap_or(0);
    let missing = if surge == 0 && missing == 0 { 1 } else { missing };
    let total: i64 = new.wanted + old.iter().map(|it| it.wanted).sum::<i64>();
    if new.wanted > wanted {
        scale(desk, deployment, new, wanted);
    } else if new.wanted < wanted {
        let room = (wanted + surge - total).max(0);
        scale(desk, deployment, new, (new.wanted + room).min(wanted));
    }
    let grown = (new.wanted + (wanted + surge - total).max(0)).min(wanted).max(new.wanted.min(wanted));
    let not_yet = (grown - new.available).max(0);
    let total = grown + old.iter().map(|it| it.wanted).sum::<i64>();
    let mut may_go = total - (wanted - missing) - not_yet;
    // What does not work anyway goes first, then what works.
    let mut left: Vec<i64> = old.iter().map(|it| it.wanted).collect();
    for (set, left) in old.iter().zip(&mut left) {
        let gone = (set.wanted - set.available).clamp(0, may_go.max(0));
        *left -= gone;
        may_go -= gone;
    }
    let available: i64 = new.available + old.iter().map(|it| it.available).sum::<i64>();
    let mut may_go = (available - (wanted - missing)).max(0);
    for (set, left) in old.iter().zip(&mut left) {
        let gone = may_go.min(*left);
        may_go -= gone;
        scale(desk, deployment, set, *left - gone);
    }
}

fn scale(desk: &Desk, deployment: &Stored, set: &Set, to: i64) {
    if set.wanted == to {
        return;
    }
    desk.edit(SETS, &set.stored.key, |it| it["spec"]["replicas"] = to.into());
    let way = if to > set.wanted { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {} from {} to {to}", set.stored.key.name, set.wanted);
    desk.say(&about(deployment), "ScalingReplicaSet", &message);
}

/// Old sets beyond the history that is wanted.
fn tidy(desk: &Desk, value: &Value, old: &[Set]) {
    let keep = usize::try_from(value["spec"]["revisionHistoryLimit"].as_i64().unwrap_or(10)).unwrap_or(0);
    let mut empty: Vec<&Set> = old.iter().filter(|it| it.wanted == 0 && it.present == 0).collect();
    empty.sort_by_key(|it| revision(&it.value));
    let over = empty.len().saturating_sub(keep);
    for set in &empty[..over] {
        desk.delete(SETS, &set.stored.key, &Default::default());
    }
}

fn status(desk: &Desk, key: &Key, new: Option<&Set>, old: &[Set], wanted: i64) {
    let sum = |number: fn(&Set) -> i64| old.iter().chain(new).map(number).sum::<i64>();
    let (present, available) = (sum(|it| it.present), sum(|it| it.available));
    let updated = new.map_or(0, |it| it.present);
    let whole = |number: i64| usize::try_from(number).unwrap_or(0);
    let now = desk.cluster.now();
    let missing = |value: &Value| {
        let allowed = portion(&value["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], wanted, false);
        if value["spec"]["strategy"]["type"] == "Recreate" { 0 } else { allowed.unwrap_or(0) }
    };
    desk.edit(RESOURCE, key, |value| {
        let observed = value["metadata"]["generation"].clone();
        let enough = available >= wanted - missing(value);
        let status = &mut value["status"];
        status["observedGeneration"] = observed;
        count(status, "replicas", whole(present), false);
        count(status, "updatedReplicas", whole(updated), false);
        count(status, "readyReplicas", whole(available), false);
        count(status, "availableReplicas", whole(available), false);
        count(status, "unavailableReplicas", whole(wanted.max(present) - available), false);
        let (state, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set_condition(value, &now, "Available", state, reason, message);
        let name = new.map_or("", |it| &it.stored.key.name);
        let complete = updated == wanted && present == wanted && available == wanted;
        let (reason, message) = if complete {
            ("NewReplicaSetAvailable", format!("ReplicaSet \"{name}\" has successfully progressed."))
        } else {
            ("ReplicaSetUpdated", format!("ReplicaSet \"{name}\" is progressing."))
        };
        set_condition(value, &now, "Progressing", "True", reason, &message);
    });
}

fn about(deployment: &Stored) -> About<'_> {
    About {
        kind: "Deployment",
        api_version: "apps/v1",
        key: &deployment.key,
        uid: &deployment.uid,
        severity: "Normal",
        component: "deployment-controller",
    }
}
