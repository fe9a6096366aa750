//! The shapes of what may stand in a machine config, as `schema.yaml` lists them.

use serde_yaml::{Mapping, Value};
use std::sync::LazyLock;

/// What a value is, and so how a patch's meets one that is there.
#[derive(Debug, Clone)]
pub enum Shape {
    Text,
    Flag,
    Number,
    Mode,
    Duration,
    /// A text that a patch takes away by not saying it.
    Expression,
    Texts,
    Replaced,
    Map,
    Args,
    Free,
    Whole,
    /// Fields in the order in which they are written.
    Fields(Vec<(String, Shape)>),
    Items {
        /// The fields by which two items are the same one: the first that an item has.
        by: Vec<String>,
        of: Box<Shape>,
    },
    Named(Box<Shape>),
}

#[derive(Debug)]
pub struct Schema {
    pub main: Shape,
    documents: Vec<(String, Shape)>,
    named: Vec<String>,
}

/// The one schema; its text is part of the program and tested to be whole.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let read = serde_yaml::from_str::<Mapping>(include_str!("schema.yaml")).unwrap_or_default();
    let documents = read.get("documents").and_then(Value::as_mapping).into_iter().flatten();
    let named = read.get("named").and_then(Value::as_sequence).into_iter().flatten();
    Schema {
        main: read.get("main").and_then(shape).unwrap_or(Shape::Fields(Vec::new())),
        documents: documents.filter_map(field).collect(),
        named: named.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
    }
});

impl Schema {
    /// The shape of a document of its own kind.
    pub fn document(&self, kind: &str) -> Option<&Shape> {
        self.documents.iter().find(|(it, _)| it == kind).map(|(_, shape)| shape)
    }

    pub fn is_named(&self, kind: &str) -> bool {
        self.named.iter().any(|it| it == kind)
    }
}

fn field((key, value): (&Value, &Value)) -> Option<(String, Shape)> {
    Some((key.as_str()?.to_owned(), shape(value)?))
}

fn shape(value: &Value) -> Option<Shape> {
    Some(match value {
        Value::String(word) => match word.as_str() {
            "text" => Shape::Text,
            "flag" => Shape::Flag,
            "number" => Shape::Number,
            "mode" => Shape::Mode,
            "duration" => Shape::Duration,
            "list" => Shape::Texts,
            "expression" => Shape::Expression,
            "replaced" => Shape::Replaced,
            "map" => Shape::Map,
            "args" => Shape::Args,
            "free" => Shape::Free,
            "whole" => Shape::Whole,
            _ => return None,
        },
        Value::Sequence(items) => {
            let by = items.first()?.as_str().and_then(|it| it.strip_prefix("by ")).into_iter();
            let by = by.flat_map(|it| it.split(" or ")).map(str::to_owned).collect();
            Shape::Items { by, of: Box::new(shape(items.last()?)?) }
        }
        Value::Mapping(fields) => match fields.get("any") {
            Some(any) => Shape::Named(Box::new(shape(any)?)),
            None => Shape::Fields(fields.iter().map(field).collect::<Option<_>>()?),
        },
        _ => return None,
    })
}

impl Shape {
    /// The shape of a field.
    pub fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Self::Fields(fields) => fields.iter().find(|(it, _)| it == name).map(|(_, shape)| shape),
            Self::Named(of) => Some(of),
            _ => None,
        }
    }

    /// The value as Talos writes it: fields in their order, everything else by name.
    pub fn ordered(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Fields(fields), Value::Mapping(mut mapping)) => {
                let in_order = fields.iter().filter_map(|(name, shape)| {
                    mapping.remove(name.as_str()).map(|it| (Value::from(name.as_str()), shape.ordered(it)))
                });
                Value::Mapping(in_order.collect())
            }
            (Self::Items { of, .. }, Value::Sequence(items)) => {
                items.into_iter().map(|it| of.ordered(it)).collect()
            }
            (Self::Named(of), Value::Mapping(mapping)) => {
                Value::Mapping(sorted(mapping).map(|(key, value)| (key, of.ordered(value))).collect())
            }
            (_, value) => by_name(value),
        }
    }
}

fn sorted(mapping: Mapping) -> impl Iterator<Item = (Value, Value)> {
    let mut pairs: Vec<(Value, Value)> = mapping.into_iter().collect();
    pairs.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    pairs.into_iter()
}

fn by_name(value: Value) -> Value {
    match value {
        Value::Mapping(mapping) => {
            Value::Mapping(sorted(mapping).map(|(key, value)| (key, by_name(value))).collect())
        }
        Value::Sequence(items) => items.into_iter().map(by_name).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::SCHEMA;

    #[test]
    fn the_schema_is_whole() {
        let main = &SCHEMA.main;
        assert!(main.field("machine").and_then(|it| it.field("sysctls")).is_some());
        assert!(main.field("cluster").and_then(|it| it.field("allowSchedulingOnControlPlanes")).is_some());
        assert!(SCHEMA.document("WatchdogTimerConfig").is_some() && SCHEMA.is_named("VolumeConfig"));
    }
}
