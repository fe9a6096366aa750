//! What every cluster has from its first moment.

use serde_json::{Value, json};

/// The four namespaces of Kubernetes itself, and its own service.
pub fn beginnings() -> Vec<Value> {
    let namespace =
        |name: &str| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    let mut objects: Vec<Value> =
        ["default", "kube-node-lease", "kube-public", "kube-system"].into_iter().map(namespace).collect();
    objects.push(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": { "component": "apiserver", "provider": "kubernetes" },
        },
        "spec": {
            "clusterIP": "10.96.0.1",
            "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443 }],
        },
        "status": { "loadBalancer": {} },
    }));
    objects
}
