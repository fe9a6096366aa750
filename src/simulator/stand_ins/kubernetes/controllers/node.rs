//! Nodes: whether their kubelets are heard of, and what that means for pods.

use super::super::cluster::CUT;
use super::super::store::Key;
use super::super::verbs::delete::DeleteOptions;
use super::desk::{About, Desk, set_condition};
use super::queue::Work;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a kubelet may be silent.
const GRACE: Duration = Duration::from_secs(40);
/// However fast the world goes, no kubelet is given up before so many milliseconds of the wall.
const PATIENCE_OF_THE_WALL: i64 = 15_000;
const OURS: [&str; 3] =
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"];

pub fn look(desk: &mut Desk, name: &str) {
    let key = Key::new("", name);
    let Some(node) = desk.get("nodes", &key) else { return };
    let course = desk.cluster.clock.course();
    let grace = i64::try_from(GRACE.as_millis()).unwrap_or(i64::MAX);
    // In a world that runs fast, a busy machine must not make its kubelets look dead.
    let grace = grace.max(desk.cluster.clock.lengthened(PATIENCE_OF_THE_WALL));
    // While the API is away no kubelet can be heard; each gets its time anew once it is back.
    let answers_since = desk.cluster.answers_since.load(Ordering::Relaxed);
    if answers_since == CUT {
        desk.queue.add_at(course + grace, Work::Node(name.to_owned()));
        return;
    }
    let heard = desk.index.heard.get(name).copied().unwrap_or(course).max(answers_since);
    let silent = course - heard;
    if silent >= grace {
        let ready = desk.index.nodes.get(name).map(|it| it.ready.clone()).unwrap_or_default();
        if ready == "True" || ready == "False" {
            give_up(desk, &key);
            let about = About {
                kind: "Node",
                api_version: "v1",
                key: &key,
                uid: &node.uid,
                severity: "Normal",
                component: "node-controller",
            };
            desk.say(&about, "NodeNotReady", &format!("Node {name} status is now: NodeNotReady"));
        }
    } else if desk.index.looked_at.get(name).is_none_or(|it| *it <= course) {
        // One look is enough, however often the node changes until then.
        desk.index.looked_at.insert(name.to_owned(), heard + grace);
        desk.queue.add_at(heard + grace, Work::Node(name.to_owned()));
    }
    let now = desk.cluster.now();
    desk.edit("nodes", &key, |it| taint(it, &now));
    let driven = desk.get("nodes", &key).is_some_and(|it| {
        let taints = it.value()["spec"]["taints"].clone();
        taints.as_array().into_iter().flatten().any(|it| it["effect"] == "NoExecute")
    });
    if driven {
        desk.queue.add(Work::Taints(name.to_owned()));
    }
}

/// Nothing is known of the node any more, nor of its pods.
fn give_up(desk: &Desk, key: &Key) {
    let now = desk.cluster.now();
    desk.edit("nodes", key, |node| {
        for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
            set_condition(
                node,
                &now,
                kind,
                "Unknown",
                "NodeStatusUnknown",
                "Kubelet stopped posting node status.",
            );
        }
    });
    let pods: Vec<Key> = desk.index.pods_on.get(&key.name).into_iter().flatten().cloned().collect();
    for pod in pods {
        desk.edit("pods", &pod, |pod| {
            let conditions = pod["status"]["conditions"].as_array_mut().into_iter().flatten();
            for condition in
                conditions.into_iter().filter(|it| it["type"] == "Ready" && it["status"] == "True")
            {
                condition["status"] = "False".into();
                condition["lastTransitionTime"] = now.as_str().into();
            }
        });
    }
}

/// The taints that the state of a node means.
fn taint(node: &mut Value, now: &str) {
    let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|it| it["type"] == "Ready").and_then(|it| it["status"].as_str());
    let mut wanted: Vec<(&str, &str)> = match ready {
        Some("True") => Vec::new(),
        Some("Unknown") => vec![(OURS[1], "NoSchedule"), (OURS[1], "NoExecute")],
        _ => vec![(OURS[0], "NoSchedule"), (OURS[0], "NoExecute")],
    };
    if node["spec"]["unschedulable"] == true {
        wanted.push((OURS[2], "NoSchedule"));
    }
    let known = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let is = |taint: &Value, (key, effect): (&str, &str)| taint["key"] == key && taint["effect"] == effect;
    let mut taints: Vec<Value> = known
        .iter()
        .filter(|it| !OURS.iter().any(|ours| it["key"] == *ours) || wanted.iter().any(|want| is(it, *want)))
        .cloned()
        .collect();
    for want in wanted {
        if !taints.iter().any(|it| is(it, want)) {
            let mut fresh = json!({ "key": want.0, "effect": want.1 });
            // Taints that drive pods away say since when.
            if want.0 != OURS[2] {
                fresh["timeAdded"] = now.into();
            }
            taints.push(fresh);
        }
    }
    if taints == known {
        return;
    }
    if taints.is_empty() {
        if let Some(spec) = node["spec"].as_object_mut() {
            spec.remove("taints");
        }
    } else {
        node["spec"]["taints"] = taints.into();
    }
}

/// The node itself is gone: its pods go without anyone to stop them.
pub fn lost(desk: &mut Desk, name: &str) {
    if desk.index.nodes.contains_key(name) {
        return;
    }
    let pods: Vec<Key> = desk.index.pods_on.get(name).into_iter().flatten().cloned().collect();
    let options = DeleteOptions { grace: Some(0), ..Default::default() };
    pods.iter().for_each(|pod| desk.delete("pods", pod, &options));
}
