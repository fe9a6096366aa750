//! Pods: the state that all containers together are in.

use super::{Column, age, age_column, at, column, text};
use serde_json::Value;

pub fn columns(resource: &str) -> Option<Vec<Column>> {
    (resource == "pods").then(|| {
        vec![
            text("Ready", 0, ready),
            text("Status", 0, status),
            column("Restarts", "string", 0, |pod, now| restarts(pod, now).into()),
            age_column(),
            text("IP", 1, |pod| at(pod, "/status/podIP", "<none>")),
            text("Node", 1, |pod| at(pod, "/spec/nodeName", "<none>")),
            text("Nominated Node", 1, |pod| at(pod, "/status/nominatedNodeName", "<none>")),
            text("Readiness Gates", 1, |_| "<none>".into()),
        ]
    })
}

fn list<'v>(pod: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    pod["status"][key].as_array().into_iter().flatten()
}

fn ready(pod: &Value) -> String {
    let total = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    let ready = list(pod, "containerStatuses").filter(|it| it["ready"] == true).count();
    format!("{ready}/{total}")
}

fn restarts(pod: &Value, now: i64) -> String {
    let total: i64 = list(pod, "containerStatuses").filter_map(|it| it["restartCount"].as_i64()).sum();
    let last = list(pod, "containerStatuses")
        .filter_map(|it| it["lastState"]["terminated"]["finishedAt"].as_str())
        .max();
    match last {
        Some(last) if total > 0 => format!("{total} ({} ago)", age(&last.into(), now)),
        _ => total.to_string(),
    }
}

/// As kubectl has always shown it: the most telling reason of any container, else the phase.
fn status(pod: &Value) -> String {
    let mut shown = at(pod, "/status/reason", &at(pod, "/status/phase", "Unknown"));
    let inits = pod["spec"]["initContainers"].as_array().map_or(0, Vec::len);
    let mut initializing = false;
    for (index, container) in list(pod, "initContainerStatuses").enumerate() {
        let state = &container["state"];
        if state["terminated"]["exitCode"] == 0 || container["started"] == true {
            continue;
        }
        let waiting = state["waiting"]["reason"].as_str().unwrap_or_default();
        shown = if state["terminated"].is_object() {
            format!("Init:{}", at(state, "/terminated/reason", "Error"))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{inits}")
        };
        initializing = true;
        break;
    }
    if !initializing {
        let mut running = false;
        let statuses: Vec<&Value> = list(pod, "containerStatuses").collect();
        for container in statuses.into_iter().rev() {
            let state = &container["state"];
            if let Some(reason) = state["waiting"]["reason"].as_str().filter(|it| !it.is_empty()) {
                shown = reason.into();
            } else if state["terminated"].is_object() {
                shown =
                    at(state, "/terminated/reason", &format!("ExitCode:{}", state["terminated"]["exitCode"]));
            } else if container["ready"] == true && state["running"].is_object() {
                running = true;
            }
        }
        if shown == "Completed" && running {
            shown = "Running".into();
        }
    }
    if pod["metadata"]["deletionTimestamp"].is_string() {
        shown = if pod["status"]["reason"] == "NodeLost" { "Unknown".into() } else { "Terminating".into() };
    }
    shown
}
