//! Pods, with the status in the words that kubectl computes.

use super::meta::{Meta, text};
use crate::plain::plain;
use domain::{Cell, ColumnTitle, Fare, ResourceRow};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Pod {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: Box<str>,
    containers: Vec<serde::de::IgnoredAny>,
    init_containers: Vec<InitContainer>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct InitContainer {
    name: Box<str>,
    restart_policy: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: Box<str>,
    reason: Box<str>,
    #[serde(rename = "podIP")]
    pod_ip: Box<str>,
    conditions: Vec<Condition>,
    container_statuses: Vec<Container>,
    init_container_statuses: Vec<Container>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    what: Box<str>,
    status: Box<str>,
    reason: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    name: Box<str>,
    ready: bool,
    started: Option<bool>,
    restart_count: u32,
    state: State,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    running: Option<serde::de::IgnoredAny>,
    terminated: Option<Terminated>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Waiting {
    reason: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    reason: Box<str>,
    exit_code: i32,
    signal: i32,
}

impl Terminated {
    fn word(&self) -> String {
        match (self.reason.as_ref(), self.signal) {
            ("", 0) => format!("ExitCode:{}", self.exit_code),
            ("", signal) => format!("Signal:{signal}"),
            (reason, _) => reason.to_owned(),
        }
    }
}

pub(super) fn columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::right("ready"),
        ColumnTitle::left("status"),
        ColumnTitle::right("restarts"),
        ColumnTitle::left("ip").wide(),
        ColumnTitle::left("node"),
    ]
}

/// What kubectl says of a pod: its word, how many containers are ready of how many, how often they restarted.
struct Said {
    word: String,
    ready: u32,
    of: u32,
    restarts: u32,
}

pub(super) fn row(pod: Pod) -> ResourceRow {
    let said = said(&pod);
    let fare = match said.word.as_str() {
        "Running" if said.ready >= said.of => Fare::Good,
        "Running" | "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" => Fare::UnderWay,
        "Succeeded" | "Completed" => Fare::Quiet,
        word if word.strip_prefix("Init:").is_some_and(|rest| rest.contains('/')) => Fare::UnderWay,
        _ => Fare::Bad,
    };
    let cells = [
        Cell::Share(said.ready, said.of),
        Cell::text(plain(&said.word)),
        Cell::Number(i64::from(said.restarts)),
        text(&pod.status.pod_ip),
        text(&pod.spec.node_name),
    ];
    pod.metadata.row(fare, cells)
}

fn said(pod: &Pod) -> Said {
    let (status, spec) = (&pod.status, &pod.spec);
    let condition = |what: &str| status.conditions.iter().find(|it| it.what.as_ref() == what);
    let holds = |what: &str| condition(what).is_some_and(|it| it.status.as_ref() == "True");
    let sidecar = |name: &str| {
        spec.init_containers
            .iter()
            .any(|it| it.name.as_ref() == name && it.restart_policy.as_ref() == "Always")
    };
    let sidecars = spec.init_containers.iter().filter(|it| it.restart_policy.as_ref() == "Always").count();
    let mut word =
        if status.reason.is_empty() { status.phase.to_string() } else { status.reason.to_string() };
    if condition("PodScheduled").is_some_and(|it| it.reason.as_ref() == "SchedulingGated") {
        word = "SchedulingGated".into();
    }
    let (mut ready, mut restarts, mut sidecar_restarts) = (0, 0, 0);
    let mut starting = false;
    for (at, it) in status.init_container_statuses.iter().enumerate() {
        restarts += it.restart_count;
        let beside = sidecar(&it.name);
        if beside {
            sidecar_restarts += it.restart_count;
        }
        if it.state.terminated.as_ref().is_some_and(|it| it.exit_code == 0) {
            continue;
        }
        if beside && it.started == Some(true) {
            ready += u32::from(it.ready);
            continue;
        }
        let waits = it.state.waiting.as_ref().map(|it| it.reason.as_ref()).unwrap_or_default();
        word = match &it.state.terminated {
            Some(ended) => format!("Init:{}", ended.word()),
            None if !waits.is_empty() && waits != "PodInitializing" => format!("Init:{waits}"),
            None => format!("Init:{at}/{}", spec.init_containers.len()),
        };
        starting = true;
        break;
    }
    if !starting || holds("Initialized") {
        restarts = sidecar_restarts;
        let mut runs = false;
        for it in status.container_statuses.iter().rev() {
            restarts += it.restart_count;
            match (&it.state.waiting, &it.state.terminated) {
                (Some(waiting), _) if !waiting.reason.is_empty() => word = waiting.reason.to_string(),
                (_, Some(ended)) => word = ended.word(),
                _ if it.ready && it.state.running.is_some() => {
                    runs = true;
                    ready += 1;
                }
                _ => {}
            }
        }
        if word == "Completed" && runs {
            word = if holds("Ready") { "Running" } else { "NotReady" }.into();
        }
    }
    if pod.metadata.deletion_timestamp.is_some() {
        match (status.reason.as_ref(), status.phase.as_ref()) {
            ("NodeLost", _) => word = "Unknown".into(),
            (_, "Succeeded" | "Failed") => {}
            _ => word = "Terminating".into(),
        }
    }
    let of = u32::try_from(spec.containers.len() + sidecars).unwrap_or(u32::MAX);
    Said { word, ready, of, restarts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(pod: serde_json::Value) -> (String, Fare) {
        let row = row(serde_json::from_value(pod).unwrap());
        let Cell::Text(word) = &row.cells[1] else { panic!("{row:?}") };
        let Cell::Share(ready, of) = row.cells[0] else { panic!("{row:?}") };
        let Cell::Number(restarts) = row.cells[2] else { panic!("{row:?}") };
        (format!("{ready}/{of} {word} {restarts}"), row.fare)
    }

    #[test]
    fn the_status_is_what_kubectl_says() {
        let two = json!([{"name": "a"}, {"name": "b"}]);
        let running = json!({"spec": {"containers": two}, "status": {"phase": "Running", "containerStatuses": [
            {"name": "a", "ready": true, "restartCount": 2, "state": {"running": {}}},
            {"name": "b", "ready": true, "restartCount": 1, "state": {"running": {}}}]}});
        assert_eq!(shown(running), ("2/2 Running 3".into(), Fare::Good));
        let crashing = json!({"spec": {"containers": two}, "status": {"phase": "Running", "containerStatuses": [
            {"name": "a", "ready": false, "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            {"name": "b", "ready": true, "state": {"running": {}}}]}});
        assert_eq!(shown(crashing), ("1/2 CrashLoopBackOff 7".into(), Fare::Bad));
        let starting = json!({"spec": {"containers": two, "initContainers": [{"name": "i"}, {"name": "j"}]},
            "status": {"phase": "Pending", "initContainerStatuses": [
            {"name": "i", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"name": "j", "state": {"running": {}}}]}});
        assert_eq!(shown(starting), ("0/2 Init:1/2 0".into(), Fare::UnderWay));
        let done = json!({"spec": {"containers": [{}]}, "status": {"phase": "Succeeded", "containerStatuses": [
            {"name": "a", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}});
        assert_eq!(shown(done), ("0/1 Completed 0".into(), Fare::Quiet));
        let killed = json!({"spec": {"containers": [{}]}, "status": {"phase": "Failed", "containerStatuses": [
            {"name": "a", "state": {"terminated": {"exitCode": 137, "signal": 9}}}]}});
        assert_eq!(shown(killed), ("0/1 Signal:9 0".into(), Fare::Bad));
        let leaving = json!({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"},
            "spec": {"containers": [{}]}, "status": {"phase": "Running", "containerStatuses": [
            {"name": "a", "ready": true, "state": {"running": {}}}]}});
        assert_eq!(shown(leaving), ("1/1 Terminating 0".into(), Fare::UnderWay));
        let evicted =
            json!({"spec": {"containers": [{}]}, "status": {"phase": "Failed", "reason": "Evicted"}});
        assert_eq!(shown(evicted), ("0/1 Evicted 0".into(), Fare::Bad));
    }

    #[test]
    fn a_sidecar_counts_as_a_container() {
        let pod = json!({"spec": {"containers": [{"name": "a"}],
            "initContainers": [{"name": "s", "restartPolicy": "Always"}]},
            "status": {"phase": "Running",
            "initContainerStatuses": [{"name": "s", "ready": true, "started": true, "restartCount": 1, "state": {"running": {}}}],
            "containerStatuses": [{"name": "a", "ready": true, "restartCount": 1, "state": {"running": {}}}]}});
        assert_eq!(shown(pod), ("2/2 Running 2".into(), Fare::Good));
    }
}
