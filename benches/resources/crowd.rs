//! Pods and nodes as a real cluster has them, managedFields and all.

use serde_json::{Value, json};

/// A pod, after it has changed so many times.
pub fn pod(at: usize, turn: usize) -> Value {
    let (app, namespace) = (at % 400, at % 40);
    let name = format!("service-{app}-{:08x}-{:05x}", at * 7_919, at);
    let fields: Value = (0..30).map(|field| (format!("f:field-{field}"), json!({ "f:value": {} }))).collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": format!("team-{namespace}"), "uid": format!("{at:032x}"),
            "creationTimestamp": "2026-11-20T08:00:00Z",
            "labels": { "app": format!("service-{app}"), "pod-template-hash": format!("{:08x}", at * 7_919) },
            "annotations": { "checksum/config": format!("{at:064x}") },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("service-{app}"),
                "uid": format!("{app:032x}"), "controller": true }],
            "managedFields": [
                { "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "fieldsV1": fields.clone() },
                { "manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": fields },
            ],
        },
        "spec": {
            "nodeName": format!("worker-{}", at % 500),
            "containers": [
                { "name": "main", "image": format!("registry.example.com/team/service-{app}:v1.2.{}", at % 30),
                  "env": (0..12).map(|it| json!({ "name": format!("NAME_{it}"), "value": "some value" })).collect::<Vec<_>>(),
                  "resources": { "requests": { "cpu": "100m", "memory": "128Mi" } } },
                { "name": "proxy", "image": "registry.example.com/proxy:v3" },
            ],
            "tolerations": [{ "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute" }],
        },
        "status": {
            "phase": "Running", "podIP": format!("10.{}.{}.{}", at >> 16, (at >> 8) & 255, at & 255),
            "startTime": "2026-11-20T08:00:01Z",
            "conditions": (["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|it|
                json!({ "type": it, "status": "True", "lastTransitionTime": "2026-11-20T08:00:09Z" }))),
            "containerStatuses": (["main", "proxy"].map(|it| json!({ "name": it, "ready": true, "started": true,
                "restartCount": at % 5 + turn, "image": "x", "imageID": format!("sha256:{at:064x}"),
                "containerID": format!("containerd://{at:064x}"),
                "state": { "running": { "startedAt": "2026-11-20T08:00:05Z" } } }))),
        },
    })
}
