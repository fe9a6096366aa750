//! Discovery as it always was: a list of groups, and a list of resources for each version.

use super::super::kinds::{Kind, Kinds};
use serde_json::{Value, json};

pub fn core_versions() -> Value {
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1" }],
    })
}

pub fn groups(kinds: &Kinds) -> Value {
    let groups: Vec<Value> =
        kinds.groups().iter().map(|(name, versions)| described(name, versions)).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

pub fn group(kinds: &Kinds, group: &str) -> Option<Value> {
    let (name, versions) = kinds.groups().into_iter().find(|(name, _)| name == group)?;
    let mut value = described(&name, &versions);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

fn described(name: &str, versions: &[String]) -> Value {
    let version = |it: &String| json!({ "groupVersion": format!("{name}/{it}"), "version": it });
    json!({
        "name": name,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(version),
    })
}

pub fn resources(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let served = |kind: &Kind| kind.group == group && kind.versions.iter().any(|it| it == version);
    let kinds: Vec<_> = kinds.all().into_iter().filter(|kind| served(kind)).collect();
    let first = kinds.first()?;
    let resources: Vec<Value> = kinds.iter().flat_map(|kind| lines(kind)).collect();
    Some(json!({
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": first.api_version(version), "resources": resources,
    }))
}

/// A resource and its subresources.
fn lines(kind: &Kind) -> Vec<Value> {
    let mut own = json!({
        "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
        "verbs": kind.verbs(),
    });
    if !kind.short_names.is_empty() {
        own["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        own["categories"] = json!(kind.categories);
    }
    let mut lines = vec![own];
    for (name, speaks, api, verbs) in kind.subresources() {
        let mut line = json!({
            "name": format!("{}/{name}", kind.plural), "singularName": "", "namespaced": kind.namespaced,
            "kind": speaks, "verbs": verbs,
        });
        if let Some((group, version)) = api.split_once('/') {
            line["group"] = group.into();
            line["version"] = version.into();
        }
        lines.push(line);
    }
    lines
}
