//! The containers of a pod, or of a pod's template.

use crate::plain::plain;
use domain::{Fare, Section, SummaryLine};
use serde_json::Value;

/// The containers, each with what it does now and what it is made of.
pub(super) fn containers(value: &Value) -> Option<Section> {
    let live = value.pointer("/spec/containers").is_some();
    let root = if live { "/spec" } else { "/spec/template/spec" };
    let mut lines = Vec::new();
    for (field, statuses, title) in [
        ("initContainers", "initContainerStatuses", "init "),
        ("containers", "containerStatuses", ""),
        ("ephemeralContainers", "ephemeralContainerStatuses", "debug "),
    ] {
        let list = value.pointer(&format!("{root}/{field}")).and_then(Value::as_array);
        for container in list.into_iter().flatten() {
            let name = text(container, "/name");
            let told = value.pointer(&format!("/status/{statuses}")).and_then(Value::as_array);
            let status = told.into_iter().flatten().find(|it| text(it, "/name") == name);
            let (mut words, fare) =
                status.map_or((Vec::new(), Fare::Quiet), |it| state(it, field == "containers"));
            words.push(text(container, "/image"));
            lines.push(SummaryLine { label: format!("{title}{name}"), value: words.join(" · "), fare });
        }
    }
    (!lines.is_empty()).then(|| Section { title: "containers".into(), lines })
}

/// What a container does, in words.
fn state(it: &Value, ready_matters: bool) -> (Vec<String>, Fare) {
    let mut words = Vec::new();
    let mut fare = Fare::Good;
    if it.pointer("/state/running").is_some() {
        words.push(format!("running since {}", text(it, "/state/running/startedAt")));
    } else if it.pointer("/state/waiting").is_some() {
        words.push(join("waiting", &text(it, "/state/waiting/reason")));
        fare = Fare::Bad;
    } else if let Some(ended) = it.pointer("/state/terminated") {
        words.push(format!("ended {}", ending(ended)));
        fare = if ended.get("exitCode").and_then(Value::as_i64) == Some(0) { Fare::Quiet } else { Fare::Bad };
    }
    let ready = it.get("ready").and_then(Value::as_bool).unwrap_or(false);
    if ready_matters && !ready && fare != Fare::Quiet {
        words.push("not ready".into());
        fare = if fare == Fare::Good { Fare::UnderWay } else { fare };
    }
    let restarts = it.get("restartCount").and_then(Value::as_i64).unwrap_or(0);
    if restarts > 0 {
        let last = it.pointer("/lastState/terminated").map(|it| format!(", the last ended {}", ending(it)));
        words.push(format!("{restarts} restarts{}", last.unwrap_or_default()));
    }
    (words, fare)
}

fn ending(it: &Value) -> String {
    let code = it.get("exitCode").and_then(Value::as_i64).unwrap_or(0);
    match text(it, "/reason").as_str() {
        "" => format!("with code {code}"),
        reason => format!("{reason} ({code})"),
    }
}

fn join(word: &str, reason: &str) -> String {
    if reason.is_empty() { word.to_owned() } else { format!("{word}, {reason}") }
}

fn text(value: &Value, path: &str) -> String {
    plain(value.pointer(path).and_then(Value::as_str).unwrap_or_default()).into_owned()
}
