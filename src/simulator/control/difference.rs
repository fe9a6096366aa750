//! What a merge patch must say to lead from one object to another.

use serde_json::{Map, Value};

/// The JSON merge patch (RFC 7386) from `old` to `new`; nothing where they are equal. Null in `new` means absent.
pub(crate) fn difference(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return Some(new.clone());
    };
    let mut patch = Map::new();
    for (key, value) in new {
        match old.get(key) {
            None if value.is_null() => {}
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(before) => {
                if let Some(inner) = difference(before, value) {
                    patch.insert(key.clone(), inner);
                }
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    if patch.is_empty() { None } else { Some(Value::Object(patch)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_said() {
        let old = json!({"a": 1, "b": {"c": 2, "d": 3}, "gone": true, "list": [1, 2]});
        let new = json!({"a": 1, "b": {"c": 2, "d": 4}, "list": [1], "new": "x"});
        assert_eq!(
            difference(&old, &new),
            Some(json!({"b": {"d": 4}, "gone": null, "list": [1], "new": "x"}))
        );
    }

    #[test]
    fn equal_things_need_no_patch() {
        assert_eq!(difference(&json!({"a": {"b": []}}), &json!({"a": {"b": []}, "c": null})), None);
    }
}
