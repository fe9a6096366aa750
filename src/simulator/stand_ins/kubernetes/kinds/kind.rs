//! One kind of objects: its names, versions and what is special about it.

use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Kind {
    /// Empty for the core group.
    pub group: String,
    /// Those that are served, the preferred one first.
    pub versions: Vec<String>,
    pub kind: String,
    pub plural: String,
    pub singular: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    /// Whether status is written apart from the rest.
    pub status: bool,
    pub scale: Option<ScalePaths>,
    /// A question that is answered and forgotten, as `SelfSubjectReview`.
    pub review: bool,
    /// Of a definition, not built in: items of lists say what they are, strategic merge is not understood.
    pub custom: bool,
    /// Printed columns of each version, for custom kinds.
    pub columns: BTreeMap<String, Vec<Column>>,
    /// `openAPIV3Schema` of each version, for custom kinds.
    pub schemas: BTreeMap<String, Value>,
}

/// Where a custom kind keeps what its scale subresource shows, as `.spec.replicas`.
#[derive(Debug, Clone)]
pub struct ScalePaths {
    pub spec: String,
    pub status: String,
    pub selector: Option<String>,
}

/// A printed column.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    pub kind: String,
    pub description: String,
    pub priority: i64,
    pub path: String,
}

impl Kind {
    /// `deployments.apps`, or `pods` in the core group: how errors call it, and where the store keeps it.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Deployment.apps`, or `Pod`.
    pub fn group_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// `apps/v1`, or `v1`.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.into() } else { format!("{}/{version}", self.group) }
    }

    pub fn verbs(&self) -> &'static [&'static str] {
        if self.review {
            &["create"]
        } else {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        }
    }

    /// Subresources and the kind each speaks: `(name, kind, api version, verbs)`.
    pub fn subresources(&self) -> Vec<(&'static str, String, String, &'static [&'static str])> {
        let own = || (self.kind.clone(), String::new());
        let mut found = Vec::new();
        let write: &[&str] = &["get", "patch", "update"];
        if self.status {
            let (kind, api) = own();
            found.push(("status", kind, api, write));
        }
        if self.scale.is_some() {
            found.push(("scale", "Scale".into(), "autoscaling/v1".into(), write));
        }
        match self.resource().as_str() {
            "pods" => {
                found.push(("log", "Pod".into(), String::new(), &["get"]));
                found.push(("eviction", "Eviction".into(), "policy/v1".into(), &["create"]));
                found.push(("binding", "Binding".into(), String::new(), &["create"]));
            }
            "namespaces" => found.push(("finalize", "Namespace".into(), String::new(), &["update"])),
            _ => {}
        }
        found
    }
}
