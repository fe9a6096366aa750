//! OpenAPI, as far as clients look at it: which parameters a patch takes, and the schemas of definitions.

use super::super::kinds::{Kind, Kinds};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `/openapi/v2`: a document without a word. kubectl then uses what it knows by itself.
pub fn second() -> Value {
    json!({
        "swagger": "2.0", "info": { "title": "Kubernetes", "version": super::VERSION.2 }, "paths": {}, "definitions": {},
    })
}

/// `/openapi/v3`: where the document of each group and version is.
pub fn index(kinds: &Kinds) -> Value {
    let mut paths = Map::new();
    let mut page = |place: String| {
        let url = format!("/openapi/v3/{place}?hash=0");
        paths.insert(place, json!({ "serverRelativeURL": url }));
    };
    page("api/v1".into());
    for (group, versions) in kinds.groups() {
        versions.iter().for_each(|version| page(format!("apis/{group}/{version}")));
    }
    json!({ "paths": paths })
}

/// The document of one group and version.
pub fn document(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let served = |kind: &Arc<Kind>| kind.group == group && kind.versions.iter().any(|it| it == version);
    let kinds: Vec<_> = kinds.all().into_iter().filter(served).collect();
    let first = kinds.first()?;
    let root = match group {
        "" => format!("/api/{version}"),
        group => format!("/apis/{group}/{version}"),
    };
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for kind in &kinds {
        let scope = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
        let gvk = json!({ "group": group, "version": version, "kind": kind.kind });
        let operation = |action: &str, names: &[&str]| {
            let one = |name: &&str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
            json!({
                "parameters": names.iter().map(one).collect::<Vec<_>>(), "responses": {},
                "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk,
            })
        };
        let write = ["dryRun", "fieldManager", "fieldValidation"];
        paths.insert(
            format!("{root}{scope}/{}", kind.plural),
            json!({ "get": operation("list", &["labelSelector"]), "post": operation("post", &write) }),
        );
        paths.insert(
            format!("{root}{scope}/{}/{{name}}", kind.plural),
            json!({ "get": operation("get", &[]), "put": operation("put", &write), "patch": operation("patch", &write) }),
        );
        schemas.insert(schema_name(kind, version), schema(kind, version, &gvk));
    }
    Some(json!({
        "openapi": "3.0.0", "info": { "title": format!("Kubernetes {}", first.api_version(version)), "version": super::VERSION.2 },
        "paths": paths, "components": { "schemas": schemas },
    }))
}

fn schema_name(kind: &Kind, version: &str) -> String {
    let domain = if kind.group.is_empty() { "io.k8s.api.core".to_owned() } else { kind.group.clone() };
    format!("{domain}.{version}.{}", kind.kind)
}

fn schema(kind: &Kind, version: &str, gvk: &Value) -> Value {
    let mut schema = kind.schemas.get(version).cloned().unwrap_or_else(|| {
        json!({
            "type": "object", "description": format!("{} of {}.", kind.kind, kind.api_version(version)),
            "x-kubernetes-preserve-unknown-fields": true,
        })
    });
    let described = |text: &str| json!({ "type": "string", "description": text });
    let fixed = [
        ("apiVersion", described("The version of the schema of this object.")),
        ("kind", described("The kind of this object.")),
        ("metadata", json!({ "type": "object", "description": "Name, labels and the like." })),
    ];
    for (name, value) in fixed {
        schema["properties"][name] = value;
    }
    schema["x-kubernetes-group-version-kind"] = json!([gvk]);
    schema
}
