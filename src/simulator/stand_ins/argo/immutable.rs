//! Changes that the real API server refuses, whoever asks.

use super::compare::matches;
use serde_json::Value;

const STATEFUL_SET: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// Err with the API server's own words if `desired` changes what may not change.
pub fn check(desired: &Value, live: &Value) -> Result<(), String> {
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let kind = desired["kind"].as_str().unwrap_or_default();
    match kind {
        "StatefulSet" => {
            let mut fixed = desired["spec"].clone();
            if let Some(fixed) = fixed.as_object_mut() {
                fixed.retain(|key, _| !STATEFUL_SET.contains(&key.as_str()));
            }
            if matches(&fixed, &live["spec"], &[]) {
                return Ok(());
            }
            Err(format!(
                "StatefulSet.apps \"{name}\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            ))
        }
        "Deployment" | "DaemonSet" => {
            let wanted = &desired["spec"]["selector"];
            if wanted.is_null() || matches(wanted, &live["spec"]["selector"], &[]) {
                return Ok(());
            }
            Err(format!(
                "{kind}.apps \"{name}\" is invalid: spec.selector: Invalid value: {wanted}: field is immutable"
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_template_of_a_stateful_set_is_for_ever() {
        let set = |size: &str, replicas: i64| {
            json!({"kind": "StatefulSet", "metadata": {"name": "loki"}, "spec": {"replicas": replicas, "serviceName": "loki",
                "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": size}}}}]}})
        };
        assert!(check(&set("60Gi", 3), &set("60Gi", 1)).is_ok());
        let refused = check(&set("100Gi", 1), &set("60Gi", 1)).unwrap_err();
        assert!(refused.starts_with("StatefulSet.apps \"loki\" is invalid: spec: Forbidden"), "{refused}");
    }
}
