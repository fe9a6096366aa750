//! What identifies a resource, and the manifest that says how it should be.

use serde_json::{Map, Value, json};

/// Which application a resource belongs to, in Argo's own words.
pub const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// A resource by group, kind, namespace and name; the version is how the manifest speaks of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceId {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

/// A manifest as it will be applied.
#[derive(Debug, Clone)]
pub struct Desired {
    pub id: ResourceId,
    pub version: String,
    pub object: Value,
}

impl ResourceId {
    /// The resource that an object is. Objects without a kind or a name are none.
    pub fn of(object: &Value) -> Option<(Self, String)> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let api = text("/apiVersion")?;
        let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
        let id = Self {
            group: group.into(),
            kind: text("/kind")?.into(),
            namespace: text("/metadata/namespace").unwrap_or_default().into(),
            name: text("/metadata/name")?.into(),
        };
        Some((id, version.to_owned()))
    }

    /// The value of [`TRACKING`] on this resource.
    pub fn tracking(&self, application: &str) -> String {
        format!("{application}:{}/{}:{}/{}", self.group, self.kind, self.namespace, self.name)
    }

    /// `group/version`, or the version alone for the core group.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.into() } else { format!("{}/{version}", self.group) }
    }
}

impl Desired {
    /// Put the namespace and the mark of `application` on a manifest.
    pub fn of(mut object: Value, application: &str, namespace: &str, namespaced: bool) -> Option<Self> {
        let metadata = object.get_mut("metadata")?.as_object_mut()?;
        if namespaced && !metadata.contains_key("namespace") {
            metadata.insert("namespace".into(), json!(namespace));
        } else if !namespaced {
            metadata.remove("namespace");
        }
        let (id, version) = ResourceId::of(&object)?;
        let tracking = id.tracking(application);
        let metadata = object.get_mut("metadata")?.as_object_mut()?;
        let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
        if !annotations.is_object() {
            *annotations = Value::Object(Map::new());
        }
        annotations[TRACKING] = json!(tracking);
        Some(Self { id, version, object })
    }
}

/// The application that an object says it belongs to, if it is this very object that was marked.
pub fn tracked_by(object: &Value) -> Option<&str> {
    let mark = object["metadata"]["annotations"].get(TRACKING)?.as_str()?;
    let (id, _) = ResourceId::of(object)?;
    let (application, rest) = mark.split_once(':')?;
    (id.tracking("") == format!(":{rest}")).then_some(application)
}
