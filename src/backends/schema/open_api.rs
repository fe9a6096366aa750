//! The schemas that an API server publishes of its kinds: OpenAPI v3, one document for each group and version.

use super::book::{Book, Field, Shape, Type};
use super::check::{Root, System};
use crate::yaml::Document;
use serde_json::Value;
use std::collections::HashMap;

/// The kinds of one group and version.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    /// As it stands in an object: `apps/v1`.
    api_version: String,
    /// The type of each kind.
    kinds: HashMap<String, Shape>,
    book: Book,
}

/// What only tools read, and no API server has: a kustomization, a values file of its own.
pub(super) fn is_read_by_tools_alone(api_version: &str) -> bool {
    api_version.starts_with("kustomize.config.k8s.io/")
}

impl Kinds {
    pub(super) fn root(&self, document: &Document) -> Option<Root<'_>> {
        let kind = document.value("kind")?;
        if document.value("apiVersion")? != self.api_version {
            return None;
        }
        let shape = self.kinds.get(kind)?;
        Some(Root { book: &self.book, shape, what: kind.to_owned(), system: System::Kubernetes })
    }
}

/// Read the document of `api_version`. What is not understood is taken for anything.
pub(crate) fn read(api_version: &str, document: &Value) -> Kinds {
    let mut kinds = Kinds { api_version: api_version.to_owned(), ..Kinds::default() };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let shape = type_of(&mut kinds.book, name, schema);
        if !kinds.book.types.contains_key(name) {
            kinds.book.others.insert(name.clone(), shape.clone());
        }
        let named = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
        for one in named.into_iter().flatten().filter(|it| it["group"] == group && it["version"] == version) {
            if let Some(kind) = one["kind"].as_str() {
                kinds.kinds.insert(kind.to_owned(), shape.clone());
            }
        }
    }
    kinds
}

/// Put a schema into the book under a name; what is no map with fields needs none.
fn type_of(book: &mut Book, name: &str, schema: &Value) -> Shape {
    let is = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or_default();
    if is("x-kubernetes-int-or-string") || schema["format"] == "int-or-string" {
        return Shape::NumberOrText;
    }
    if let Some(of) = referred(schema) {
        return Shape::Of(of.to_owned());
    }
    // What may be one thing or another is not parted here.
    if schema.get("oneOf").is_some() && schema.get("type").is_none() {
        return Shape::Any;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => match one_of(schema) {
            Some(values) => Shape::OneOf(values),
            None => Shape::Text,
        },
        Some("integer" | "number") => Shape::Number,
        Some("boolean") => Shape::Truth,
        Some("array") => {
            let of = schema.get("items").map_or(Shape::Any, |it| type_of(book, &format!("{name}[]"), it));
            Shape::List(Box::new(of))
        }
        Some("object") => object(book, name, schema),
        _ => Shape::Any,
    }
}

fn object(book: &mut Book, name: &str, schema: &Value) -> Shape {
    let fields = schema.get("properties").and_then(Value::as_object);
    let rest = schema.get("additionalProperties");
    if let (None, Some(Value::Object(_))) = (fields, rest) {
        let of = rest.map_or(Shape::Any, |it| type_of(book, &format!("{name}{{}}"), it));
        return Shape::Map(Box::new(of));
    }
    let Some(fields) = fields else { return Shape::Any };
    let preserves = schema["x-kubernetes-preserve-unknown-fields"].as_bool().unwrap_or_default();
    let embedded = schema["x-kubernetes-embedded-resource"].as_bool().unwrap_or_default();
    let open = preserves || embedded || !matches!(rest, None | Some(Value::Bool(false)));
    let fields = fields.iter().map(|(key, of)| {
        let shape = type_of(book, &format!("{name}.{key}"), of);
        (key.clone(), vec![Field { shape, versions: 0..=u16::MAX }])
    });
    let fields = fields.collect();
    book.types.insert(name.to_owned(), Type { fields, open });
    Shape::Of(name.to_owned())
}

/// The schema that another stands for: by itself, or as the one part of a whole that has a default or a description.
fn referred(schema: &Value) -> Option<&str> {
    let parts = schema.get("allOf").and_then(Value::as_array);
    let only = parts.filter(|it| it.len() == 1).and_then(|it| it.first());
    let said = schema.get("$ref").or_else(|| only?.get("$ref"))?.as_str()?;
    said.rsplit('/').next()
}

/// The values that a text may have; none where there are too many for a sentence.
fn one_of(schema: &Value) -> Option<Vec<String>> {
    let values = schema.get("enum")?.as_array()?;
    let said: Vec<String> = values.iter().filter_map(|it| it.as_str().map(ToOwned::to_owned)).collect();
    (!said.is_empty() && said.len() <= 8).then_some(said)
}

/// Where the document of each group and version is, as `apps/v1` and its path.
pub(crate) fn places(index: &Value) -> HashMap<String, String> {
    let place = |(name, at): (&String, &Value)| {
        let api_version = name.strip_prefix("apis/").or_else(|| name.strip_prefix("api/"))?;
        let at = at.get("serverRelativeURL")?.as_str().filter(|it| it.starts_with('/'))?;
        Some((api_version.to_owned(), at.to_owned()))
    };
    index.get("paths").and_then(Value::as_object).into_iter().flatten().filter_map(place).collect()
}
