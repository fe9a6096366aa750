//! What kind of lists and maps the fields of an object are: merged by key, sets, or all of a piece.

use super::super::kinds::Kind;
use serde_json::Value;

/// The place of a value within its kind.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// In a built-in kind: the name of the field, and of the field it is in. Items of a list have the list's names.
    Builtin { name: &'a str, parent: &'a str },
    /// In a custom kind, by its schema; `None` where the schema says nothing.
    Schema(Option<&'a Value>),
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListShape<'a> {
    /// Not at all.
    Atomic,
    /// By their value.
    Set,
    /// By these fields of theirs.
    Keyed(Vec<&'a str>),
}

impl<'a> Shape<'a> {
    /// The whole object of a kind.
    pub fn of(kind: &'a Kind, version: &str) -> Self {
        if kind.custom {
            Self::Schema(kind.schemas.get(version))
        } else {
            Self::Builtin { name: "", parent: "" }
        }
    }

    pub fn field<'b>(self, field: &'b str) -> Shape<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Builtin { name, .. } => Shape::Builtin { name: field, parent: name },
            Self::Schema(_) if field == "metadata" => Shape::Builtin { name: field, parent: "" },
            Self::Schema(schema) => Shape::Schema(schema.and_then(|it| {
                it.get("properties").and_then(|it| it.get(field)).or_else(|| it.get("additionalProperties"))
            })),
        }
    }

    pub fn item(self) -> Self {
        match self {
            Self::Builtin { .. } => self,
            Self::Schema(schema) => Self::Schema(schema.and_then(|it| it.get("items"))),
        }
    }

    pub fn list(self) -> ListShape<'a> {
        match self {
            Self::Builtin { name, parent } => builtin_list(name, parent),
            Self::Schema(Some(schema)) => match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => ListShape::Set,
                Some("map") => {
                    let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                    ListShape::Keyed(keys.filter_map(Value::as_str).collect())
                }
                _ => ListShape::Atomic,
            },
            Self::Schema(None) => ListShape::Atomic,
        }
    }

    /// Whether a map is all of a piece.
    pub fn is_atomic_map(self) -> bool {
        match self {
            Self::Builtin { name, .. } => matches!(
                name,
                "selector"
                    | "labelSelector"
                    | "podSelector"
                    | "namespaceSelector"
                    | "objectSelector"
                    | "nodeSelector"
                    | "fieldRef"
                    | "resourceFieldRef"
                    | "configMapKeyRef"
                    | "secretKeyRef"
                    | "claimRef"
                    | "roleRef"
                    | "involvedObject"
                    | "targetRef"
            ),
            Self::Schema(schema) => schema.is_some_and(|it| it["x-kubernetes-map-type"] == "atomic"),
        }
    }

    /// The field by which strategic merge patches tell items apart. Not quite the same as for apply.
    pub fn merge_key(self) -> Option<&'a str> {
        let Self::Builtin { name, .. } = self else { return None };
        if name == "taints" {
            return Some("key");
        }
        match self.list() {
            ListShape::Keyed(keys) => keys.first().copied(),
            _ => None,
        }
    }
}

fn builtin_list<'a>(name: &str, parent: &str) -> ListShape<'a> {
    let keyed = |keys: &[&'a str]| ListShape::Keyed(keys.to_vec());
    match (name, parent) {
        (
            "containers" | "initContainers" | "ephemeralContainers" | "env" | "volumes" | "imagePullSecrets",
            _,
        ) => keyed(&["name"]),
        ("secrets" | "webhooks" | "claims", _) => keyed(&["name"]),
        ("volumeMounts", _) => keyed(&["mountPath"]),
        ("volumeDevices", _) => keyed(&["devicePath"]),
        ("ports", "containers" | "initContainers" | "ephemeralContainers") => {
            keyed(&["containerPort", "protocol"])
        }
        ("ports", "spec") => keyed(&["port", "protocol"]),
        ("conditions", _) => keyed(&["type"]),
        ("addresses", "status") => keyed(&["type"]),
        ("ownerReferences", "metadata") => keyed(&["uid"]),
        ("hostAliases" | "podIPs" | "hostIPs", _) => keyed(&["ip"]),
        ("topologySpreadConstraints", _) => keyed(&["topologyKey", "whenUnsatisfiable"]),
        ("finalizers", _) => ListShape::Set,
        _ => ListShape::Atomic,
    }
}

/// The key of an item as managed fields write it: `k:{"name":"web"}`. `None` where a key is missing.
pub fn item_key(item: &Value, keys: &[&str]) -> Option<String> {
    let mut map = serde_json::Map::new();
    for key in keys {
        let value = match item.get(*key) {
            Some(value) => value.clone(),
            None if *key == "protocol" => "TCP".into(),
            None => return None,
        };
        map.insert((*key).to_owned(), value);
    }
    Some(format!("k:{}", Value::Object(map)))
}
