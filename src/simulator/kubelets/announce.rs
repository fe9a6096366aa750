//! Events that kubelets write about nodes and pods.

use super::Kubelets;
use super::node_object::moment;
use crate::world::{Node, seeded};
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};

/// What an event is about.
pub struct About<'a> {
    pub kind: &'a str,
    /// Empty for a node.
    pub namespace: &'a str,
    pub name: &'a str,
    pub uid: &'a str,
}

impl Kubelets {
    /// Write an event; whether the API takes it makes no difference to anybody.
    pub(super) async fn announce(&self, node: &Node, about: About<'_>, reason: &str, message: &str) {
        let now = self.clock.now();
        let namespace = if about.namespace.is_empty() { "default" } else { about.namespace };
        let stamp =
            seeded::hex(node.seed, &format!("{}{reason}{}", about.uid, about.name), now.unsigned_abs(), 16);
        let severity = if reason.starts_with("Failed") || reason == "BackOff" { "Warning" } else { "Normal" };
        let mut involved =
            json!({ "kind": about.kind, "apiVersion": "v1", "name": about.name, "uid": about.uid });
        if !about.namespace.is_empty() {
            involved["namespace"] = json!(about.namespace);
        }
        let event: Value = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": { "name": format!("{}.{stamp}", about.name), "namespace": namespace },
            "involvedObject": involved, "reason": reason, "message": message, "type": severity,
            "source": { "component": "kubelet", "host": node.hostname() },
            "reportingComponent": "kubelet", "reportingInstance": node.hostname(),
            "firstTimestamp": moment(now), "lastTimestamp": moment(now), "count": 1,
        });
        let Ok(event) = serde_json::from_value::<Event>(event) else { return };
        let events: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        let Some(_turn) = self.turn().await else { return };
        let _ = events.create(&PostParams::default(), &event).await;
    }
}
