//! A set of fields, as `fieldsV1` writes it.

use super::shape::{ListShape, Shape, item_key};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Fields below some place. Keys are written as in `fieldsV1`: `f:name`, `k:{"name":"x"}`, `v:"a"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Whether the place itself is in the set.
    pub own: bool,
    pub inner: BTreeMap<String, Fields>,
}

impl Fields {
    fn place() -> Self {
        Self { own: true, inner: BTreeMap::new() }
    }

    pub fn is_empty(&self) -> bool {
        !self.own && self.inner.is_empty()
    }

    pub fn read(value: &Value) -> Self {
        let Some(map) = value.as_object() else { return Self::default() };
        let mut fields = Self { own: map.is_empty(), inner: BTreeMap::new() };
        for (key, value) in map {
            if key == "." {
                fields.own = true;
            } else {
                fields.inner.insert(key.clone(), Self::read(value));
            }
        }
        fields
    }

    pub fn write(&self) -> Value {
        let mut map: Map<String, Value> =
            self.inner.iter().map(|(key, it)| (key.clone(), it.write())).collect();
        if self.own && !self.inner.is_empty() {
            map.insert(".".into(), json!({}));
        }
        Value::Object(map)
    }

    pub fn add(&mut self, other: &Self) {
        self.own |= other.own;
        for (key, it) in &other.inner {
            self.inner.entry(key.clone()).or_default().add(it);
        }
    }

    pub fn remove(&mut self, other: &Self) {
        self.own &= !other.own;
        for (key, it) in &other.inner {
            if let Some(own) = self.inner.get_mut(key) {
                own.remove(it);
                if own.is_empty() {
                    self.inner.remove(key);
                }
            }
        }
    }

    pub fn common(&self, other: &Self) -> Self {
        let inner = self.inner.iter().filter_map(|(key, it)| {
            let both = it.common(other.inner.get(key)?);
            (!both.is_empty()).then(|| (key.clone(), both))
        });
        Self { own: self.own && other.own, inner: inner.collect() }
    }

    /// Every place in the set, as errors write it: `.spec.containers[name="a"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect_paths(String::new(), &mut found);
        found
    }

    fn collect_paths(&self, here: String, found: &mut Vec<String>) {
        if self.own {
            found.push(here.clone());
        }
        for (key, it) in &self.inner {
            it.collect_paths(format!("{here}{}", written(key)), found);
        }
    }

    /// The fields that somebody who applies `value` speaks about.
    pub fn of(value: &Value, shape: Shape<'_>) -> Self {
        Self::collect(value, shape, false)
    }

    /// The same, with the maps on the way: all that is new when `value` is new.
    fn all(value: &Value, shape: Shape<'_>) -> Self {
        Self::collect(value, shape, true)
    }

    fn collect(value: &Value, shape: Shape<'_>, ways: bool) -> Self {
        match value {
            Value::Object(map) if !map.is_empty() && !shape.is_atomic_map() => {
                let inner = map.iter().map(|(key, it)| {
                    let mut fields = Self::collect(it, shape.field(key), ways);
                    fields.own |= ways && !is_struct(key);
                    (format!("f:{key}"), fields)
                });
                Self { own: false, inner: inner.collect() }
            }
            Value::Array(list) if !list.is_empty() => match items(list, shape) {
                None => Self::place(),
                Some(items) => {
                    let inner = items.into_iter().map(|(key, it)| {
                        let mut fields = Self::collect(it, shape.item(), ways);
                        if !it.is_object() {
                            fields = Self::default();
                        }
                        fields.own = true;
                        (key, fields)
                    });
                    Self { own: false, inner: inner.collect() }
                }
            },
            _ => Self::place(),
        }
    }
}

/// Fields that are part of their kind and never new by themselves.
fn is_struct(key: &str) -> bool {
    matches!(key, "metadata" | "spec" | "status" | "template" | "strategy" | "updateStrategy" | "jobTemplate")
}

/// The items of a list with their keys; `None` where they cannot be told apart.
pub fn items<'v>(list: &'v [Value], shape: Shape<'_>) -> Option<Vec<(String, &'v Value)>> {
    match shape.list() {
        ListShape::Atomic => None,
        ListShape::Set => Some(list.iter().map(|it| (format!("v:{it}"), it)).collect()),
        ListShape::Keyed(keys) => list.iter().map(|it| Some((item_key(it, &keys)?, it))).collect(),
    }
}

/// What differs from `old` to `new`: fields that were added or changed, and fields that went.
pub fn compare(old: &Value, new: &Value, shape: Shape<'_>) -> (Fields, Fields) {
    let (mut changed, mut gone) = (Fields::default(), Fields::default());
    let mut pair = |key: String, old: Option<&Value>, new: Option<&Value>, shape: Shape<'_>, item: bool| {
        let (here, lost) = match (old, new) {
            (Some(old), Some(new)) => compare(old, new, shape),
            (None, Some(new)) => {
                let mut fields =
                    if item && !new.is_object() { Fields::place() } else { Fields::all(new, shape) };
                fields.own |= item || new.is_object() && !is_struct(key.trim_start_matches("f:"));
                (fields, Fields::default())
            }
            (Some(old), None) => {
                let mut fields =
                    if item && !old.is_object() { Fields::place() } else { Fields::all(old, shape) };
                fields.own = true;
                (Fields::default(), fields)
            }
            (None, None) => return,
        };
        if !here.is_empty() {
            changed.inner.insert(key.clone(), here);
        }
        if !lost.is_empty() {
            gone.inner.insert(key, lost);
        }
    };
    match (old, new) {
        (Value::Object(before), Value::Object(after)) if !shape.is_atomic_map() => {
            for (key, value) in before {
                pair(format!("f:{key}"), Some(value), after.get(key), shape.field(key), false);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                pair(format!("f:{key}"), None, Some(value), shape.field(key), false);
            }
        }
        (Value::Array(before), Value::Array(after)) => match (items(before, shape), items(after, shape)) {
            (Some(before), Some(after)) => {
                let before: BTreeMap<_, _> = before.into_iter().collect();
                let after: BTreeMap<_, _> = after.into_iter().collect();
                for (key, value) in &before {
                    pair(key.clone(), Some(value), after.get(key).copied(), shape.item(), true);
                }
                for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                    pair(key.clone(), None, Some(value), shape.item(), true);
                }
            }
            _ => changed.own = before != after,
        },
        _ => changed.own = old != new,
    }
    (changed, gone)
}

/// `f:a` as `.a`, `k:{"name":"x"}` as `[name="x"]`, `v:"a"` as `[="a"]`.
fn written(key: &str) -> String {
    match key.split_once(':') {
        Some(("k", keys)) => {
            let map: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        Some((_, name)) => format!(".{name}"),
        None => key.to_owned(),
    }
}
