//! The conditions of an object, each good or bad as its type means it.

use crate::plain::plain;
use domain::{Fare, Section, SummaryLine};
use serde_json::Value;

pub(super) fn conditions(value: &Value) -> Option<Section> {
    let conditions = value.pointer("/status/conditions")?.as_array().filter(|it| !it.is_empty())?;
    Some(Section { title: "conditions".into(), lines: conditions.iter().map(condition).collect() })
}

fn condition(it: &Value) -> SummaryLine {
    let text = |field: &str| plain(it.get(field).and_then(Value::as_str).unwrap_or_default()).into_owned();
    let (what, status, reason, message) = (text("type"), text("status"), text("reason"), text("message"));
    let fare = match (status.as_str(), wanted(&what)) {
        ("Unknown", _) => Fare::UnderWay,
        ("True", true) | ("False", false) => Fare::Good,
        ("False", true) if matches!(reason.as_str(), "Completed" | "PodCompleted") => Fare::Quiet,
        _ => Fare::Bad,
    };
    let value = [status, reason].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ");
    let value = if message.is_empty() { value } else { format!("{value}: {}", message.trim()) };
    SummaryLine { label: what, value, fare }
}

/// Whether a condition of this type should be true: those that name a trouble should not.
fn wanted(what: &str) -> bool {
    const TROUBLES: [&str; 12] = [
        "Pressure",
        "Unavailable",
        "Failure",
        "Failed",
        "Stalled",
        "Degraded",
        "Deleting",
        "Paused",
        "RollingOut",
        "ScalingUp",
        "ScalingDown",
        "Remediating",
    ];
    !TROUBLES.iter().any(|it| what.ends_with(it)) && !what.ends_with("Error") && what != "DisruptionTarget"
}
