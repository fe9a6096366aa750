//! JSON merge patch (RFC 7386).

use serde_json::Value;

pub fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nulls_remove_maps_merge_and_lists_replace() {
        let mut value = json!({ "a": { "b": 1, "c": 2 }, "l": [1, 2] });
        merge(&mut value, &json!({ "a": { "b": null, "d": { "e": null, "f": 1 } }, "l": [3] }));
        assert_eq!(value, json!({ "a": { "c": 2, "d": { "f": 1 } }, "l": [3] }));
    }
}
