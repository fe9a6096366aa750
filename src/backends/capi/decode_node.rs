//! Kubernetes nodes and disruption budgets as the words of the house.

use crate::probe::{addresses, annotation, at, condition, count, items, line, meta, text, truth};
use domain::{Budget, Conditions, KubeNode, NodeName};
use serde_json::Value;

pub(crate) fn node(it: &Value) -> KubeNode {
    let meta = meta(it, "", "Node");
    let labels = at(it, "metadata.labels").and_then(Value::as_object);
    let roles =
        labels.into_iter().flatten().filter_map(|(name, _)| name.strip_prefix("node-role.kubernetes.io/"));
    KubeNode {
        name: NodeName(meta.id.name.clone()),
        provider_id: text(it, "spec.providerID"),
        kubelet: text(it, "status.nodeInfo.kubeletVersion"),
        os_image: text(it, "status.nodeInfo.osImage"),
        unschedulable: truth(it, "spec.unschedulable"),
        taints: items(it, "spec.taints").filter_map(taint).collect(),
        roles: roles.filter_map(|it| line(&Value::String(it.to_owned()))).collect(),
        addresses: addresses(it, "status.addresses"),
        machine: annotation(it, "cluster.x-k8s.io/machine"),
        cpu_millis: text(it, "status.allocatable.cpu").and_then(|it| millis(&it)),
        memory_bytes: text(it, "status.allocatable.memory").and_then(|it| bytes(&it)),
        conditions: Conditions(items(it, "status.conditions").filter_map(condition).collect()),
        meta,
    }
}

fn taint(it: &Value) -> Option<String> {
    let value = text(it, "value").map(|value| format!("={value}")).unwrap_or_default();
    Some(format!("{}{value}:{}", text(it, "key")?, text(it, "effect").unwrap_or_default()))
}

/// "4" or "3950m" in thousandths.
fn millis(text: &str) -> Option<u64> {
    match text.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => text.parse::<f64>().ok().filter(|it| (0.0..1e9).contains(it)).map(|it| (it * 1000.0) as u64),
    }
}

/// "7935Mi", "8Gi", "8000000k", "8323072": a quantity in bytes.
fn bytes(text: &str) -> Option<u64> {
    let split = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale: u64 = match unit {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(scale)
}

pub(crate) fn budget(it: &Value) -> Budget {
    Budget {
        meta: meta(it, "policy", "PodDisruptionBudget"),
        min_available: text(it, "spec.minAvailable"),
        max_unavailable: text(it, "spec.maxUnavailable"),
        allowed: count(it, "status.disruptionsAllowed").unwrap_or(0),
        healthy: count(it, "status.currentHealthy").unwrap_or(0),
        wanted: count(it, "status.desiredHealthy").unwrap_or(0),
        expected: count(it, "status.expectedPods").unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_and_a_budget() {
        let it = node(
            &json!({"metadata": {"name": "cp-a1", "labels": {"node-role.kubernetes.io/control-plane": ""}},
            "spec": {"providerID": "hcloud://7", "unschedulable": true,
                "taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}, {"value": "x"}]},
            "status": {"nodeInfo": {"kubeletVersion": "v1.35.0"}, "allocatable": {"cpu": "3950m", "memory": "7935Mi"},
                "conditions": [{"type": "Ready", "status": "True"}]}}),
        );
        assert!(it.ready() && it.control_plane() && it.unschedulable);
        assert_eq!(it.taints, ["node-role.kubernetes.io/control-plane:NoSchedule"]);
        assert_eq!((it.cpu_millis, it.memory_bytes), (Some(3950), Some(7935 << 20)));
        let it = budget(
            &json!({"metadata": {"name": "hydra", "namespace": "ory"}, "spec": {"minAvailable": 1},
            "status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}}),
        );
        assert_eq!((it.min_available.as_deref(), it.allowed, it.healthy), (Some("1"), 0, 1));
        node(&json!("x"));
        budget(&json!([1]));
    }
}
