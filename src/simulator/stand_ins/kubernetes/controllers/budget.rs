//! Disruption budgets: how many pods may go now.

use super::super::store::{Key, Stored};
use super::desk::{Desk, set_condition};
use super::pod_template::portion;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const RESOURCE: &str = "poddisruptionbudgets.policy";

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(budget) = desk.get(RESOURCE, key) else { return };
    let value = budget.value();
    let Some(selector) = desk.index.budgets.get(key) else { return };
    let (mut pods, _) = desk.cluster.store.list("pods", Some(&key.namespace));
    pods.retain(|pod| selector.iter().all(|it| it.matches(|name| pod.label(name))));
    pods.retain(|pod| !matches!(pod.phase.as_str(), "Succeeded" | "Failed"));
    let minimum = &value["spec"]["minAvailable"];
    let maximum = &value["spec"]["maxUnavailable"];
    let (expected, desired) = if minimum.is_number() {
        (whole(pods.len()), minimum.as_i64().unwrap_or(0))
    } else if minimum.is_string() {
        let expected = expected(desk, &pods);
        (expected, portion(minimum, expected, true).unwrap_or(0))
    } else {
        let expected = expected(desk, &pods);
        (expected, (expected - portion(maximum, expected, true).unwrap_or(0)).max(0))
    };
    // Those whose disruption is paid for already count as gone until they are.
    let mut paid = value["status"]["disruptedPods"].as_object().cloned().unwrap_or_default();
    paid.retain(|name, _| pods.iter().any(|it| it.key.name == *name && !it.deleting));
    let healthy =
        pods.iter().filter(|it| it.ready && !it.deleting && !paid.contains_key(&it.key.name)).count();
    let allowed = if expected > 0 { (whole(healthy) - desired).max(0) } else { 0 };
    let now = desk.cluster.now();
    desk.edit(RESOURCE, key, |value| {
        let observed = value["metadata"]["generation"].clone();
        let status = &mut value["status"];
        *status = json!({
            "observedGeneration": observed, "disruptionsAllowed": allowed, "currentHealthy": healthy,
            "desiredHealthy": desired, "expectedPods": expected, "conditions": status["conditions"],
        });
        if !paid.is_empty() {
            status["disruptedPods"] = Value::Object(paid);
        }
        let (state, reason) =
            if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        set_condition(value, &now, "DisruptionAllowed", state, reason, "");
    });
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many pods there should be: what their controllers want. Without a controller a pod stands for itself.
fn expected(desk: &Desk, pods: &[Arc<Stored>]) -> i64 {
    let owners: BTreeSet<&str> = pods.iter().filter_map(|it| it.controller()).collect();
    let free = pods.iter().filter(|it| it.controller().is_none()).count();
    let wanted = owners.iter().map(|uid| {
        let place = desk.index.places.get(*uid);
        let owner = place.and_then(|(resource, key)| desk.get(resource, key));
        let replicas = owner.and_then(|it| it.value()["spec"]["replicas"].as_i64());
        replicas.unwrap_or_else(|| whole(pods.iter().filter(|it| it.controller() == Some(*uid)).count()))
    });
    wanted.sum::<i64>() + whole(free)
}
