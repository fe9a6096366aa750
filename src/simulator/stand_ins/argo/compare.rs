//! Is the live object what the manifest says? Only the fields that the manifest sets count, and those it once set.

use serde_json::Value;

/// Who applies for Argo CD.
pub const MANAGER: &str = "argocd-controller";

/// Whether `live` is as `desired` wants it. Fields that `ignored` points at (JSON pointers) do not count.
pub fn matches(desired: &Value, live: &Value, ignored: &[String]) -> bool {
    let mut desired = desired.clone();
    for pointer in ignored {
        remove(&mut desired, pointer);
    }
    covers(&desired, live) && !has_leftovers(&desired, live, ignored)
}

fn covers(desired: &Value, live: &Value) -> bool {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => desired
            .iter()
            .all(|(key, value)| live.get(key).map_or_else(|| is_empty(value), |live| covers(value, live))),
        (Value::Array(desired), Value::Array(live)) => {
            desired.len() == live.len()
                && desired.iter().zip(live).all(|(desired, live)| covers(desired, live))
        }
        (desired, Value::Null) => is_empty(desired),
        _ => desired == live || same_amount(desired, live),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.values().all(is_empty),
        Value::String(text) => text.is_empty(),
        Value::Bool(yes) => !yes,
        Value::Number(_) => false,
    }
}

/// `1000m` is `1`, `1024Mi` is `1Gi`, and a number may be written as text.
fn same_amount(one: &Value, other: &Value) -> bool {
    let amount = |value: &Value| match value {
        Value::Number(it) => it.as_f64(),
        Value::String(text) => quantity(text),
        _ => None,
    };
    matches!((amount(one), amount(other)), (Some(one), Some(other)) if (one - other).abs() <= f64::EPSILON * one.abs())
}

fn quantity(text: &str) -> Option<f64> {
    let split = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// Whether Argo CD still owns a field that the manifest does not set any more.
fn has_leftovers(desired: &Value, live: &Value, ignored: &[String]) -> bool {
    let entries = live["metadata"]["managedFields"].as_array();
    let mut owned =
        entries.into_iter().flatten().filter(|it| it["manager"] == MANAGER && it["operation"] == "Apply");
    owned.any(|entry| leftover(&entry["fieldsV1"], desired, "", ignored))
}

fn leftover(fields: &Value, desired: &Value, path: &str, ignored: &[String]) -> bool {
    let Some(fields) = fields.as_object() else { return false };
    fields.iter().any(|(name, below)| {
        let Some(field) = name.strip_prefix("f:") else { return false };
        let path = format!("{path}/{field}");
        if ignored.contains(&path) {
            return false;
        }
        match desired.get(field) {
            Some(value) => leftover(below, value, &path, ignored),
            None => true,
        }
    })
}

fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let last = last.replace("~1", "/").replace("~0", "~");
    if let Some(parent) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.remove(&last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_fills_in_is_no_difference() {
        let desired = json!({"spec": {"replicas": 2, "cpu": "1000m", "list": [], "ports": [{"port": 80}]}});
        let live = json!({"spec": {"replicas": 2, "cpu": "1", "ports": [{"port": 80, "protocol": "TCP"}], "more": 1}});
        assert!(matches(&desired, &live, &[]));
        let other = json!({"spec": {"replicas": 3, "cpu": "1", "ports": [{"port": 80}]}});
        assert!(!matches(&desired, &other, &[]));
        assert!(matches(&desired, &other, &["/spec/replicas".into()]));
    }

    #[test]
    fn a_field_that_left_the_manifest_is_a_difference() {
        let live = json!({
            "metadata": {"managedFields": [{"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:old": {}}}}]},
            "spec": {"old": 1, "new": 1},
        });
        assert!(!matches(&json!({"spec": {"new": 1}}), &live, &[]));
        assert!(matches(&json!({"spec": {"new": 1, "old": 1}}), &live, &[]));
    }
}
