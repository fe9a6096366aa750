//! DaemonSets: one pod on every node that fits.

use super::super::store::{Key, Stored};
use super::desk::Desk;
use super::placing::Wishes;
use super::pod_template::{hash, pod, portion};
use super::replica_set::count;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const RESOURCE: &str = "daemonsets.apps";
const REVISION: &str = "controller-revision-hash";

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(set) = desk.get(RESOURCE, key) else { return };
    if set.deleting {
        return;
    }
    let value = set.value();
    let revision = hash(&value["spec"]["template"]);
    let template = tolerant(&value["spec"]["template"]);
    let wishes = Wishes::of(&template["spec"]);
    let mut by_node: BTreeMap<String, Vec<Arc<Stored>>> = BTreeMap::new();
    for pod in desk.pods_of(&set.uid) {
        by_node.entry(pod.node.clone()).or_default().push(pod);
    }
    let fitting: Vec<String> = desk
        .index
        .nodes
        .iter()
        .filter(|(_, facts)| wishes.fit_daemon(facts))
        .map(|(name, _)| name.clone())
        .collect();
    let mut there: Vec<Arc<Stored>> = Vec::new();
    for node in &fitting {
        let pods = by_node.remove(node).unwrap_or_default();
        let finished =
            |pod: &&Arc<Stored>| matches!(pod.phase.as_str(), "Failed" | "Succeeded") && !pod.deleting;
        pods.iter().filter(finished).for_each(|it| desk.delete_pod(&it.key));
        if pods.is_empty() {
            let mut fresh = pod(&template, "apps/v1", "DaemonSet", &set);
            fresh["metadata"]["generateName"] = format!("{}-", key.name).into();
            fresh["metadata"]["labels"][REVISION] = revision.as_str().into();
            pin(&mut fresh, node);
            there.extend(desk.create("pods", fresh));
        } else {
            there.extend(pods.into_iter().next());
        }
    }
    // Where no pod belongs, none stays. Pods on lost nodes are not ours to take.
    for (node, pods) in by_node {
        if node.is_empty() || desk.index.nodes.contains_key(&node) {
            pods.iter().filter(|it| !it.deleting).for_each(|it| desk.delete_pod(&it.key));
        }
    }
    roll(desk, &value, &there, &revision);
    status(desk, key, fitting.len(), &there, &revision);
}

/// Replace outdated pods, so many at a time as may be unavailable.
fn roll(desk: &Desk, value: &Value, there: &[Arc<Stored>], revision: &str) {
    let update = &value["spec"]["updateStrategy"];
    if update["type"] == "OnDelete" {
        return;
    }
    let total = i64::try_from(there.len()).unwrap_or(0);
    let allowed = portion(&update["rollingUpdate"]["maxUnavailable"], total, true).unwrap_or(1).max(1);
    let missing = there.iter().filter(|it| !it.ready || it.deleting).count();
    let room = usize::try_from(allowed).unwrap_or(1).saturating_sub(missing);
    let outdated =
        there.iter().filter(|it| !it.deleting && it.label(REVISION).is_some_and(|it| it != revision));
    let (broken, working): (Vec<_>, Vec<_>) = outdated.partition(|it| !it.ready);
    broken.into_iter().chain(working.into_iter().take(room)).for_each(|it| desk.delete_pod(&it.key));
}

fn status(desk: &Desk, key: &Key, wanted: usize, there: &[Arc<Stored>], revision: &str) {
    let ready = there.iter().filter(|it| it.ready && !it.deleting).count();
    let updated = there.iter().filter(|it| it.label(REVISION).is_none_or(|it| it == revision)).count();
    desk.edit(RESOURCE, key, |value| {
        let observed = value["metadata"]["generation"].clone();
        let status = &mut value["status"];
        status["observedGeneration"] = observed;
        count(status, "desiredNumberScheduled", wanted, true);
        count(status, "currentNumberScheduled", there.len(), true);
        count(status, "numberReady", ready, true);
        count(status, "numberMisscheduled", 0, true);
        count(status, "numberAvailable", ready, false);
        count(status, "numberUnavailable", wanted.saturating_sub(ready), false);
        count(status, "updatedNumberScheduled", updated, false);
    });
}

/// Pods of daemons stand what happens to nodes.
fn tolerant(template: &Value) -> Value {
    let mut template = template.clone();
    let mut list = template["spec"]["tolerations"].as_array().cloned().unwrap_or_default();
    let stands = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    for (key, effect) in stands {
        list.push(
            json!({ "key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect }),
        );
    }
    template["spec"]["tolerations"] = list.into();
    template
}

fn pin(pod: &mut Value, node: &str) {
    pod["spec"]["nodeName"] = node.into();
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
    pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
}
