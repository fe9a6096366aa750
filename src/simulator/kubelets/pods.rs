//! Pods that are bound to machines of this world: started, ended, and known by their containers.

use super::announce::About;
use super::pod_status::{Stage, is_missing, status};
use super::{Kubelets, is_present};
use crate::world::{Lock, Node, PodOnNode, STATIC_PODS, seeded};
use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::watcher::{Config, Event, watcher};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What runs on the control plane without being scheduled.
pub const STATIC: [&str; 3] = STATIC_PODS;

/// Which machine a pod is on, by namespace and name.
type Places = BTreeMap<(String, String), Arc<Node>>;
/// Pods that a task is busy with, as (uid, it is being ended).
type Busy = Arc<Mutex<BTreeSet<(String, bool)>>>;

/// Listen to all pods and do what is to be done about each.
pub async fn keep(kubelets: Kubelets) {
    let mut places = Places::new();
    let mut listed: Option<BTreeSet<(String, String)>> = None;
    let busy = Busy::default();
    let mut watch = watcher(Api::<Pod>::all(kubelets.client.clone()), Config::default()).boxed();
    while let Some(event) = watch.next().await {
        match event {
            Ok(Event::Init) => listed = Some(BTreeSet::new()),
            Ok(Event::InitApply(pod)) => {
                if let Some(listed) = &mut listed {
                    listed.insert(key(&pod));
                }
                applied(&kubelets, &mut places, &busy, pod);
            }
            Ok(Event::InitDone) => {
                if let Some(listed) = listed.take() {
                    let gone: Vec<_> = places.keys().filter(|it| !listed.contains(*it)).cloned().collect();
                    gone.iter().for_each(|it| forget(&mut places, it));
                }
            }
            Ok(Event::Apply(pod)) => applied(&kubelets, &mut places, &busy, pod),
            Ok(Event::Delete(pod)) => forget(&mut places, &key(&pod)),
            Err(_) => kubelets.clock.sleep(Duration::from_secs(2)).await,
        }
    }
}

fn key(pod: &Pod) -> (String, String) {
    (pod.metadata.namespace.clone().unwrap_or_default(), pod.metadata.name.clone().unwrap_or_default())
}

fn forget(places: &mut Places, key: &(String, String)) {
    if let Some(node) = places.remove(key) {
        node.kubelet_pods.held().remove(key);
    }
}

fn applied(kubelets: &Kubelets, places: &mut Places, busy: &Busy, pod: Pod) {
    let bound = pod.spec.as_ref().and_then(|it| it.node_name.as_deref());
    let Some(node) = bound.and_then(|name| kubelets.world.node_of(name)) else { return };
    let phase = pod.status.as_ref().and_then(|it| it.phase.as_deref()).unwrap_or("Pending");
    let key = key(&pod);
    if matches!(phase, "Succeeded" | "Failed") {
        forget(places, &key);
    } else {
        node.kubelet_pods.held().insert(key.clone(), on_node(&pod));
        places.insert(key, node.clone());
    }
    let ending = pod.metadata.deletion_timestamp.is_some();
    let mistaken = phase == "Running" && is_mistaken(&pod);
    if !ending && phase != "Pending" && !mistaken {
        return;
    }
    let turn = (pod.metadata.uid.clone().unwrap_or_default(), ending);
    if busy.held().insert(turn.clone()) {
        let (kubelets, busy) = (kubelets.clone(), busy.clone());
        tokio::spawn(async move {
            if ending {
                end(&kubelets, &node, &pod).await;
            } else if mistaken {
                if kubelets.wait_up(&node).await {
                    tell(&kubelets, &node, &pod, Stage::Running, on_node(&pod).since).await;
                }
            } else {
                start(&kubelets, &node, &pod).await;
            }
            busy.held().remove(&turn);
        });
    }
}

/// Somebody gave the node up and called its pods not ready, while all that they run is: their kubelet knows better.
fn is_mistaken(pod: &Pod) -> bool {
    let Some(status) = &pod.status else { return false };
    let unready = status.conditions.iter().flatten().any(|it| it.type_ == "Ready" && it.status == "False");
    let mut containers = status.container_statuses.iter().flatten().peekable();
    unready && containers.peek().is_some() && containers.all(|it| it.ready)
}

fn on_node(pod: &Pod) -> PodOnNode {
    let containers = pod.spec.iter().flat_map(|it| &it.containers);
    let created = pod
        .status
        .as_ref()
        .and_then(|it| it.start_time.as_ref())
        .or(pod.metadata.creation_timestamp.as_ref());
    PodOnNode {
        uid: pod.metadata.uid.clone().unwrap_or_default(),
        containers: containers.map(|it| (it.name.clone(), it.image.clone().unwrap_or_default())).collect(),
        since: created.map(|it| it.0.as_millisecond()).unwrap_or_default(),
    }
}

/// Somewhere between so many seconds, the same each time for the same pod.
fn span(node: &Node, pod: &Pod, what: &str, low: f64, high: f64) -> Duration {
    let uid = pod.metadata.uid.as_deref().unwrap_or_default();
    Duration::from_secs_f64(seeded::between(seeded::mix(node.seed, uid, 0), what, 0, low, high))
}

async fn start(kubelets: &Kubelets, node: &Arc<Node>, pod: &Pod) {
    let started = kubelets.clock.now();
    let missing =
        pod.spec.iter().flat_map(|it| &it.containers).find(|it| it.image.as_deref().is_some_and(is_missing));
    let ends = pod.spec.as_ref().and_then(|it| it.restart_policy.as_deref()).is_some_and(|it| it != "Always");
    let course: &[(Stage, &str, f64, f64)] = match (missing, ends) {
        (Some(_), _) => &[(Stage::Creating, "create", 0.3, 1.0), (Stage::NoImage, "pull", 2.0, 4.0)],
        (None, false) => &[(Stage::Creating, "create", 0.3, 1.0), (Stage::Running, "pull", 1.5, 6.0)],
        (None, true) => &[
            (Stage::Creating, "create", 0.3, 1.0),
            (Stage::Running, "pull", 1.5, 6.0),
            (Stage::Succeeded, "work", 3.0, 20.0),
        ],
    };
    for (stage, what, low, high) in course {
        if !kubelets.wait_up(node).await {
            return;
        }
        kubelets.clock.sleep(span(node, pod, what, *low, *high)).await;
        if !kubelets.wait_up(node).await || !tell(kubelets, node, pod, *stage, started).await {
            return;
        }
        let (namespace, name) = key(pod);
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        let about = About { kind: "Pod", namespace: &namespace, name: &name, uid };
        let container = pod.spec.iter().flat_map(|it| &it.containers).next();
        let image = missing.or(container).and_then(|it| it.image.as_deref()).unwrap_or_default();
        match stage {
            Stage::Creating => {
                kubelets.announce(node, about, "Pulling", &format!("Pulling image \"{image}\"")).await
            }
            Stage::Running => {
                let name = container.map_or("", |it| it.name.as_str());
                kubelets.announce(node, about, "Started", &format!("Container started: {name}")).await;
            }
            Stage::NoImage => {
                let message = format!("Failed to pull image \"{image}\": not found");
                kubelets.announce(node, about, "Failed", &message).await;
            }
            Stage::Succeeded => {}
        }
    }
}

/// Patch the status; false where the pod is gone or another has its name.
async fn tell(kubelets: &Kubelets, node: &Arc<Node>, pod: &Pod, stage: Stage, started: i64) -> bool {
    let (namespace, name) = key(pod);
    let pods: Api<Pod> = Api::namespaced(kubelets.client.clone(), &namespace);
    let mut patch = status(node, pod, stage, started, kubelets.clock.now());
    patch["metadata"] = json!({ "uid": pod.metadata.uid });
    let patch = Patch::Merge(patch);
    let params = PatchParams::default();
    let answer = kubelets.insist(node, || pods.patch_status(&name, &params, &patch)).await;
    matches!(answer, Some(Ok(now)) if now.metadata.deletion_timestamp.is_none())
}

async fn end(kubelets: &Kubelets, node: &Arc<Node>, pod: &Pod) {
    let (namespace, name) = key(pod);
    if !kubelets.wait_up(node).await {
        return;
    }
    let uid = pod.metadata.uid.as_deref().unwrap_or_default();
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(30).max(0);
    if grace > 0 {
        let about = About { kind: "Pod", namespace: &namespace, name: &name, uid };
        let container =
            pod.spec.iter().flat_map(|it| &it.containers).next().map_or("", |it| it.name.as_str());
        kubelets.announce(node, about, "Killing", &format!("Stopping container {container}")).await;
        let most = Duration::from_secs(grace.unsigned_abs());
        kubelets.clock.sleep(span(node, pod, "end", 0.5, 4.0).min(most)).await;
    }
    if !kubelets.wait_up(node).await {
        return;
    }
    let pods: Api<Pod> = Api::namespaced(kubelets.client.clone(), &namespace);
    let params = DeleteParams {
        grace_period_seconds: Some(0),
        preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    kubelets.insist(node, || pods.delete(&name, &params)).await;
}

/// The API's picture of a static pod; made where it is missing.
pub async fn mirror(kubelets: &Kubelets, node: &Arc<Node>, component: &str) {
    let version = node.config().kubernetes_version().to_owned();
    let name = format!("{component}-{}", node.hostname());
    let hash = seeded::hex(node.seed, component, 0, 32);
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "kube-system",
            "labels": { "tier": "control-plane", "component": component, "k8s-app": component },
            "annotations": {
                "kubernetes.io/config.mirror": hash, "kubernetes.io/config.hash": hash,
                "kubernetes.io/config.source": "file",
            },
        },
        "spec": {
            "nodeName": node.hostname(), "hostNetwork": true, "priorityClassName": "system-cluster-critical",
            "tolerations": [{ "operator": "Exists", "effect": "NoExecute" }],
            "containers": [{
                "name": component, "image": format!("registry.k8s.io/{component}:{version}"),
                "command": [format!("/usr/local/bin/{component}")],
            }],
        },
    });
    let Ok(pod) = serde_json::from_value::<Pod>(object) else { return };
    let pods: Api<Pod> = Api::namespaced(kubelets.client.clone(), "kube-system");
    let post = PostParams::default();
    let made = kubelets.insist(node, || pods.create(&post, &pod)).await;
    if made.as_ref().is_some_and(is_present) {
        // From before a reboot, perhaps of another version.
        let image = json!({ "spec": { "containers": [{ "name": component, "image": format!("registry.k8s.io/{component}:{version}"),
            "command": [format!("/usr/local/bin/{component}")] }] } });
        let (params, image) = (PatchParams::default(), Patch::Merge(image));
        kubelets.insist(node, || pods.patch(&name, &params, &image)).await;
    }
}
