//! Objects in the form that was asked for.

use super::super::call::Call;
use super::super::kinds::Kind;
use super::super::negotiation::Form;
use super::super::store::Stored;
use super::super::table::Table;
use super::super::verbs::list::Page;
use crate::Clock;
use bytes::{BufMut, Bytes, BytesMut};
use serde_json::{Value, json};
use std::sync::Arc;

/// Chunks of a list are closed at about this size.
const CHUNK: usize = 256 * 1024;

/// How one request wants its objects.
pub struct Represent {
    kind: Arc<Kind>,
    api_version: String,
    form: Form,
    table: Table,
}

impl Represent {
    pub fn new(call: &Call, clock: &Clock) -> Self {
        let target = &call.target;
        let include = call.query.get("includeObject").unwrap_or("Metadata");
        Self {
            kind: target.kind.clone(),
            api_version: target.api_version(),
            form: call.form,
            table: Table::new(&target.kind, &target.version, include, clock),
        }
    }

    pub fn in_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    fn head(&self) -> String {
        format!("{{\"apiVersion\":\"{}\",\"kind\":\"{}\",", self.api_version, self.kind.kind)
    }

    /// One object, as it stands in an answer or in an event.
    pub fn object(&self, stored: &Stored) -> Bytes {
        match self.form {
            Form::Whole => {
                let (head, rest) = (self.head(), stored.rest());
                let mut out = BytesMut::with_capacity(head.len() + rest.len());
                out.put_slice(head.as_bytes());
                out.put_slice(&rest);
                out.freeze()
            }
            Form::Metadata { .. } => {
                let mut value = json!({ "metadata": stored.value()["metadata"] });
                value["apiVersion"] = "meta.k8s.io/v1".into();
                value["kind"] = "PartialObjectMetadata".into();
                value.to_string().into()
            }
            Form::Table => {
                let rows = vec![self.table.row(&self.api_version, &self.kind.kind, stored)];
                let metadata = json!({ "resourceVersion": stored.revision.to_string() });
                self.table.whole(rows, metadata).to_string().into()
            }
        }
    }

    /// A bookmark's object: nothing but its revision.
    pub fn bookmark(&self, metadata: Value) -> Bytes {
        let value = match self.form {
            Form::Whole => {
                let mut value =
                    json!({ "apiVersion": self.api_version, "kind": self.kind.kind, "metadata": metadata });
                value["metadata"]["creationTimestamp"] = Value::Null;
                value
            }
            Form::Metadata { .. } => {
                json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata })
            }
            Form::Table => {
                let object =
                    json!({ "apiVersion": self.api_version, "kind": self.kind.kind, "metadata": metadata });
                let row = json!({ "cells": self.table.blank(), "object": object });
                self.table.whole(vec![row], json!({ "resourceVersion": metadata["resourceVersion"] }))
            }
        };
        value.to_string().into()
    }

    /// A list, in chunks.
    pub fn list(&self, page: &Page) -> Vec<Bytes> {
        let mut metadata = json!({ "resourceVersion": page.revision.to_string() });
        if !page.next.is_empty() {
            metadata["continue"] = page.next.as_str().into();
        }
        if let Some(remaining) = page.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
        let (api, kind) = match self.form {
            Form::Table => {
                let row = |it: &Arc<Stored>| self.table.row(&self.api_version, &self.kind.kind, it);
                let rows = page.items.iter().map(row).collect();
                return vec![self.table.whole(rows, metadata).to_string().into()];
            }
            Form::Metadata { .. } => ("meta.k8s.io/v1", "PartialObjectMetadataList".to_owned()),
            Form::Whole => (self.api_version.as_str(), format!("{}List", self.kind.kind)),
        };
        let opening =
            format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api}\",\"metadata\":{metadata},\"items\":[");
        let mut chunks = Vec::new();
        let mut chunk = BytesMut::from(opening.as_str());
        for (at, item) in page.items.iter().enumerate() {
            if at > 0 {
                chunk.put_u8(b',');
            }
            // Items of built-in kinds do not say what they are; those of definitions do.
            if self.form == Form::Whole && !self.kind.custom {
                chunk.put_slice(&item.bare());
            } else {
                chunk.put_slice(&self.object(item));
            }
            if chunk.len() > CHUNK {
                chunks.push(chunk.split().freeze());
            }
        }
        chunk.put_slice(b"]}\n");
        chunks.push(chunk.freeze());
        chunks
    }
}
