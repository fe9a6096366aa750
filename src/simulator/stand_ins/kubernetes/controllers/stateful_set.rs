//! StatefulSets: pods with names that stay, one after the other.

use super::super::store::{Key, Stored};
use super::desk::Desk;
use super::pod_template::{hash, pod};
use super::replica_set::count;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const RESOURCE: &str = "statefulsets.apps";
const REVISION: &str = "controller-revision-hash";

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(set) = desk.get(RESOURCE, key) else { return };
    if set.deleting {
        return;
    }
    let value = set.value();
    let wanted = value["spec"]["replicas"].as_i64().unwrap_or(1);
    let revision = format!("{}-{}", key.name, hash(&value["spec"]["template"]));
    let ordinal = |pod: &Arc<Stored>| pod.key.name.rsplit_once('-')?.1.parse::<i64>().ok();
    let pods: BTreeMap<i64, Arc<Stored>> =
        desk.pods_of(&set.uid).into_iter().filter_map(|pod| Some((ordinal(&pod)?, pod))).collect();
    act(desk, &set, &value, &pods, wanted, &revision);
    let live: Vec<&Arc<Stored>> = pods.values().filter(|it| !it.deleting).collect();
    let ready = live.iter().filter(|it| it.ready).count();
    let updated = live.iter().filter(|it| is_of(it, &revision)).count();
    let present = live.len();
    desk.edit(RESOURCE, key, |value| {
        let observed = value["metadata"]["generation"].clone();
        let status = &mut value["status"];
        status["observedGeneration"] = observed;
        count(status, "replicas", present, true);
        count(status, "readyReplicas", ready, false);
        count(status, "availableReplicas", ready, true);
        count(status, "currentReplicas", updated, false);
        count(status, "updatedReplicas", updated, false);
        if updated == present || status["currentRevision"].is_null() {
            status["currentRevision"] = revision.as_str().into();
        }
        status["updateRevision"] = revision.as_str().into();
    });
}

/// Pods that were there before anyone counted revisions are taken as they are.
fn is_of(pod: &Stored, revision: &str) -> bool {
    pod.label(REVISION).is_none_or(|it| it == revision)
}

/// The one next thing to do: what was deleted comes back, the missing come in order, the surplus and the outdated go
/// from the end; unless pods may come in parallel, nobody goes on before the one before is ready.
fn act(
    desk: &Desk,
    set: &Stored,
    value: &Value,
    pods: &BTreeMap<i64, Arc<Stored>>,
    wanted: i64,
    revision: &str,
) {
    let ordered = value["spec"]["podManagementPolicy"] != "Parallel";
    for ordinal in 0..wanted {
        match pods.get(&ordinal) {
            None => {
                make(desk, set, value, ordinal, revision);
                if ordered {
                    return;
                }
            }
            Some(pod) if matches!(pod.phase.as_str(), "Failed" | "Succeeded") && !pod.deleting => {
                desk.delete_pod(&pod.key);
                return;
            }
            Some(pod) if ordered && (pod.deleting || !pod.ready) => return,
            Some(_) => {}
        }
    }
    let surplus = pods.iter().rev().find(|(ordinal, pod)| **ordinal >= wanted && !pod.deleting);
    if let Some((_, pod)) = surplus {
        desk.delete_pod(&pod.key);
        return;
    }
    let update = &value["spec"]["updateStrategy"];
    let settled = pods.values().all(|it| it.ready && !it.deleting);
    if update["type"] == "OnDelete" || !settled {
        return;
    }
    let from = update["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    let outdated = pods.iter().rev().find(|(ordinal, pod)| **ordinal >= from && !is_of(pod, revision));
    if let Some((_, pod)) = outdated {
        desk.delete_pod(&pod.key);
    }
}

fn make(desk: &Desk, set: &Stored, value: &Value, ordinal: i64, revision: &str) {
    let name = format!("{}-{ordinal}", set.key.name);
    let mut fresh = pod(&value["spec"]["template"], "apps/v1", "StatefulSet", set);
    fresh["metadata"]["name"] = name.as_str().into();
    let labels = &mut fresh["metadata"]["labels"];
    labels[REVISION] = revision.into();
    labels["statefulset.kubernetes.io/pod-name"] = name.as_str().into();
    labels["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
    fresh["spec"]["hostname"] = name.as_str().into();
    let mut volumes = fresh["spec"]["volumes"].as_array().cloned().unwrap_or_default();
    for claim in value["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten() {
        let volume = claim["metadata"]["name"].as_str().unwrap_or_default();
        let claim_name = format!("{volume}-{name}");
        volumes.push(json!({ "name": volume, "persistentVolumeClaim": { "claimName": claim_name } }));
        let key = Key::new(&set.key.namespace, &claim_name);
        if desk.get("persistentvolumeclaims", &key).is_none() {
            let metadata = json!({ "name": claim_name, "namespace": set.key.namespace });
            let fresh = json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": claim["spec"],
            });
            desk.create("persistentvolumeclaims", fresh);
            // Volumes are not played; a claim is met at once.
            desk.edit("persistentvolumeclaims", &key, |it| {
                let uid = it["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
                it["spec"]["volumeName"] = format!("pvc-{uid}").into();
                it["status"] = json!({
                    "phase": "Bound", "accessModes": it["spec"]["accessModes"],
                    "capacity": it["spec"]["resources"]["requests"],
                });
            });
        }
    }
    if !volumes.is_empty() {
        fresh["spec"]["volumes"] = volumes.into();
    }
    desk.create("pods", fresh);
}
