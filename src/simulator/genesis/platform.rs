//! What runs on the machines: everything the repository declares for the platform, and what Talos itself brings.

use super::workloads::{Places, running};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The manifests as they stand after they have run for days, with their namespaces first.
pub(crate) fn platform(manifests: impl Iterator<Item = Value>, places: &mut Places) -> Vec<Value> {
    let manifests: Vec<Value> = manifests.collect();
    let namespaces: BTreeSet<&str> =
        manifests.iter().filter_map(|it| it["metadata"]["namespace"].as_str()).collect();
    let own = ["default", "kube-node-lease", "kube-public", "kube-system"];
    let mut objects: Vec<Value> =
        namespaces.iter().filter(|it| !own.contains(it)).map(|name| namespace(name)).collect();
    objects.extend(core_dns().into_iter().flat_map(|it| running(it, places)));
    objects.extend(manifests.into_iter().flat_map(|it| running(it, places)));
    objects
}

fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    })
}

/// Talos applies it at bootstrap; no application owns it.
fn core_dns() -> Vec<Value> {
    let labels = json!({"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"});
    vec![
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system", "labels": labels},
            "spec": {
                "replicas": 2, "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
                "template": {"metadata": {"labels": {"k8s-app": "kube-dns"}}, "spec": {
                    "priorityClassName": "system-cluster-critical",
                    "containers": [{"name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.13.1",
                        "ports": [{"containerPort": 53, "name": "dns", "protocol": "UDP"}],
                        "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}}}],
                }},
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
            "spec": {"selector": {"k8s-app": "kube-dns"}, "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
            ]},
        }),
    ]
}
