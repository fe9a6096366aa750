//! Each time a kubelet starts it registers its Node, says that it is not ready, and some seconds later that it is.

use super::announce::About;
use super::node_object::{conditions, registered, status};
use super::{Kubelets, is_absent, is_present, is_up, pods};
use crate::world::{Lock, Node, ServiceState};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use wire::machine::machine_status_event::MachineStage;

/// From the kubelet's start until the network of pods is up.
const NOT_READY: Duration = Duration::from_secs(8);
const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                          message:Network plugin returns error: cni plugin not initialized";
/// A machine that has been up longer than this when it is first seen has a Node that is ready.
const ESTABLISHED: f64 = 120.0;

/// Look at every machine whenever one changes.
pub async fn keep(kubelets: Kubelets) {
    let mut changed = kubelets.world.changed();
    // The moment at which the kubelet that was last seen had started.
    let mut seen: BTreeMap<String, Option<i64>> = BTreeMap::new();
    loop {
        changed.borrow_and_update();
        let nodes = kubelets.world.nodes();
        seen.retain(|name, _| nodes.iter().any(|it| it.spec.name == *name));
        for node in nodes {
            let started = is_up(&node).then(|| started(&node)).flatten();
            let before = seen.insert(node.spec.name.clone(), started);
            match (before.flatten(), started) {
                (before, Some(now)) if before != Some(now) => {
                    tokio::spawn(register(kubelets.clone(), node));
                }
                (Some(_), None) if goes_down(&node) => {
                    tokio::spawn(say_goodbye(kubelets.clone(), node));
                }
                _ => {}
            }
        }
        // Many things change at once when a world begins; one look is enough for all of them.
        tokio::time::sleep(Duration::from_millis(100)).await;
        if changed.changed().await.is_err() {
            return;
        }
    }
}

fn started(node: &Node) -> Option<i64> {
    let events = node.service("kubelet")?.events;
    events.iter().rev().find(|(_, state, _)| *state == ServiceState::Running).map(|(at, ..)| *at)
}

fn goes_down(node: &Node) -> bool {
    let state = node.state.held();
    state.powered
        && matches!(state.stage, MachineStage::Rebooting | MachineStage::Upgrading | MachineStage::Resetting)
}

async fn register(kubelets: Kubelets, node: Arc<Node>) {
    let established = node.uptime() > ESTABLISHED;
    node.change(|state| state.node_ready = Some(established));
    let nodes: Api<core::Node> = Api::all(kubelets.client.clone());
    let name = node.hostname();
    let Ok(object) = serde_json::from_value::<core::Node>(registered(&node)) else { return };
    let post = PostParams::default();
    let Some(made) = kubelets.insist(&node, || nodes.create(&post, &object)).await else { return };
    if is_present(&made) {
        let labels = json!({ "metadata": { "labels": object.metadata.labels } });
        let (params, labels) = (PatchParams::default(), Patch::Merge(labels));
        kubelets.insist(&node, || nodes.patch(&name, &params, &labels)).await;
    }
    let since = node.state.held().booted_at + 52_000;
    if established {
        set_status(&kubelets, &node, since, None).await;
    } else {
        set_status(&kubelets, &node, kubelets.clock.now(), Some(NO_NETWORK)).await;
        let about = About { kind: "Node", namespace: "", name: &name, uid: &name };
        kubelets.announce(&node, about, "Starting", "Starting kubelet.").await;
    }
    if node.is_control_plane() {
        for pod in pods::STATIC {
            pods::mirror(&kubelets, &node, pod).await;
        }
    }
    if established {
        return;
    }
    kubelets.clock.sleep(NOT_READY).await;
    if !is_up(&node) {
        return;
    }
    set_status(&kubelets, &node, kubelets.clock.now(), None).await;
    node.change(|state| state.node_ready = Some(true));
    let about = About { kind: "Node", namespace: "", name: &name, uid: &name };
    let message = format!("Node {name} status is now: NodeReady");
    kubelets.announce(&node, about, "NodeReady", &message).await;
}

/// Post the whole status; `since` is when it became so, `why` what keeps it from being ready.
pub(super) async fn set_status(kubelets: &Kubelets, node: &Arc<Node>, since: i64, why: Option<&str>) {
    let nodes: Api<core::Node> = Api::all(kubelets.client.clone());
    let (name, params) = (node.hostname(), PatchParams::default());
    let status = Patch::Merge(json!({ "status": status(node, kubelets.clock.now(), since, why) }));
    let answer = kubelets.insist(node, || nodes.patch_status(&name, &params, &status)).await;
    // Somebody deleted the Node meanwhile: it stays so until the kubelet starts again.
    if answer.as_ref().is_some_and(is_absent) {
        node.say(&format!("node \"{name}\" not found"));
    }
}

/// The kubelet is told that the machine goes down.
async fn say_goodbye(kubelets: Kubelets, node: Arc<Node>) {
    let nodes: Api<core::Node> = Api::all(kubelets.client.clone());
    let now = kubelets.clock.now();
    let status = json!({ "status": { "conditions": conditions(now, now, Some("node is shutting down")) } });
    let Some(_turn) = kubelets.turn().await else { return };
    let _ = nodes.patch_status(&node.hostname(), &PatchParams::default(), &Patch::Merge(&status)).await;
}
