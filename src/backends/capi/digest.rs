//! A digest of a config, to compare by: two specs have the same one where Go would find them deeply equal.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Sixteen hex digits. Nothing of the content can be read back from it.
pub(crate) fn of(spec: &Value) -> String {
    let mut hasher = Sha256::new();
    hasher.update(pruned(spec).unwrap_or(Value::Null).to_string());
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Without the zero values that Go's JSON leaves out on one side and writes on the other; keys are in order.
fn pruned(it: &Value) -> Option<Value> {
    match it {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().map(|it| pruned(it).unwrap_or(Value::Null)).collect()),
        Value::Object(fields) => {
            let mut kept: Vec<(String, Value)> =
                fields.iter().filter_map(|(name, it)| Some((name.clone(), pruned(it)?))).collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            (!kept.is_empty()).then(|| Value::Object(kept.into_iter().collect()))
        }
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_specs_have_equal_digests_whatever_go_left_out() {
        let template = json!({"generateType": "controlplane", "strategicPatches": ["machine: {}"]});
        let machine = json!({"strategicPatches": ["machine: {}"], "generateType": "controlplane",
            "data": "", "hostname": {}, "configPatches": []});
        assert_eq!(of(&template), of(&machine));
        assert_ne!(
            of(&template),
            of(&json!({"generateType": "controlplane", "strategicPatches": ["machine: {a: 1}"]}))
        );
    }
}
