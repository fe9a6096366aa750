//! Pods of templates, and how to tell templates apart.

use super::super::store::{Stored, random_suffix};
use super::desk::owned_by;
use serde_json::{Value, json};

/// Letters that tell one template from another, as `pod-template-hash` has them.
pub fn hash(template: &Value) -> String {
    let text = without_hash(template).to_string();
    let sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    random_suffix(sum, 9)
}

/// Whether two templates want the same pods, whatever their hash labels say.
pub fn same(one: &Value, other: &Value) -> bool {
    without_hash(one) == without_hash(other)
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove("pod-template-hash");
        }
    }
    template
}

/// A pod of a template, owned by `owner`; without a name.
pub fn pod(template: &Value, api_version: &str, kind: &str, owner: &Stored) -> Value {
    let mut metadata = json!({
        "namespace": owner.key.namespace, "ownerReferences": owned_by(api_version, kind, owner),
    });
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template["metadata"].get(key).filter(|it| !it.is_null()) {
            metadata[key] = value.clone();
        }
    }
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] })
}

/// The number of `5` or `25%` of `whole`.
pub fn portion(value: &Value, whole: i64, round_up: bool) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            let hundredths = percent * whole;
            Some(if round_up { (hundredths + 99) / 100 } else { hundredths / 100 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_round_as_rollouts_need_it() {
        assert_eq!(portion(&json!("25%"), 3, true), Some(1));
        assert_eq!(portion(&json!("25%"), 3, false), Some(0));
        assert_eq!(portion(&json!(2), 3, false), Some(2));
        assert_eq!(portion(&json!("x"), 3, false), None);
    }

    #[test]
    fn a_hash_label_does_not_make_another_template() {
        let plain = json!({ "metadata": { "labels": { "a": "b" } }, "spec": { "x": 1 } });
        let hashed =
            json!({ "metadata": { "labels": { "a": "b", "pod-template-hash": "h" } }, "spec": { "x": 1 } });
        assert!(same(&plain, &hashed));
        assert_eq!(hash(&plain), hash(&hashed));
        assert_ne!(hash(&plain), hash(&json!({ "spec": { "x": 2 } })));
    }
}
