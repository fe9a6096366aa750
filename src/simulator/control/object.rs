//! Reading an object as plain JSON: its name, its owners, its marks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Kind, Problem};

/// Namespace (empty for cluster-wide kinds) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            out.write_str(&self.name)
        } else {
            write!(out, "{}/{}", self.namespace, self.name)
        }
    }
}

/// The text at a JSON pointer; empty where there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

pub(crate) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

pub(crate) fn key(object: &Value) -> Key {
    Key::new(namespace(object), name(object))
}

pub(crate) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"].get(key).and_then(Value::as_str)
}

/// Whether somebody asked for the object to go.
pub(crate) fn deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Whether a person holds the controllers' hands off this object or off its whole cluster.
pub(crate) fn is_paused(cluster: Option<&Value>, object: &Value) -> bool {
    object["metadata"]["annotations"].get("cluster.x-k8s.io/paused").is_some()
        || cluster.is_some_and(|cluster| cluster["spec"]["paused"] == true)
}

/// The reference of the one owner that controls the object.
pub(crate) fn controller_of(object: &Value) -> Option<&Value> {
    object["metadata"]["ownerReferences"].as_array()?.iter().find(|it| it["controller"] == true)
}

/// Whether `owner` is among the object's owners.
pub(crate) fn owned_by(object: &Value, owner: &Value) -> bool {
    let uid = uid(owner);
    let owners = object["metadata"]["ownerReferences"].as_array();
    !uid.is_empty() && owners.is_some_and(|owners| owners.iter().any(|it| it["uid"] == uid))
}

/// A reference to `owner` as a dependent carries it.
pub(crate) fn owner_reference(kind: Kind, owner: &Value, controller: bool) -> Value {
    let mut reference = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "name": name(owner),
        "uid": uid(owner),
    });
    if controller {
        reference["controller"] = json!(true);
        reference["blockOwnerDeletion"] = json!(true);
    }
    reference
}

/// Add or take away a finalizer; the rest stay in their order.
pub(crate) fn set_finalizer(object: &mut Value, finalizer: &str, present: bool) {
    let mut all: Vec<Value> = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let before = all.len();
    all.retain(|it| it != finalizer);
    if present && before == all.len() {
        all.push(json!(finalizer));
    } else if present {
        return;
    }
    object["metadata"]["finalizers"] = Value::Array(all);
}

/// A moment (milliseconds since the epoch) as Kubernetes writes it: RFC 3339 in whole seconds.
pub(crate) fn timestamp(moment: i64) -> String {
    let whole = jiff::Timestamp::from_second(moment.div_euclid(1000)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    whole.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The text under a key of a secret.
pub(crate) fn secret_text(secret: &Value, key: &str) -> Result<String, Problem> {
    let wrong = |why: String| Problem::Other(format!("secret {}: {key}: {why}", name(secret)));
    let encoded = secret["data"][key].as_str().ok_or_else(|| wrong("missing".to_owned()))?;
    let bytes = STANDARD.decode(encoded).map_err(|error| wrong(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finalizer_is_added_once_and_taken_away() {
        let mut object = json!({"metadata": {"finalizers": ["other"]}});
        set_finalizer(&mut object, "mine", true);
        set_finalizer(&mut object, "mine", true);
        assert_eq!(object["metadata"]["finalizers"], json!(["other", "mine"]));
        set_finalizer(&mut object, "mine", false);
        assert_eq!(object["metadata"]["finalizers"], json!(["other"]));
    }

    #[test]
    fn moments_are_written_in_whole_seconds() {
        assert_eq!(timestamp(1_700_000_000_999), "2023-11-14T22:13:20Z");
    }
}
