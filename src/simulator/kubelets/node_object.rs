//! A machine as a Node of the Kubernetes API.

use crate::world::{Node, numbers, seeded};
use serde_json::{Map, Value, json};

/// Kubernetes writes moments without fractions of seconds.
pub fn moment(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map(|it| format!("{it:.0}")).unwrap_or_default()
}

/// What the kubelet registers.
pub fn registered(node: &Node) -> Value {
    let config = node.config();
    let mut labels = Map::new();
    let mut label = |key: &str, value: &str| labels.insert(key.into(), json!(value));
    label("kubernetes.io/arch", "amd64");
    label("kubernetes.io/os", "linux");
    label("kubernetes.io/hostname", &node.hostname());
    label("beta.kubernetes.io/arch", "amd64");
    label("beta.kubernetes.io/os", "linux");
    for (key, value) in node.spec.hardware.labels() {
        label(key, &value);
    }
    if config.is_control_plane() {
        label("node-role.kubernetes.io/control-plane", "");
        label("node.kubernetes.io/exclude-from-external-load-balancers", "");
    }
    for (key, value) in &config.node_labels {
        label(key, value);
    }
    let mut taints: Vec<Value> = config
        .node_taints
        .iter()
        .map(|(key, value)| {
            let (value, effect) = value.split_once(':').unwrap_or(("", value));
            json!({ "key": key, "value": value, "effect": effect })
        })
        .collect();
    if config.is_control_plane() && !config.allow_scheduling_on_control_planes {
        taints.push(json!({ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }));
    }
    let mut annotations = json!({
        "talos.dev/owned-labels": "[\"node-role.kubernetes.io/control-plane\"]",
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    });
    for (key, value) in &config.node_annotations {
        annotations[key] = json!(value);
    }
    let subnet = node.pod_subnet();
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.hostname(),
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {
            "podCIDR": subnet,
            "podCIDRs": [subnet],
            "taints": taints,
        },
    });
    if let Some(id) = node.spec.hardware.provider_id(node.spec.server_id) {
        object["spec"]["providerID"] = json!(id);
    }
    object
}

/// Conditions: everything is well but, perhaps, `why` the node is not ready.
pub fn conditions(now: i64, since: i64, why: Option<&str>) -> Value {
    let one = |kind: &str, status: &str, reason: &str, message: &str, since: i64| {
        json!({ "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": moment(now), "lastTransitionTime": moment(since) })
    };
    json!([
        one(
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
            since
        ),
        one("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", since),
        one("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", since),
        match why {
            None => one("Ready", "True", "KubeletReady", "kubelet is posting ready status", since),
            Some(why) => one("Ready", "False", "KubeletNotReady", why, since),
        },
    ])
}

/// The whole status.
pub fn status(node: &Node, now: i64, since: i64, why: Option<&str>) -> Value {
    let version = node.config().kubernetes_version().to_owned();
    let resources = |reserved_milli: u64, reserved: u64| {
        json!({
            "cpu": format!("{}m", u64::from(numbers::CORES) * 1_000 - reserved_milli),
            "memory": format!("{}Ki", numbers::MEMORY - reserved),
            "ephemeral-storage": format!("{}", numbers::DISK - 1_262_485_504),
            "pods": "110", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        })
    };
    let mut capacity = resources(0, 0);
    capacity["cpu"] = json!(numbers::CORES.to_string());
    json!({
        "capacity": capacity,
        "allocatable": resources(50, 500_000),
        "conditions": conditions(now, since, why),
        "addresses": [
            { "type": "Hostname", "address": node.hostname() },
            { "type": "InternalIP", "address": node.spec.address },
        ],
        "daemonEndpoints": { "kubeletEndpoint": { "Port": 10_250 } },
        "nodeInfo": {
            "machineID": seeded::hex(node.seed, "machine-id", 0, 32),
            "systemUUID": seeded::uuid(node.seed, "system", 0),
            "bootID": node.boot_id(),
            "kernelVersion": "6.18.5-talos",
            "osImage": format!("Talos ({})", node.talos_version()),
            "containerRuntimeVersion": "containerd://2.1.6",
            "kubeletVersion": version,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    })
}
