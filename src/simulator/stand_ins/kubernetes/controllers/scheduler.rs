//! The scheduler: a node for every pod.

use super::super::store::{Key, Stored};
use super::super::verbs::How;
use super::super::verbs::bind::assign;
use super::desk::{About, Desk, set_condition};
use super::index::NodeFacts;
use super::placing::Wishes;
use std::collections::{BTreeMap, HashMap};

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(pod) = desk.get("pods", key) else { return };
    if !pod.node.is_empty() || pod.deleting {
        return;
    }
    let value = pod.value();
    let gated = value["spec"]["schedulingGates"].as_array().is_some_and(|it| !it.is_empty());
    let ours = matches!(value["spec"]["schedulerName"].as_str(), None | Some("default-scheduler"));
    if gated || !ours {
        return;
    }
    let wishes = Wishes::of(&value["spec"]);
    match choose(desk, &pod, &wishes) {
        Ok(node) => {
            let Some(kind) = desk.cluster.kinds.resource("", "v1", "pods") else { return };
            let target = super::super::route::Target {
                kind,
                version: "v1".into(),
                namespace: key.namespace.clone(),
                name: key.name.clone(),
                subresource: String::new(),
            };
            if assign(&desk.cluster, &target, &node, &How::default()).is_ok() {
                let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
                desk.say(&about(&pod, "Normal"), "Scheduled", &message);
            }
        }
        Err(why) => refuse(desk, &pod, &why),
    }
}

/// The fitting node with the fewest pods of the same owner, then the fewest pods at all.
fn choose(desk: &Desk, pod: &Stored, wishes: &Wishes) -> Result<String, String> {
    let mut siblings: HashMap<String, usize> = HashMap::new();
    if let Some(owner) = pod.controller() {
        for other in desk.active_pods(owner) {
            *siblings.entry(other.node.clone()).or_default() += 1;
        }
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut best: Option<((usize, usize), &String)> = None;
    for (name, facts) in &desk.index.nodes {
        if let Some(reason) = against(desk, pod, wishes, name, facts) {
            *reasons.entry(reason).or_default() += 1;
            continue;
        }
        let load = desk.index.pods_on.get(name).map_or(0, |it| it.len());
        let score = (siblings.get(name).copied().unwrap_or(0), load);
        if best.is_none_or(|(known, _)| score < known) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name.clone()).ok_or_else(|| {
        let total = desk.index.nodes.len();
        let each: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let preemption = "preemption: 0/{} nodes are available: {} Preemption is not helpful for scheduling.";
        let preemption =
            preemption.replacen("{}", &total.to_string(), 1).replacen("{}", &total.to_string(), 1);
        match total {
            0 => "no nodes available to schedule pods".to_owned(),
            total => format!("0/{total} nodes are available: {}. {preemption}", each.join(", ")),
        }
    })
}

/// Why the pod cannot run there, in the scheduler's words.
fn against(desk: &Desk, pod: &Stored, wishes: &Wishes, name: &str, node: &NodeFacts) -> Option<String> {
    if node.unschedulable {
        return Some("node(s) were unschedulable".into());
    }
    if !wishes.fit_labels(node) {
        return Some("node(s) didn't match Pod's node affinity/selector".into());
    }
    if let Some(taint) = wishes.kept_away_by(node) {
        let value = &taint.value;
        return Some(format!("node(s) had untolerated taint {{{}: {value}}}", taint.key));
    }
    let here = desk.index.pods_on.get(name);
    if here.is_some_and(|it| it.len() >= node.capacity) {
        return Some("Too many pods".into());
    }
    let clash = |other: &Stored| {
        other.key.namespace == pod.key.namespace
            && wishes.apart_from.iter().any(|it| it.iter().all(|one| one.matches(|label| other.label(label))))
    };
    if !wishes.apart_from.is_empty()
        && here.into_iter().flatten().filter_map(|it| desk.get("pods", it)).any(|it| clash(&it))
    {
        return Some("node(s) didn't match pod anti-affinity rules".into());
    }
    None
}

fn refuse(desk: &Desk, pod: &Stored, why: &str) {
    let now = desk.cluster.now();
    let conditions = pod.value()["status"]["conditions"].clone();
    let said = conditions
        .as_array()
        .into_iter()
        .flatten()
        .any(|it| it["type"] == "PodScheduled" && it["message"] == why);
    if said {
        return;
    }
    desk.edit("pods", &pod.key, |it| set_condition(it, &now, "PodScheduled", "False", "Unschedulable", why));
    desk.say(&about(pod, "Warning"), "FailedScheduling", why);
}

fn about<'a>(pod: &'a Stored, severity: &'a str) -> About<'a> {
    About {
        kind: "Pod",
        api_version: "v1",
        key: &pod.key,
        uid: &pod.uid,
        severity,
        component: "default-scheduler",
    }
}
