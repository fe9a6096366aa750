//! `$patch: delete`: what a patch takes away, before the rest of it is merged.

use super::merge::{Refused, written};
use super::schema::Shape;
use serde_yaml::{Mapping, Value};

const PATCH: &str = "$patch";

/// One thing to take away: the keys that lead to it, and of a list the item with this key and value.
#[derive(Debug, PartialEq, Eq)]
pub struct Removal {
    pub path: Vec<String>,
    pub item: Option<(String, String)>,
}

/// Take the removals out of a document of a patch. A document that is only taken away leaves nothing.
pub fn removals(document: &mut Value, at: &mut Vec<String>) -> Result<Vec<Removal>, Refused> {
    let mut found = Vec::new();
    if marked(document) {
        found.push(Removal { path: Vec::new(), item: None });
        *document = Value::Null;
        return Ok(found);
    }
    if let Value::Mapping(mapping) = document {
        walk(mapping, at, &mut found)?;
    }
    Ok(found)
}

fn marked(value: &Value) -> bool {
    value.get(PATCH).and_then(Value::as_str) == Some("delete")
}

fn walk(mapping: &mut Mapping, at: &mut Vec<String>, found: &mut Vec<Removal>) -> Result<(), Refused> {
    let mut left = Mapping::new();
    for (key, mut value) in std::mem::take(mapping) {
        let name = key.as_str().unwrap_or_default().to_owned();
        at.push(name.clone());
        if name == PATCH {
            return Err(Refused::new(
                at,
                "only `$patch: delete` is known, beside the key of a list's item at most",
            ));
        }
        if marked(&value) {
            found.push(Removal { path: at.clone(), item: None });
            at.pop();
            continue;
        }
        let emptied = match &mut value {
            Value::Mapping(inner) => {
                let before = inner.len();
                walk(inner, at, found)?;
                before > 0 && inner.is_empty()
            }
            Value::Sequence(items) => {
                let before = items.len();
                let (gone, kept): (Vec<Value>, Vec<Value>) =
                    std::mem::take(items).into_iter().partition(marked);
                for item in &gone {
                    found.push(Removal { path: at.clone(), item: Some(selector(item, at)?) });
                }
                *items = kept;
                if items.iter().any(holds) {
                    return Err(Refused::new(at, "`$patch` deeper in an item of a list"));
                }
                before > 0 && items.is_empty()
            }
            _ => false,
        };
        at.pop();
        if !emptied {
            left.insert(key, value);
        }
    }
    *mapping = left;
    Ok(())
}

fn holds(value: &Value) -> bool {
    match value {
        Value::Mapping(mapping) => {
            mapping.iter().any(|(key, value)| key.as_str() == Some(PATCH) || holds(value))
        }
        Value::Sequence(items) => items.iter().any(holds),
        _ => false,
    }
}

/// The first key beside the mark says which item is meant.
fn selector(item: &Value, at: &[String]) -> Result<(String, String), Refused> {
    let first = item.as_mapping().into_iter().flatten().find(|(key, _)| key.as_str() != Some(PATCH));
    let text = first.and_then(|(key, value)| Some((key.as_str()?.to_owned(), written(value)?)));
    text.ok_or_else(|| {
        Refused::new(at, "`$patch: delete` in a list needs a key with a value that tells the item")
    })
}

/// Take one thing out of a document. What is not there cannot be taken out.
pub fn remove(document: &mut Value, removal: &Removal, shape: &Shape) -> Result<(), Refused> {
    let missing = || Refused::new(&removal.path, "`$patch: delete`: lookup failed, there is nothing");
    let Some((last, way)) = removal.path.split_last() else { return Err(missing()) };
    let mut place = document;
    let mut known = Some(shape);
    for key in way {
        place = place.get_mut(key.as_str()).ok_or_else(missing)?;
        known = known.and_then(|it| it.field(key));
    }
    let known = known.and_then(|it| it.field(last));
    match &removal.item {
        Some((key, wanted)) => {
            let items = place.get_mut(last.as_str()).and_then(Value::as_sequence_mut).ok_or_else(missing)?;
            let meant = |it: &Value| it.get(key.as_str()).and_then(written).as_ref() == Some(wanted);
            let index = items.iter().position(meant).ok_or_else(missing)?;
            items.remove(index);
            if items.is_empty() {
                drop_field(place, last, known);
            }
            Ok(())
        }
        None => {
            // A field that Talos knows may be emptied although it is empty; a name in a map must be there.
            let present = place.get(last.as_str()).is_some();
            if !present && known.is_none() {
                return Err(missing());
            }
            drop_field(place, last, known);
            Ok(())
        }
    }
}

fn drop_field(place: &mut Value, name: &str, shape: Option<&Shape>) {
    let Value::Mapping(mapping) = place else { return };
    // These are written even where they hold nothing.
    let kept =
        matches!(name, "certSANs" if mapping.contains_key("type")) || matches!(shape, Some(Shape::Replaced));
    if kept {
        mapping.insert(name.into(), Value::Sequence(Vec::new()));
    } else {
        mapping.remove(name);
    }
}
