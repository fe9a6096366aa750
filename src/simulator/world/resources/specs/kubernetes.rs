//! Kubernetes as this machine runs it.

use super::{Specified, of};
use crate::world::lock::Lock;
use crate::world::node::{Node, rfc3339};
use serde_json::{Value, json};

pub fn nodename(node: &Node) -> Vec<Specified> {
    vec![of(
        "nodename",
        &json!({ "nodename": node.hostname(), "hostnameVersion": "1", "skipNodeRegistration": false }),
    )]
}

pub fn node_status(node: &Node) -> Vec<Specified> {
    let ready = node.state.held().node_ready != Some(false) && node.runs("kubelet");
    vec![of(
        node.hostname(),
        &json!({ "nodename": node.hostname(), "nodeReady": ready, "unschedulable": false, "labels": {}, "annotations": {} }),
    )]
}

pub fn kubelet_spec(node: &Node) -> Vec<Specified> {
    let args: Value = json!([
        "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubeconfig",
        "--cert-dir=/var/lib/kubelet/pki",
        "--config=/etc/kubernetes/kubelet.yaml",
        format!("--hostname-override={}", node.hostname()),
        "--kubeconfig=/etc/kubernetes/kubeconfig-kubelet",
        format!("--node-ip={}", node.spec.address),
        "--cloud-provider=external",
    ]);
    vec![of(
        "kubelet",
        &json!({ "image": node.config().kubelet_image, "args": args, "expectedNodename": node.hostname() }),
    )]
}

pub fn kubelet_status(node: &Node) -> Vec<Specified> {
    vec![of("kubelet", &json!({ "image": node.config().kubelet_image }))]
}

/// The control plane's static pods.
pub const STATIC_PODS: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

pub fn static_pods(node: &Node) -> Vec<Specified> {
    if !node.is_control_plane() || !node.runs("kubelet") {
        return Vec::new();
    }
    let (ready, since) = {
        let state = node.state.held();
        (state.static_pods_ready, rfc3339(state.booted_at + 42_000))
    };
    let word = if ready { "True" } else { "False" };
    let version = node.config().kubernetes_version().to_owned();
    STATIC_PODS
        .iter()
        .map(|name| {
            let condition = |kind: &str, status: &str| json!({ "type": kind, "status": status, "lastTransitionTime": since });
            let image = format!("registry.k8s.io/{name}:{version}");
            of(
                format!("kube-system/{name}-{}", node.hostname()),
                &json!({
                    "phase": "Running", "hostIP": node.spec.address, "podIP": node.spec.address, "startTime": since,
                    "conditions": [condition("Initialized", "True"), condition("Ready", word), condition("ContainersReady", word), condition("PodScheduled", "True")],
                    "containerStatuses": [{ "name": name, "ready": ready, "started": true, "restartCount": 0, "image": image, "state": { "running": { "startedAt": since } } }],
                }),
            )
        })
        .collect()
}

pub fn config_status(node: &Node) -> Vec<Specified> {
    if node.is_control_plane() {
        vec![of("static-pods", &json!({ "ready": true, "version": "1" }))]
    } else {
        Vec::new()
    }
}

pub fn manifests(node: &Node) -> Vec<Specified> {
    if !node.is_control_plane() {
        return Vec::new();
    }
    let applied = [
        "00-kubelet-bootstrapping-token",
        "01-csr-node-bootstrap",
        "05-flannel",
        "10-kube-proxy",
        "11-core-dns",
        "11-core-dns-svc",
        "11-kube-config-in-cluster",
    ];
    vec![of("manifests", &json!({ "manifestsApplied": applied }))]
}

pub fn prism(node: &Node) -> Vec<Specified> {
    let healthy = *node.cluster.etcd.quorum().borrow();
    vec![of("k8s-loadbalancer", &json!({ "host": "127.0.0.1:7445", "healthy": healthy }))]
}
