//! Conditions in both dialects: Kubernetes' own, and Cluster API's older one with a severity.

use serde_json::{Value, json};

/// A condition as Kubernetes means it. True is good, or, for a type of negative polarity, that something goes on.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub kind: &'static str,
    pub status: &'static str,
    pub reason: String,
    pub message: String,
}

impl Condition {
    pub fn new(kind: &'static str, status: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self { kind, status, reason: reason.to_owned(), message: message.into() }
    }

    pub fn yes(kind: &'static str, reason: &str) -> Self {
        Self::new(kind, "True", reason, "")
    }

    pub fn no(kind: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self::new(kind, "False", reason, message)
    }

    pub fn unknown(kind: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self::new(kind, "Unknown", reason, message)
    }
}

/// A condition in the older dialect: a reason and a severity only where it is not true.
#[derive(Debug, Clone)]
pub(crate) struct Legacy {
    pub kind: &'static str,
    pub status: &'static str,
    pub severity: &'static str,
    pub reason: String,
    pub message: String,
}

impl Legacy {
    pub fn yes(kind: &'static str) -> Self {
        Self { kind, status: "True", severity: "", reason: String::new(), message: String::new() }
    }

    /// Severity is `Info`, `Warning` or `Error`.
    pub fn no(kind: &'static str, severity: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self { kind, status: "False", severity, reason: reason.to_owned(), message: message.into() }
    }
}

/// The condition of a type in a list of either dialect.
pub(crate) fn condition<'a>(conditions: &'a Value, kind: &str) -> Option<&'a Value> {
    conditions.as_array()?.iter().find(|it| it["type"] == kind)
}

pub(crate) fn is_true(conditions: &Value, kind: &str) -> bool {
    condition(conditions, kind).is_some_and(|it| it["status"] == "True")
}

/// Put the condition into the list, sorted by type; the time of transition moves only when the status does.
pub(crate) fn set_condition(conditions: &mut Value, new: &Condition, generation: Option<i64>, now: &str) {
    let mut written = json!({
        "type": new.kind,
        "status": new.status,
        "reason": new.reason,
        "message": new.message,
        "lastTransitionTime": since(conditions, new.kind, new.status, now),
    });
    if let Some(generation) = generation {
        written["observedGeneration"] = json!(generation);
    }
    put(conditions, new.kind, written);
}

/// As [`set_condition`], in the older dialect.
pub(crate) fn set_legacy(conditions: &mut Value, new: &Legacy, now: &str) {
    let mut written = json!({
        "type": new.kind,
        "status": new.status,
        "lastTransitionTime": since(conditions, new.kind, new.status, now),
    });
    for (field, value) in [("severity", new.severity), ("reason", &new.reason), ("message", &new.message)] {
        if !value.is_empty() {
            written[field] = json!(value);
        }
    }
    put(conditions, new.kind, written);
}

fn since(conditions: &Value, kind: &str, status: &str, now: &str) -> Value {
    match condition(conditions, kind) {
        Some(old) if old["status"] == status => old["lastTransitionTime"].clone(),
        _ => json!(now),
    }
}

fn put(conditions: &mut Value, kind: &str, written: Value) {
    let mut all: Vec<Value> = conditions.as_array().cloned().unwrap_or_default();
    all.retain(|it| it["type"] != kind);
    all.push(written);
    // Ready and Available stand first, as the real controllers order them.
    let rank = |it: &Value| match it["type"].as_str() {
        Some("Available") => (0, String::new()),
        Some("Ready") => (1, String::new()),
        other => (2, other.unwrap_or_default().to_owned()),
    };
    all.sort_by_key(rank);
    *conditions = Value::Array(all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_transition_moves_only_with_the_status() {
        let mut all = Value::Null;
        set_condition(&mut all, &Condition::no("Ready", "NotReady", "one"), Some(1), "t1");
        set_condition(&mut all, &Condition::no("Ready", "NotReady", "two"), Some(1), "t2");
        assert_eq!(all[0]["lastTransitionTime"], "t1");
        assert_eq!(all[0]["message"], "two");
        set_condition(&mut all, &Condition::yes("Ready", "Ready"), Some(1), "t3");
        assert_eq!(all[0]["lastTransitionTime"], "t3");
    }

    #[test]
    fn the_older_dialect_says_a_severity_only_where_something_is_wrong() {
        let mut all = Value::Null;
        set_legacy(&mut all, &Legacy::no("Resized", "Warning", "ScalingUp", "Scaling up"), "t1");
        assert_eq!(all[0]["severity"], "Warning");
        set_legacy(&mut all, &Legacy::yes("Resized"), "t2");
        assert!(all[0].get("severity").is_none());
    }
}
