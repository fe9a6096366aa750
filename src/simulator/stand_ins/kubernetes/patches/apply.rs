//! Server-side apply: merge what somebody wants, give up what they no longer want, and quarrel over the rest.

use super::super::route::Target;
use super::super::status::Status;
use super::fields::{Fields, compare, items};
use super::managed::{self, Entry, Operation};
use super::shape::Shape;
use serde_json::{Map, Value, json};

/// How somebody applies.
pub struct Applying<'a> {
    pub target: &'a Target,
    pub manager: &'a str,
    pub force: bool,
    pub now: &'a str,
}

/// What an apply comes to: the object, and who manages its fields then.
pub struct Applied {
    pub object: Value,
    pub managed: Value,
}

/// Apply `wanted` over `live`, which is empty for an object that is not there yet.
pub fn apply(live: &Value, wanted: &Value, how: &Applying<'_>) -> Result<Applied, Status> {
    let shape = Shape::of(&how.target.kind, &how.target.version);
    let mut wanted = wanted.clone();
    managed::strip(how.target, &mut wanted);
    let speaks = Fields::of(&wanted, shape);
    let mut entries = managed::entries(live);
    if entries.is_empty() && live["metadata"]["uid"].is_string() {
        entries.push(before_first(live, shape, how));
    }
    let api = how.target.api_version();
    let own = entries.iter().position(|it| {
        it.operation == Operation::Apply
            && it.manager == how.manager
            && it.subresource == how.target.subresource
    });
    let own = own.map(|at| entries.remove(at));
    let mut object = live.clone();
    merge(&mut object, &wanted, shape);
    quarrel(live, &object, &speaks, shape, &mut entries, how)?;
    if let Some(own) = &own {
        let mut given_up = own.fields.clone();
        given_up.remove(&speaks);
        let mut others = Fields::default();
        entries.iter().for_each(|it| others.add(&it.fields));
        give_up(&mut object, &given_up, &others, shape);
    }
    let unchanged = own.as_ref().filter(|it| it.fields == speaks && it.api_version == api);
    entries.push(Entry {
        manager: how.manager.to_owned(),
        operation: Operation::Apply,
        api_version: api,
        time: unchanged.map_or_else(|| how.now.to_owned(), |it| it.time.clone()),
        subresource: how.target.subresource.clone(),
        fields: speaks,
    });
    Ok(Applied { object, managed: managed::written(entries) })
}

/// Whatever was there before anyone was recorded belongs to nobody in particular.
fn before_first(live: &Value, shape: Shape<'_>, how: &Applying<'_>) -> Entry {
    let mut known = live.clone();
    managed::strip(how.target, &mut known);
    Entry {
        manager: "before-first-apply".into(),
        operation: Operation::Update,
        api_version: how.target.api_version(),
        time: how.now.to_owned(),
        subresource: String::new(),
        fields: Fields::of(&known, shape),
    }
}

fn merge(live: &mut Value, wanted: &Value, shape: Shape<'_>) {
    match wanted {
        Value::Object(wanted) if live.is_object() && !shape.is_atomic_map() => {
            let Some(map) = live.as_object_mut() else { return };
            for (key, value) in wanted {
                merge(map.entry(key.clone()).or_insert(Value::Null), value, shape.field(key));
            }
        }
        Value::Object(wanted) if !shape.is_atomic_map() => {
            let mut fresh = Value::Object(Map::new());
            for (key, value) in wanted {
                merge(&mut fresh[key], value, shape.field(key));
            }
            *live = fresh;
        }
        Value::Array(list) => {
            let keyed = items(list, shape);
            let Some(keyed) = keyed.filter(|_| live.is_array()) else {
                *live = wanted.clone();
                return;
            };
            let Some(present) = live.as_array_mut() else { return };
            for (key, item) in keyed {
                let known = items(present, shape).unwrap_or_default();
                match known.iter().position(|(it, _)| *it == key) {
                    Some(at) => merge(&mut present[at], item, shape.item()),
                    None => present.push(item.clone()),
                }
            }
        }
        _ => *live = wanted.clone(),
    }
}

/// Fields that would get another value and belong to others: refused, or taken from them by force.
fn quarrel(
    live: &Value,
    object: &Value,
    speaks: &Fields,
    shape: Shape<'_>,
    entries: &mut [Entry],
    how: &Applying<'_>,
) -> Result<(), Status> {
    let (changed, _) = compare(live, object, shape);
    let mut quarrels = Vec::new();
    for entry in entries {
        let mut disputed = speaks.common(&entry.fields);
        disputed = disputed.common(&changed);
        if disputed.is_empty() {
            continue;
        }
        if how.force {
            entry.fields.remove(&disputed);
        } else {
            quarrels.push((entry.described(), disputed.paths()));
        }
    }
    if quarrels.is_empty() { Ok(()) } else { Err(conflict(&quarrels)) }
}

fn conflict(quarrels: &[(String, Vec<String>)]) -> Status {
    let cause = |who: &str, field: &str| json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": field });
    let causes: Vec<Value> =
        quarrels.iter().flat_map(|(who, fields)| fields.iter().map(move |it| cause(who, it))).collect();
    let message = match quarrels {
        [(who, fields)] if fields.len() == 1 => {
            format!("Apply failed with 1 conflict: conflict with {who}: {}", fields[0])
        }
        _ => {
            let each = |(who, fields): &(String, Vec<String>)| {
                format!("conflicts with {who}:\n- {}", fields.join("\n- "))
            };
            let all: Vec<String> = quarrels.iter().map(each).collect();
            format!("Apply failed with {} conflicts: {}", causes.len(), all.join("\n"))
        }
    };
    Status::new(409, "Conflict", message).with_causes(causes)
}

/// Take away the fields that are given up and that nobody else wants.
fn give_up(value: &mut Value, given_up: &Fields, others: &Fields, shape: Shape<'_>) {
    let nobody = Fields::default();
    for (key, fields) in &given_up.inner {
        let theirs = others.inner.get(key).unwrap_or(&nobody);
        let whole = fields.own && theirs.is_empty();
        if let Some(name) = key.strip_prefix("f:") {
            let Some(map) = value.as_object_mut() else { return };
            if whole {
                map.remove(name);
            } else if let Some(inner) = map.get_mut(name) {
                give_up(inner, fields, theirs, shape.field(name));
                let empty = |it: &Value| *it == json!({}) || *it == json!([]);
                if empty(inner) && theirs.is_empty() {
                    map.remove(name);
                }
            }
        } else if let Some(list) = value.as_array_mut() {
            let known = items(list, shape).unwrap_or_default();
            let Some(at) = known.iter().position(|(it, _)| it == key) else { continue };
            if whole {
                list.remove(at);
            } else {
                give_up(&mut list[at], fields, theirs, shape.item());
            }
        }
    }
}
