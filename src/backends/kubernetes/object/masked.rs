//! What must not be shown of an object, and what nobody wants to read.

use serde_json::Value;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Take out managedFields, and of a Secret every value.
pub(super) fn mask(value: &mut Value, group: &str, kind: &str) {
    if let Some(metadata) = value.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if !(group.is_empty() && kind == "Secret") {
        return;
    }
    for (field, encoded) in [("/data", true), ("/stringData", false)] {
        let Some(values) = value.pointer_mut(field).and_then(Value::as_object_mut) else { continue };
        for held in values.values_mut() {
            let length =
                held.as_str().map_or(0, |text| if encoded { decoded_length(text) } else { text.len() });
            *held = Value::String(format!("•••••• ({length} bytes)"));
        }
    }
    if let Some(annotations) = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        && let Some(applied) = annotations.get_mut(LAST_APPLIED)
    {
        *applied = Value::String("•••••• (holds values)".into());
    }
}

/// How many bytes a text in base64 stands for.
fn decoded_length(text: &str) -> usize {
    (text.len() / 4 * 3).saturating_sub(text.bytes().rev().take_while(|it| *it == b'=').count().min(2))
}
