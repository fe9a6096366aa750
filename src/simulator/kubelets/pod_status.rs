//! What a kubelet says of a pod: that it is being made, runs, has ended, or cannot get its image.

use super::node_object::moment;
use crate::world::{Node, seeded};
use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::{Value, json};

/// How far a pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Creating,
    Running,
    Succeeded,
    /// The registry has no such image.
    NoImage,
}

/// Whether a registry would not have this image: how a story makes a pod fail by what it writes into Git.
pub fn is_missing(image: &str) -> bool {
    image.contains("does-not-exist")
}

/// The status of a pod at a stage, for a merge patch.
pub fn status(node: &Node, pod: &Pod, stage: Stage, started: i64, now: i64) -> Value {
    let spec = pod.spec.as_ref();
    let empty = Vec::new();
    let containers = spec.map_or(&empty, |it| &it.containers);
    let initial = spec.and_then(|it| it.init_containers.as_ref()).unwrap_or(&empty);
    let host = spec.and_then(|it| it.host_network).unwrap_or_default();
    let uid = pod.metadata.uid.clone().unwrap_or_default();
    let ip = if host { node.spec.address.to_string() } else { pod_ip(node, &uid) };
    let (phase, ready, reason) = match stage {
        Stage::Creating | Stage::NoImage => ("Pending", "False", "ContainersNotReady"),
        Stage::Running => ("Running", "True", ""),
        Stage::Succeeded => ("Succeeded", "False", "PodCompleted"),
    };
    let condition = |kind: &str, status: &str, reason: &str, at: i64| {
        let mut it = json!({ "type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": moment(at) });
        if !reason.is_empty() {
            it["reason"] = json!(reason);
        }
        it
    };
    let initialized = if stage == Stage::Creating && !initial.is_empty() { "False" } else { "True" };
    let statuses: Vec<Value> = containers.iter().map(|it| container(node, it, &uid, stage, now)).collect();
    let initial: Vec<Value> = initial
        .iter()
        .map(|it| {
            let stage = if stage == Stage::Creating { Stage::Creating } else { Stage::Succeeded };
            container(node, it, &uid, stage, now)
        })
        .collect();
    let mut status = json!({
        "phase": phase,
        "hostIP": node.spec.address,
        "hostIPs": [{ "ip": node.spec.address }],
        "startTime": moment(started),
        "conditions": [
            condition("PodReadyToStartContainers", if stage == Stage::Creating { "False" } else { "True" }, "", now),
            condition("Initialized", initialized, "", started),
            condition("Ready", ready, reason, now),
            condition("ContainersReady", ready, reason, now),
            condition("PodScheduled", "True", "", started),
        ],
        "containerStatuses": statuses,
    });
    if !initial.is_empty() {
        status["initContainerStatuses"] = json!(initial);
    }
    if stage != Stage::Creating {
        status["podIP"] = json!(ip);
        status["podIPs"] = json!([{ "ip": ip }]);
    }
    json!({ "status": status })
}

fn container(node: &Node, it: &Container, uid: &str, stage: Stage, now: i64) -> Value {
    let image = it.image.clone().unwrap_or_default();
    let id = format!("containerd://{}", seeded::hex(node.seed, &format!("{uid}{}", it.name), 0, 64));
    let (state, ready) = match stage {
        Stage::Creating => (json!({ "waiting": { "reason": "ContainerCreating" } }), false),
        Stage::NoImage if is_missing(&image) => {
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: not found");
            (json!({ "waiting": { "reason": "ImagePullBackOff", "message": message } }), false)
        }
        Stage::NoImage | Stage::Running => (json!({ "running": { "startedAt": moment(now) } }), true),
        Stage::Succeeded => {
            let ended = json!({ "exitCode": 0, "reason": "Completed", "startedAt": moment(now - 3_000),
                "finishedAt": moment(now), "containerID": id });
            (json!({ "terminated": ended }), false)
        }
    };
    let mut status = json!({ "name": it.name, "image": image, "imageID": "", "ready": ready, "started": ready,
        "restartCount": 0, "state": state, "lastState": {} });
    if stage != Stage::Creating {
        status["containerID"] = json!(id);
        let digest = seeded::hex(0, it.image.as_deref().unwrap_or_default(), 0, 64);
        let repository = it.image.as_deref().unwrap_or_default().split(['@']).next().unwrap_or_default();
        status["imageID"] =
            json!(format!("{}@sha256:{digest}", repository.rsplit_once(':').map_or(repository, |it| it.0)));
    }
    status
}

fn pod_ip(node: &Node, uid: &str) -> String {
    let host = 2 + seeded::mix(node.seed, uid, 0) % 250;
    node.pod_subnet().replace(".0/24", &format!(".{host}"))
}
