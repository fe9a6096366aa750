//! A strategic merge: a patch's document over the one that is there, each value by its shape.

use super::duration::respelled;
use super::schema::Shape;
use serde_yaml::{Mapping, Value};

/// What of a patch is refused: the path of keys, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", .at.join("."))]
pub struct Refused {
    pub at: Vec<String>,
    pub why: String,
}

/// Why a key is refused that no version of Talos knows.
pub const UNKNOWN: &str = "no such key is known";

impl Refused {
    pub fn new(at: &[String], why: impl Into<String>) -> Self {
        Self { at: at.to_vec(), why: why.into() }
    }
}

/// A single value as text; Talos takes any where it wants a text.
pub fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}

fn texts(items: &[Value]) -> Option<Value> {
    items.iter().map(|it| written(it).map(Value::String)).collect::<Option<Vec<_>>>().map(Value::Sequence)
}

/// Read a patch's value by its shape: what Talos makes of it, or why this does not take it. None is no value.
pub fn read(value: &Value, shape: &Shape, at: &mut Vec<String>) -> Result<Option<Value>, Refused> {
    if value.is_null() {
        return Ok(None);
    }
    let wrong = |what: &str| Err(Refused::new(at, format!("this must be {what}")));
    Ok(Some(match shape {
        Shape::Text | Shape::Expression => match written(value) {
            Some(text) if text.is_empty() => return Ok(None),
            Some(text) => Value::String(text),
            None => return wrong("a text"),
        },
        Shape::Flag => match value {
            Value::Bool(_) => value.clone(),
            _ => return wrong("true or false"),
        },
        Shape::Number | Shape::Mode => match value {
            Value::Number(it) if it.as_f64() == Some(0.0) => return Ok(None),
            Value::Number(_) => value.clone(),
            _ => return wrong("a number, octal as 0o644"),
        },
        Shape::Duration => match value.as_str().map(respelled) {
            Some(Some(text)) => Value::String(text),
            _ => return wrong("a span such as 5m or 1h30m"),
        },
        Shape::Texts => match value.as_sequence().and_then(|it| texts(it)) {
            Some(read) => read,
            None => return wrong("a list of texts"),
        },
        Shape::Replaced => match value {
            Value::Sequence(_) => value.clone(),
            _ => return wrong("a list"),
        },
        Shape::Map => match named(value, |it| written(it).map(Value::String)) {
            Some(read) => read,
            None => return wrong("texts by name"),
        },
        Shape::Args => {
            let of = |it: &Value| match it {
                Value::Sequence(items) => texts(items),
                it => written(it).map(Value::String),
            };
            match named(value, of) {
                Some(read) => read,
                None => return wrong("texts or lists of texts by name"),
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

/// Every value of a mapping by its name, read.
fn named(value: &Value, of: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let pairs =
        value.as_mapping()?.iter().map(|(key, value)| Some((Value::String(written(key)?), of(value)?)));
    pairs.collect::<Option<Mapping>>().map(Value::Mapping)
}

fn fields(mapping: &Mapping, shape: &Shape, at: &mut Vec<String>) -> Result<Mapping, Refused> {
    let mut found = Mapping::new();
    for (key, value) in mapping {
        let name = key.as_str().ok_or_else(|| Refused::new(at, "a key that is no text"))?;
        at.push(name.to_owned());
        let known = shape.field(name);
        let shape = known.ok_or_else(|| Refused::new(at, UNKNOWN))?;
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
            unsaid(onto, Some(&patch), shape);
            each(onto, patch, at, |onto, value, name, at| match shape.field(name) {
                Some(shape) => merge(onto, value, shape, at),
                None => Err(Refused::new(at, UNKNOWN)),
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
                let name = by.iter().find_map(|by| Some((by.as_str(), item.get(by.as_str())?)));
                let same = name.and_then(|(by, name)| onto.iter_mut().find(|it| it.get(by) == Some(name)));
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

/// Take away the expressions that a patch does not say: Talos takes an empty one for a new one.
fn unsaid(onto: &mut Mapping, patch: Option<&Mapping>, shape: &Shape) {
    let Shape::Fields(fields) = shape else { return };
    for (name, of) in fields {
        let said = patch.and_then(|it| it.get(name.as_str()));
        match of {
            Shape::Expression if said.is_none() => _ = onto.remove(name.as_str()),
            Shape::Fields(_) if said.is_none() => {
                if let Some(Value::Mapping(inner)) = onto.get_mut(name.as_str()) {
                    unsaid(inner, None, of);
                }
            }
            _ => {}
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
