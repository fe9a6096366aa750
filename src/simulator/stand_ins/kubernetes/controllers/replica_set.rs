//! ReplicaSets: so many pods of one template.

use super::super::store::{Key, Stored};
use super::desk::{About, Desk};
use super::pod_template::pod;
use serde_json::Value;
use std::sync::Arc;

pub const RESOURCE: &str = "replicasets.apps";

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(set) = desk.get(RESOURCE, key) else { return };
    let value = set.value();
    let mut pods = desk.active_pods(&set.uid);
    let wanted = usize::try_from(value["spec"]["replicas"].as_i64().unwrap_or(1)).unwrap_or(0);
    if !set.deleting {
        for _ in pods.len()..wanted {
            let mut fresh = pod(&value["spec"]["template"], "apps/v1", "ReplicaSet", &set);
            fresh["metadata"]["generateName"] = format!("{}-", key.name).into();
            let Some(made) = desk.create("pods", fresh) else { break };
            desk.say(&about(&set), "SuccessfulCreate", &format!("Created pod: {}", made.key.name));
            pods.push(made);
        }
        if pods.len() > wanted {
            pods.sort_by_cached_key(worth);
            for it in pods.drain(..pods.len() - wanted) {
                desk.delete_pod(&it.key);
                desk.say(&about(&set), "SuccessfulDelete", &format!("Deleted pod: {}", it.key.name));
            }
        }
    }
    let ready = pods.iter().filter(|it| it.ready).count();
    desk.edit(RESOURCE, key, |value| {
        let observed = value["metadata"]["generation"].clone();
        let status = &mut value["status"];
        count(status, "replicas", pods.len(), true);
        count(status, "fullyLabeledReplicas", pods.len(), false);
        count(status, "readyReplicas", ready, false);
        count(status, "availableReplicas", ready, false);
        status["observedGeneration"] = observed;
    });
}

/// Write a count; where it is 0 it is left out, unless it is always said.
pub fn count(status: &mut Value, name: &str, number: usize, always: bool) {
    if number > 0 || always {
        status[name] = number.into();
    } else if let Some(map) = status.as_object_mut() {
        map.remove(name);
    }
}

/// Those that go first are worth least: without a node, not running, not ready; and of equals the younger.
fn worth(pod: &Arc<Stored>) -> (bool, bool, bool, std::cmp::Reverse<u64>) {
    (!pod.node.is_empty(), pod.phase == "Running", pod.ready, std::cmp::Reverse(pod.revision))
}

fn about(set: &Stored) -> About<'_> {
    About {
        kind: "ReplicaSet",
        api_version: "apps/v1",
        key: &set.key,
        uid: &set.uid,
        severity: "Normal",
        component: "replicaset-controller",
    }
}
