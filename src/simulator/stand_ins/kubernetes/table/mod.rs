//! Rows and columns, as the server prints them for kubectl.

use super::kinds::Kind;
use super::moments;
use super::store::Stored;
use serde_json::{Value, json};

/// The table of one kind.
pub struct Table {
    columns: Vec<Column>,
    include: String,
    /// Ages are counted to this moment.
    pub now: i64,
}

/// A column: its heading and how its cell comes of an object.
struct Column {
    definition: Value,
    cell: Box<dyn Fn(&Value, i64) -> Value + Send + Sync>,
}

impl Table {
    /// `include` says what of the object goes with each row: `None`, `Metadata` or `Object`.
    pub fn new(_kind: &Kind, _version: &str, include: &str) -> Self {
        let columns = vec![
            column("Name", "string", "name", 0, |object, _| object["metadata"]["name"].clone()),
            column("Age", "string", "", 0, |object, now| age(&object["metadata"]["creationTimestamp"], now)),
        ];
        Self { columns, include: include.to_owned(), now: 0 }
    }

    pub fn row(&self, api_version: &str, kind: &str, stored: &Stored) -> Value {
        let mut object = stored.value();
        let cells: Vec<Value> = self.columns.iter().map(|it| (it.cell)(&object, self.now)).collect();
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

fn column(
    name: &str,
    kind: &str,
    format: &str,
    priority: i64,
    cell: impl Fn(&Value, i64) -> Value + Send + Sync + 'static,
) -> Column {
    let definition =
        json!({ "name": name, "type": kind, "format": format, "description": "", "priority": priority });
    Column { definition, cell: Box::new(cell) }
}

fn age(since: &Value, now: i64) -> Value {
    match since.as_str().and_then(moments::parse) {
        Some(since) => moments::age(now - since).into(),
        None => "<unknown>".into(),
    }
}
