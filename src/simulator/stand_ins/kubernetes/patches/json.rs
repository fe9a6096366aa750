//! JSON patch (RFC 6902).

use serde_json::Value;

/// Apply the operations of `patch` in order; answers why it cannot be done.
pub fn patch(target: &mut Value, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().ok_or("a JSON patch is a list of operations")?;
    for operation in operations {
        let text = |key: &str| operation[key].as_str();
        let path = text("path").ok_or("an operation has no path")?;
        let from = || text("from").ok_or("an operation has no from");
        let value = || operation.get("value").cloned().ok_or("an operation has no value");
        match text("op").unwrap_or_default() {
            "add" => add(target, path, value()?)?,
            "remove" => {
                remove(target, path)?;
            }
            "replace" => {
                let place = target.pointer_mut(path).ok_or_else(|| missing("replace", path))?;
                *place = value()?;
            }
            "move" => {
                let moved = remove(target, from()?)?;
                add(target, path, moved)?;
            }
            "copy" => {
                let copied = target.pointer(from()?).cloned().ok_or_else(|| missing("copy", path))?;
                add(target, path, copied)?;
            }
            "test" => {
                if target.pointer(path) != Some(&value()?) {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(())
}

fn missing(what: &str, path: &str) -> String {
    format!("{what} operation does not apply: doc is missing path: {path}: missing value")
}

/// The parent of a path and its last word, unescaped.
fn split(path: &str) -> Result<(&str, String), String> {
    let (parent, last) =
        path.rsplit_once('/').ok_or_else(|| format!("the path {path} does not begin with /"))?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    let (parent, last) = split(path)?;
    match target.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(last, value);
            Ok(())
        }
        Some(Value::Array(list)) => {
            let at = if last == "-" { Some(list.len()) } else { last.parse().ok() };
            let at = at.filter(|at| *at <= list.len()).ok_or_else(|| missing("add", path))?;
            list.insert(at, value);
            Ok(())
        }
        _ => Err(missing("add", path)),
    }
}

fn remove(target: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, last) = split(path)?;
    let removed = match target.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last),
        Some(Value::Array(list)) => {
            last.parse().ok().filter(|at| *at < list.len()).map(|at: usize| list.remove(at))
        }
        _ => None,
    };
    removed.ok_or_else(|| missing("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_apply_in_order_and_say_why_not() {
        let mut value = json!({ "a": { "x/y": 1 }, "l": [1, 2] });
        let steps = json!([
            { "op": "test", "path": "/a/x~1y", "value": 1 },
            { "op": "add", "path": "/l/-", "value": 3 },
            { "op": "add", "path": "/l/0", "value": 0 },
            { "op": "remove", "path": "/l/1" },
            { "op": "move", "from": "/a/x~1y", "path": "/b" },
            { "op": "copy", "from": "/b", "path": "/c" },
            { "op": "replace", "path": "/c", "value": "z" },
        ]);
        patch(&mut value, &steps).unwrap();
        assert_eq!(value, json!({ "a": {}, "b": 1, "c": "z", "l": [0, 2, 3] }));
        let refused = patch(&mut value, &json!([{ "op": "remove", "path": "/nope" }])).unwrap_err();
        assert!(refused.contains("missing path: /nope"), "{refused}");
        assert!(patch(&mut value, &json!([{ "op": "test", "path": "/b", "value": 2 }])).is_err());
    }
}
