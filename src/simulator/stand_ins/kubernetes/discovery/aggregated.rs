//! Discovery in one piece (`apidiscovery.k8s.io/v2`), as clients ask for it nowadays.

use super::super::kinds::{Kind, Kinds};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn core(kinds: &Kinds) -> Value {
    listed(vec![group(kinds, "", &["v1".to_owned()])])
}

pub fn groups(kinds: &Kinds) -> Value {
    listed(kinds.groups().iter().map(|(name, versions)| group(kinds, name, versions)).collect())
}

fn listed(items: Vec<Value>) -> Value {
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items })
}

fn group(kinds: &Kinds, name: &str, versions: &[String]) -> Value {
    let all = kinds.all();
    let version = |version: &String| {
        let served = |kind: &&Arc<Kind>| kind.group == name && kind.versions.contains(version);
        let resources: Vec<Value> = all.iter().filter(served).map(|kind| resource(kind, version)).collect();
        json!({ "version": version, "freshness": "Current", "resources": resources })
    };
    let mut metadata = json!({ "creationTimestamp": null });
    if !name.is_empty() {
        metadata["name"] = name.into();
    }
    json!({ "metadata": metadata, "versions": versions.iter().map(version).collect::<Vec<_>>() })
}

fn resource(kind: &Kind, version: &str) -> Value {
    let mut value = json!({
        "resource": kind.plural,
        "responseKind": { "group": kind.group, "version": version, "kind": kind.kind },
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": kind.verbs(),
    });
    if !kind.short_names.is_empty() {
        value["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        value["categories"] = json!(kind.categories);
    }
    let subresources: Vec<Value> =
        kind.subresources().into_iter().map(|it| subresource(kind, version, it)).collect();
    if !subresources.is_empty() {
        value["subresources"] = subresources.into();
    }
    value
}

fn subresource(
    kind: &Kind,
    version: &str,
    it: (&'static str, String, String, &'static [&'static str]),
) -> Value {
    let (name, speaks, api, verbs) = it;
    let (group, version) = match api.split_once('/') {
        Some(pair) => pair,
        None => (kind.group.as_str(), version),
    };
    json!({
        "subresource": name, "verbs": verbs,
        "responseKind": { "group": group, "version": version, "kind": speaks },
    })
}
