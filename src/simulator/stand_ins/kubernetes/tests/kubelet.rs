//! A kubelet in a few lines: pods run as soon as they have a node, and are gone as soon as they shall go.

use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::runtime::watcher;
use serde_json::json;
use tokio::task::AbortHandle;

/// Play all kubelets until this is dropped.
pub struct Kubelets(AbortHandle);

impl Drop for Kubelets {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub fn kubelets(client: kube::Client) -> Kubelets {
    Kubelets(tokio::spawn(run(client)).abort_handle())
}

async fn run(client: kube::Client) {
    let mut events = std::pin::pin!(watcher(Api::<Pod>::all(client.clone()), watcher::Config::default()));
    while let Some(event) = events.next().await {
        if let Ok(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) = event {
            treat(&client, &pod).await;
        }
    }
}

async fn treat(client: &kube::Client, pod: &Pod) {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let api: Api<Pod> =
        Api::namespaced(client.clone(), pod.metadata.namespace.as_deref().unwrap_or_default());
    if pod.spec.as_ref().is_none_or(|it| it.node_name.is_none()) {
        return;
    }
    if pod.metadata.deletion_timestamp.is_some() {
        // Somebody else may have been faster.
        let _ = api.delete(&name, &DeleteParams::default().grace_period(0)).await;
        return;
    }
    if pod.status.as_ref().and_then(|it| it.phase.as_deref()) == Some("Pending") {
        let containers: Vec<_> = pod.spec.iter().flat_map(|it| &it.containers).collect();
        let states = containers.iter().map(|it| {
            json!({
                "name": it.name, "ready": true, "restartCount": 0, "image": it.image, "imageID": "",
                "state": { "running": { "startedAt": "2026-01-01T00:00:00Z" } },
            })
        });
        let status = json!({
            "phase": "Running", "podIP": "10.244.0.7", "podIPs": [{ "ip": "10.244.0.7" }],
            "conditions": [{ "type": "Ready", "status": "True" }],
            "containerStatuses": states.collect::<Vec<_>>(),
        });
        let patch = Patch::Strategic(json!({ "status": status }));
        let _ = api.patch_status(&name, &PatchParams::default(), &patch).await;
    }
}

/// A node as a kubelet registers it.
pub fn node(name: &str) -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
        "status": {
            "allocatable": { "pods": "110" }, "capacity": { "pods": "110" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady" }],
            "addresses": [{ "type": "InternalIP", "address": "127.9.0.1" }],
            "nodeInfo": { "kubeletVersion": "v1.35.0" },
        },
    })
}
