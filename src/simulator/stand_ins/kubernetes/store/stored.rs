//! One object as it is kept: the bytes that go out, and the little that is asked of it all the time.

use bytes::Bytes;
use serde_json::{Map, Value};

/// Where an object is; the namespace is empty for those of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub uid: String,
    pub controller: bool,
    pub blocks: bool,
}

#[derive(Debug)]
pub struct Stored {
    pub key: Key,
    pub revision: u64,
    pub uid: String,
    pub labels: Vec<(String, String)>,
    pub owners: Vec<Owner>,
    /// Whether a deletion timestamp is set.
    pub deleting: bool,
    /// `spec.nodeName` and `status.phase`, which pods are asked for; empty for others.
    pub node: String,
    pub phase: String,
    /// Whether a condition `Ready` holds.
    pub ready: bool,
    /// The object as JSON, without `apiVersion` and `kind`: those depend on the version that is asked for.
    body: Bytes,
}

impl Stored {
    /// Keep an object at a revision, which is written into it.
    pub fn of(key: Key, revision: u64, mut value: Value) -> Self {
        if let Some(object) = value.as_object_mut() {
            object.remove("apiVersion");
            object.remove("kind");
        }
        value["metadata"]["resourceVersion"] = revision.to_string().into();
        let text =
            |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let labels = value.pointer("/metadata/labels").and_then(Value::as_object);
        let label = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let owners = value.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let owner = |it: &Value| {
            Some(Owner {
                uid: it["uid"].as_str()?.to_owned(),
                controller: it["controller"] == true,
                blocks: it["blockOwnerDeletion"] == true,
            })
        };
        let conditions = value.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
        let ready = conditions.into_iter().any(|it| it["type"] == "Ready" && it["status"] == "True");
        Self {
            key,
            revision,
            ready,
            uid: text("/metadata/uid"),
            labels: labels.into_iter().flatten().filter_map(label).collect(),
            owners: owners.into_iter().flatten().filter_map(owner).collect(),
            deleting: value.pointer("/metadata/deletionTimestamp").is_some(),
            node: text("/spec/nodeName"),
            phase: text("/status/phase"),
            // A Value always serialises: its keys are text.
            body: serde_json::to_vec(&value).unwrap_or_default().into(),
        }
    }

    /// The object without `apiVersion` and `kind`.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| Value::Object(Map::new()))
    }

    /// `{"metadata":…}`.
    pub fn bare(&self) -> Bytes {
        self.body.clone()
    }

    /// What follows `{"apiVersion":"…","kind":"…",` in the whole object.
    pub fn rest(&self) -> Bytes {
        self.body.slice(1..)
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn controller(&self) -> Option<&str> {
        self.owners.iter().find(|it| it.controller).map(|it| it.uid.as_str())
    }
}
