//! Strategic merge patch: like merge patch, but lists of built-in kinds are merged by key.

use super::shape::{ListShape, Shape};
use serde_json::{Map, Value};

/// Apply `patch`, with its directives, to the value at `shape`.
pub fn patch(target: &mut Value, patch: &Value, shape: Shape<'_>) {
    let Some(wanted) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() || wanted.get("$patch").is_some_and(|it| it == "replace" || it == "delete") {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    if let Some(retained) = wanted.get("$retainKeys").and_then(Value::as_array) {
        map.retain(|key, _| retained.iter().any(|it| it == key));
    }
    for (key, value) in wanted.iter().filter(|(key, _)| !key.starts_with('$')) {
        match value {
            Value::Null => {
                map.remove(key);
            }
            Value::Array(items) => {
                let place = map.entry(key.clone()).or_insert(Value::Array(Vec::new()));
                list(place, items, shape.field(key));
            }
            _ => self::patch(map.entry(key.clone()).or_insert(Value::Null), value, shape.field(key)),
        }
    }
    for (directive, value) in wanted {
        if let Some(key) = directive.strip_prefix("$deleteFromPrimitiveList/") {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(items) = map.get_mut(key).and_then(Value::as_array_mut) {
                items.retain(|it| !gone.contains(it));
            }
        }
        if let Some(key) = directive.strip_prefix("$setElementOrder/")
            && let (Some(items), Some(order)) =
                (map.get_mut(key).and_then(Value::as_array_mut), value.as_array())
        {
            arrange(items, order, shape.field(key).merge_key());
        }
    }
}

fn list(target: &mut Value, wanted: &[Value], shape: Shape<'_>) {
    let replace = wanted.iter().any(|it| it["$patch"] == "replace");
    let plain = wanted.iter().filter(|it| it.get("$patch").is_none());
    let key = shape.merge_key();
    let set = shape.list() == ListShape::Set;
    if replace || !target.is_array() || key.is_none() && !set {
        *target = plain.map(|it| clean(it, shape)).collect::<Vec<_>>().into();
        return;
    }
    let Some(items) = target.as_array_mut() else { return };
    let Some(key) = key else {
        for item in plain {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return;
    };
    for item in wanted {
        let at = items.iter().position(|it| it.get(key).is_some() && it.get(key) == item.get(key));
        match (item["$patch"].as_str(), at) {
            (Some("delete"), Some(at)) => {
                items.remove(at);
            }
            (Some("delete"), None) => {}
            (_, Some(at)) => patch(&mut items[at], item, shape.item()),
            (_, None) => items.push(clean(item, shape)),
        }
    }
}

/// A new value, without the directives and nulls a patch may hold.
fn clean(value: &Value, shape: Shape<'_>) -> Value {
    if !value.is_object() {
        return value.clone();
    }
    let mut fresh = Value::Null;
    patch(&mut fresh, value, shape);
    fresh
}

/// Items that `order` names come in that order; the others stay behind them.
fn arrange(items: &mut [Value], order: &[Value], key: Option<&str>) {
    items.sort_by_key(|item| {
        let same = |it: &Value| match key {
            Some(key) => it.get(key) == item.get(key),
            None => it == item,
        };
        order.iter().position(same).unwrap_or(usize::MAX)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROOT: Shape<'static> = Shape::Builtin { name: "", parent: "" };

    #[test]
    fn lists_are_merged_by_their_keys() {
        let mut pod = json!({ "spec": { "containers": [
            { "name": "a", "image": "x:1", "env": [{ "name": "K", "value": "1" }] }, { "name": "b", "image": "y" },
        ], "tolerations": [{ "key": "t" }] } });
        let wanted = json!({ "spec": {
            "$setElementOrder/containers": [{ "name": "c" }, { "name": "a" }],
            "containers": [
                { "name": "a", "image": "x:2", "env": [{ "name": "L", "value": "2" }] },
                { "name": "b", "$patch": "delete" },
                { "name": "c", "image": "z" },
            ],
            "tolerations": [{ "key": "u" }],
        } });
        patch(&mut pod, &wanted, ROOT);
        let expected = json!({ "spec": { "containers": [
            { "name": "c", "image": "z" },
            { "name": "a", "image": "x:2", "env": [{ "name": "K", "value": "1" }, { "name": "L", "value": "2" }] },
        ], "tolerations": [{ "key": "u" }] } });
        assert_eq!(pod, expected);
    }

    #[test]
    fn conditions_taints_and_finalizers_merge_too() {
        let mut node = json!({
            "metadata": { "finalizers": ["a", "b"] },
            "spec": { "taints": [{ "key": "x", "effect": "NoSchedule" }] },
            "status": { "conditions": [{ "type": "Ready", "status": "True", "reason": "r" }] },
        });
        let wanted = json!({
            "metadata": { "finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"] },
            "spec": { "taints": [{ "key": "y", "effect": "NoExecute" }] },
            "status": { "conditions": [{ "type": "Ready", "status": "False" }, { "type": "Disk", "status": "False" }] },
        });
        patch(&mut node, &wanted, ROOT);
        assert_eq!(node["metadata"]["finalizers"], json!(["b", "c"]));
        assert_eq!(node["spec"]["taints"].as_array().unwrap().len(), 2);
        assert_eq!(
            node["status"]["conditions"][0],
            json!({ "type": "Ready", "status": "False", "reason": "r" })
        );
        assert_eq!(node["status"]["conditions"].as_array().unwrap().len(), 2);
        patch(&mut node, &json!({ "spec": { "$patch": "replace", "unschedulable": true } }), ROOT);
        assert_eq!(node["spec"], json!({ "unschedulable": true }));
    }
}
