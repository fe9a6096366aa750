//! Pods that the taints of their node drive away, when they no longer bear them.

use super::super::moments;
use super::super::store::Key;
use super::desk::{About, Desk};
use super::index::Taint;
use super::placing::Wishes;
use super::queue::Work;

/// How long pods bear a lost node if they do not say.
const PATIENCE: i64 = 300;

pub fn look(desk: &mut Desk, name: &str) {
    let Some(node) = desk.get("nodes", &Key::new("", name)) else { return };
    let value = node.value();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let taints: Vec<(Taint, i64)> = value["spec"]["taints"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["effect"] == "NoExecute")
        .map(|it| {
            let since =
                it["timeAdded"].as_str().and_then(moments::parse).unwrap_or_else(|| desk.cluster.clock.now());
            (Taint { key: text(&it["key"]), value: text(&it["value"]), effect: text(&it["effect"]) }, since)
        })
        .collect();
    if taints.is_empty() {
        return;
    }
    let now = desk.cluster.clock.now();
    let pods: Vec<Key> = desk.index.pods_on.get(name).into_iter().flatten().cloned().collect();
    let mut next: Option<i64> = None;
    for key in pods {
        let Some(pod) = desk.get("pods", &key).filter(|it| !it.deleting) else { continue };
        let wishes = Wishes::of(&pod.value()["spec"]);
        let bears = taints.iter().filter_map(|(taint, since)| {
            let seconds = match wishes.toleration(taint) {
                Some(toleration) => toleration.seconds?,
                None if taint.key.starts_with("node.kubernetes.io/") => PATIENCE,
                None => 0,
            };
            // Spans are shorter on a world that runs faster.
            Some(since + desk.cluster.clock.shortened(seconds * 1000))
        });
        match bears.min() {
            Some(until) if until <= now => {
                let about = About {
                    kind: "Pod",
                    api_version: "v1",
                    key: &key,
                    uid: &pod.uid,
                    severity: "Normal",
                    component: "taint-eviction-controller",
                };
                desk.say(
                    &about,
                    "TaintManagerEviction",
                    &format!("Marking for deletion Pod {}/{}", key.namespace, key.name),
                );
                desk.delete_pod(&key);
            }
            Some(until) => next = Some(next.map_or(until, |it| it.min(until))),
            None => {}
        }
    }
    if let Some(next) = next {
        // Moments are whole seconds in objects; a second more does no harm.
        let course = desk.cluster.clock.course() + desk.cluster.clock.lengthened(next - now);
        desk.queue.add_at(course, Work::Taints(name.to_owned()));
    }
}
