//! An application's status, in Argo CD's shape.

use super::compared::Comparison;
use crate::stand_ins::health::Health;
use serde_json::{Map, Value, json};

/// A moment (milliseconds since the epoch) as Kubernetes writes it.
pub fn moment(at: i64) -> String {
    jiff::Timestamp::from_second(at.div_euclid(1_000)).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// What was found when an application was looked at.
#[derive(Debug)]
pub struct Found<'a> {
    pub revision: &'a str,
    pub source_type: &'a str,
    /// None where the source gave no manifests.
    pub comparison: Option<&'a Comparison>,
    /// `(type, message)`
    pub conditions: Vec<(&'static str, String)>,
}

/// The status as it should read now; what an operation wrote is kept.
pub fn status(application: &Value, found: &Found, now: i64) -> Value {
    let before = &application["status"];
    let at = moment(now);
    let health = found.comparison.map_or(Health::Unknown, |it| it.health);
    let mut status = before.as_object().cloned().unwrap_or_default();
    status.insert("controllerNamespace".into(), json!("argocd"));
    let same = before["health"]["status"] == health.word();
    let since = before["health"]["lastTransitionTime"].as_str().filter(|_| same).unwrap_or(&at);
    status.insert("health".into(), json!({"status": health.word(), "lastTransitionTime": since}));
    let word = match found.comparison {
        Some(it) if it.synced => "Synced",
        Some(_) => "OutOfSync",
        None => "Unknown",
    };
    let spec = &application["spec"];
    let mut compared = json!({"source": spec["source"], "destination": spec["destination"]});
    if let Some(rules) = spec.get("ignoreDifferences") {
        compared["ignoreDifferences"] = rules.clone();
    }
    let mut sync = json!({"status": word, "comparedTo": compared});
    if !found.revision.is_empty() {
        sync["revision"] = json!(found.revision);
    }
    status.insert("sync".into(), sync);
    if let Some(comparison) = found.comparison {
        status.insert("resources".into(), json!(comparison.resources));
        status.insert(
            "summary".into(),
            if comparison.images.is_empty() { json!({}) } else { json!({"images": comparison.images}) },
        );
    }
    if !found.source_type.is_empty() {
        status.insert("sourceType".into(), json!(found.source_type));
    }
    let conditions = conditions(before, &found.conditions, &at);
    if conditions.is_empty() {
        status.remove("conditions");
    } else {
        status.insert("conditions".into(), Value::Array(conditions));
    }
    status.insert("reconciledAt".into(), json!(at));
    Value::Object(status)
}

/// A condition keeps its time while its words are the same.
fn conditions(before: &Value, wanted: &[(&'static str, String)], at: &str) -> Vec<Value> {
    let old = |kind: &str, message: &str| {
        let mut all = before["conditions"].as_array().into_iter().flatten();
        all.find(|it| it["type"] == kind && it["message"] == message).cloned()
    };
    wanted
        .iter()
        .map(|(kind, message)| {
            old(kind, message)
                .unwrap_or_else(|| json!({"type": kind, "message": message, "lastTransitionTime": at}))
        })
        .collect()
}

/// Whether two statuses say the same but for the moment they were written.
pub fn says_the_same(one: &Value, other: &Value) -> bool {
    let without = |status: &Value| -> Map<String, Value> {
        let mut status = status.as_object().cloned().unwrap_or_default();
        status.remove("reconciledAt");
        status
    };
    without(one) == without(other)
}

/// One line of `status.history`.
pub fn deployed(id: i64, revision: &str, source: &Value, started: i64, ended: i64, by: &Value) -> Value {
    json!({
        "id": id,
        "revision": revision,
        "source": source,
        "deployStartedAt": moment(started),
        "deployedAt": moment(ended),
        "initiatedBy": by,
    })
}
