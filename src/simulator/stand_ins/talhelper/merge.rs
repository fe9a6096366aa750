//! A strategic merge: a patch's document over the one that is there, each value by its shape.

use super::duration::respelled;
use super::schema::Shape;
use serde_yaml::{Mapping, Value};

/// What of a patch is refused: the path of keys, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub at: String,
    pub why: String,
}

impl Refused {
    pub fn new(at: &[String], why: impl Into<String>) -> Self {
        Self { at: at.join("."), why: why.into() }
    }
}

/// Read a patch's value by its shape: what Talos makes of it, or why this does not take it. None is no value.
pub fn read(value: &Value, shape: &Shape, at: &mut Vec<String>) -> Result<Option<Value>, Refused> {
    if value.is_null() {
        return Ok(None);
    }
    let wrong = |what: &str| Err(Refused::new(at, format!("this must be {what}")));
    Ok(Some(match shape {
        Shape::Text => match value {
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(_) => value.clone(),
            _ => return wrong("a text; put it in quotes"),
        },
        Shape::Flag => match value {
            Value::Bool(_) => value.clone(),
            _ => return wrong("true or false"),
        },
        Shape::Number | Shape::Mode => match value.as_u64() {
            Some(0) => return Ok(None),
            Some(_) => value.clone(),
            None => return wrong("a whole number, octal as 0o644"),
        },
        Shape::Duration => match value.as_str().map(respelled) {
            Some(Some(text)) => Value::String(text),
            _ => return wrong("a span such as 5m or 1h30m"),
        },
        Shape::Texts | Shape::ReplacedTexts => match value.as_sequence() {
            Some(items) if items.iter().all(Value::is_string) => value.clone(),
            _ => return wrong("a list of texts, each in quotes where it is a number"),
        },
        Shape::Map => match value.as_mapping() {
            Some(map) if map.iter().all(|(key, value)| key.is_string() && value.is_string()) => value.clone(),
            _ => return wrong("texts by name, in quotes where they are numbers"),
        },
        Shape::Args => {
            let text = |it: &Value| it.is_string();
            let args = |it: &Value| text(it) || it.as_sequence().is_some_and(|it| it.iter().all(text));
            match value.as_mapping() {
                Some(map) if map.iter().all(|(key, value)| key.is_string() && args(value)) => value.clone(),
                _ => return wrong("texts or lists of texts by name, in quotes where they are numbers"),
            }
        }
        Shape::Free | Shape::Whole => match value {
            Value::Mapping(_) => value.clone(),
            _ => return wrong("keys and values"),
        },
        Shape::Fields(_) | Shape::Named(_) => {
            let Some(mapping) = value.as_mapping() else { return wrong("keys and values") };
            return fields(mapping, shape, at).map(|it| Some(Value::Mapping(it)));
        }
        Shape::Items { of, .. } => {
            let Some(items) = value.as_sequence() else { return wrong("a list") };
            let mut read_items = Vec::new();
            for (index, item) in items.iter().enumerate() {
                at.push(format!("[{index}]"));
                read_items.extend(read(item, of, at)?);
                at.pop();
            }
            Value::Sequence(read_items)
        }
    }))
}

fn fields(mapping: &Mapping, shape: &Shape, at: &mut Vec<String>) -> Result<Mapping, Refused> {
    let mut found = Mapping::new();
    for (key, value) in mapping {
        let name = key.as_str().ok_or_else(|| Refused::new(at, "a key that is no text"))?;
        at.push(name.to_owned());
        let known = shape.field(name);
        let shape =
            known.ok_or_else(|| Refused::new(at, "the stand-in for talhelper does not know this key"))?;
        if let Some(value) = read(value, shape, at)? {
            found.insert(key.clone(), value);
        }
        at.pop();
    }
    Ok(found)
}

/// Lay what was read over what is there.
pub fn merge(onto: &mut Value, patch: Value, shape: &Shape, at: &mut Vec<String>) -> Result<(), Refused> {
    match (shape, &mut *onto, patch) {
        (Shape::Fields(_) | Shape::Named(_), Value::Mapping(onto), Value::Mapping(patch)) => {
            each(onto, patch, at, |onto, value, name, at| match shape.field(name) {
                Some(shape) => merge(onto, value, shape, at),
                None => Err(Refused::new(at, "the stand-in for talhelper does not know this key")),
            })
        }
        (Shape::Map, Value::Mapping(onto), Value::Mapping(patch)) => {
            // A text that is there is not emptied by a patch.
            let fills = |onto: &Mapping, key: &Value, value: &Value| {
                value.as_str() != Some("") || !onto.contains_key(key)
            };
            for (key, value) in patch {
                if fills(onto, &key, &value) {
                    onto.insert(key, value);
                }
            }
            Ok(())
        }
        (Shape::Args, Value::Mapping(onto), Value::Mapping(patch)) => {
            onto.extend(patch);
            Ok(())
        }
        (Shape::Free, onto, patch) => free(onto, patch, at),
        (Shape::Texts, Value::Sequence(onto), Value::Sequence(patch)) => {
            onto.extend(patch);
            Ok(())
        }
        (Shape::Items { by, of }, Value::Sequence(onto), Value::Sequence(patch)) => {
            for item in patch {
                let same = by.as_ref().and_then(|by| {
                    let name = item.get(by.as_str())?;
                    onto.iter_mut().find(|it| it.get(by.as_str()) == Some(name))
                });
                match same {
                    Some(same) => merge(same, item, of, at)?,
                    None => onto.push(item),
                }
            }
            Ok(())
        }
        (_, onto, patch) => {
            *onto = patch;
            Ok(())
        }
    }
}

/// What has no shape: mappings merge, lists grow, other values are replaced by such of their own kind.
fn free(onto: &mut Value, patch: Value, at: &mut Vec<String>) -> Result<(), Refused> {
    match (&mut *onto, patch) {
        (Value::Mapping(onto), Value::Mapping(patch)) => {
            each(onto, patch, at, |onto, value, _, at| free(onto, value, at))
        }
        (Value::Sequence(onto), Value::Sequence(patch)) => {
            onto.extend(patch);
            Ok(())
        }
        (Value::String(_), Value::String(patch)) if patch.is_empty() => Ok(()),
        (Value::Number(_), Value::Number(patch)) if patch.as_i64() == Some(0) => Ok(()),
        (onto, patch) if std::mem::discriminant(onto) == std::mem::discriminant(&patch) => {
            *onto = patch;
            Ok(())
        }
        _ => Err(Refused::new(at, "the patch has another kind of value than the one that is there")),
    }
}

/// Every pair of a patch: added where it is new, else handed on with what is there.
fn each(
    onto: &mut Mapping,
    patch: Mapping,
    at: &mut Vec<String>,
    meet: impl Fn(&mut Value, Value, &str, &mut Vec<String>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    for (key, value) in patch {
        match onto.get_mut(&key).filter(|it| !it.is_null()) {
            Some(there) => {
                let name = key.as_str().unwrap_or_default().to_owned();
                at.push(name.clone());
                meet(there, value, &name, at)?;
                at.pop();
            }
            None => _ = onto.insert(key, value),
        }
    }
    Ok(())
}
