//! Rows and columns, as the server prints them for kubectl.

mod cluster;
mod custom;
mod json_path;
mod network;
mod pods;
mod workloads;

use super::kinds::Kind;
use super::moments;
use super::store::Stored;
use crate::Clock;
use serde_json::{Value, json};

/// The table of one kind.
pub struct Table {
    columns: Vec<Column>,
    include: String,
    /// Ages are counted to its moment.
    clock: Clock,
}

/// A column: its heading and how its cell comes of an object.
pub struct Column {
    definition: Value,
    cell: Cell,
}

type Cell = Box<dyn Fn(&Value, i64) -> Value + Send + Sync>;

impl Table {
    /// `include` says what of the object goes with each row: `None`, `Metadata` or `Object`.
    pub fn new(kind: &Kind, version: &str, include: &str, clock: &Clock) -> Self {
        let mut columns = vec![column("Name", "string", 0, |object, _| object["metadata"]["name"].clone())];
        columns[0].definition["format"] = "name".into();
        columns.extend(if kind.custom { custom::columns(kind, version) } else { built_in(kind) });
        Self { columns, include: include.to_owned(), clock: clock.clone() }
    }

    pub fn row(&self, api_version: &str, kind: &str, stored: &Stored) -> Value {
        let (mut object, now) = (stored.value(), self.clock.now());
        let cells: Vec<Value> = self.columns.iter().map(|it| (it.cell)(&object, now)).collect();
        let object = match self.include.as_str() {
            "None" => Value::Null,
            "Object" => {
                object["apiVersion"] = api_version.into();
                object["kind"] = kind.into();
                object
            }
            _ => json!({
                "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object["metadata"].take(),
            }),
        };
        json!({ "cells": cells, "object": object })
    }

    /// Cells of a row that says nothing.
    pub fn blank(&self) -> Value {
        self.columns.iter().map(|_| Value::from("")).collect::<Vec<_>>().into()
    }

    pub fn whole(&self, rows: Vec<Value>, metadata: Value) -> Value {
        let definitions: Vec<&Value> = self.columns.iter().map(|it| &it.definition).collect();
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": definitions, "rows": rows,
        })
    }
}

fn built_in(kind: &Kind) -> Vec<Column> {
    let resource = kind.resource();
    let found = pods::columns(&resource)
        .or_else(|| workloads::columns(&resource))
        .or_else(|| network::columns(&resource))
        .or_else(|| cluster::columns(&resource));
    found.unwrap_or_else(|| vec![age_column()])
}

/// A column with priority 0 is always shown, one with 1 only when a wide table is asked for.
fn column(
    name: &str,
    kind: &str,
    priority: i64,
    cell: impl Fn(&Value, i64) -> Value + Send + Sync + 'static,
) -> Column {
    let definition =
        json!({ "name": name, "type": kind, "format": "", "description": "", "priority": priority });
    Column { definition, cell: Box::new(cell) }
}

/// A column of text.
fn text(name: &str, priority: i64, cell: impl Fn(&Value) -> String + Send + Sync + 'static) -> Column {
    column(name, "string", priority, move |object, _| cell(object).into())
}

/// A column of a number that is 0 where it is absent.
fn count(name: &str, pointer: &'static str) -> Column {
    column(name, "integer", 0, move |object, _| number(object, pointer).into())
}

fn age_column() -> Column {
    column("Age", "string", 0, |object, now| age(&object["metadata"]["creationTimestamp"], now).into())
}

fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// The text at a place, or `absent`.
fn at(object: &Value, pointer: &str, absent: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => absent.to_owned(),
    }
}

fn age(since: &Value, now: i64) -> String {
    match since.as_str().and_then(moments::parse) {
        Some(since) => moments::age(now - since),
        None => "<unknown>".into(),
    }
}

/// `a=b,c=d` of a map of labels.
fn labels(map: &Value) -> String {
    let map = map.as_object().filter(|it| !it.is_empty());
    let pairs =
        map.map(|it| it.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())));
    pairs.map_or_else(|| "<none>".into(), |it| it.collect::<Vec<_>>().join(","))
}

/// Items of a list, each as text, joined.
fn joined(list: &Value, one: impl Fn(&Value) -> String) -> String {
    let parts: Vec<String> =
        list.as_array().into_iter().flatten().map(one).filter(|it| !it.is_empty()).collect();
    if parts.is_empty() { "<none>".into() } else { parts.join(",") }
}
