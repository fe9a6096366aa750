//! A kind as a CustomResourceDefinition describes it.

use super::{Column, Kind, ScalePaths};
use serde_json::Value;

/// The kind that a definition adds; `None` where its names or versions are missing.
pub fn defined(definition: &Value) -> Option<Kind> {
    let spec = definition.get("spec")?;
    let names = spec.get("names")?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(String::from);
    let list = |key: &str| -> Vec<String> {
        let items = names.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(String::from).collect()
    };
    let all = spec.get("versions")?.as_array()?;
    let flag = |version: &Value, key: &str| version.get(key).and_then(Value::as_bool);
    let mut served: Vec<&Value> = all.iter().filter(|it| flag(it, "served").unwrap_or(true)).collect();
    served.sort_by_cached_key(|it| std::cmp::Reverse(priority(&text(it, "name").unwrap_or_default())));
    let storage = all.iter().find(|it| flag(it, "storage") == Some(true)).or(served.first().copied());
    let subresource = |key: &str| storage.and_then(|it| it.get("subresources")).and_then(|it| it.get(key));
    let kind = text(names, "kind")?;
    Some(Kind {
        group: text(spec, "group")?,
        versions: served.iter().filter_map(|it| text(it, "name")).collect(),
        plural: text(names, "plural")?,
        singular: text(names, "singular").unwrap_or_else(|| kind.to_lowercase()),
        kind,
        short_names: list("shortNames"),
        categories: list("categories"),
        namespaced: text(spec, "scope").as_deref() != Some("Cluster"),
        status: subresource("status").is_some(),
        scale: subresource("scale").map(|scale| ScalePaths {
            spec: text(scale, "specReplicasPath").unwrap_or_else(|| ".spec.replicas".into()),
            status: text(scale, "statusReplicasPath").unwrap_or_else(|| ".status.replicas".into()),
            selector: text(scale, "labelSelectorPath"),
        }),
        review: false,
        custom: true,
        columns: served.iter().filter_map(|it| Some((text(it, "name")?, columns(it)))).collect(),
        schemas: served
            .iter()
            .filter_map(|it| Some((text(it, "name")?, it.get("schema")?.get("openAPIV3Schema")?.clone())))
            .collect(),
    })
}

/// Kubernetes' order of versions: stable before beta before alpha, then the larger number; others last.
fn priority(version: &str) -> (u8, u32, u32) {
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let major = rest[..digits].parse().ok()?;
        let (stage, minor) = match &rest[digits..] {
            "" => (3, "0"),
            it if it.starts_with("beta") => (2, &it[4..]),
            it if it.starts_with("alpha") => (1, &it[5..]),
            _ => return None,
        };
        Some((stage, major, minor.parse().unwrap_or(0)))
    };
    parse().unwrap_or((0, 0, 0))
}

fn columns(version: &Value) -> Vec<Column> {
    let columns = version.get("additionalPrinterColumns").and_then(Value::as_array);
    let Some(columns) = columns else {
        return vec![Column {
            name: "Age".into(),
            kind: "date".into(),
            description: String::new(),
            priority: 0,
            path: ".metadata.creationTimestamp".into(),
        }];
    };
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let column = |value: &Value| Column {
        name: text(value, "name"),
        kind: text(value, "type"),
        description: text(value, "description"),
        priority: value["priority"].as_i64().unwrap_or(0),
        path: text(value, "jsonPath"),
    };
    columns.iter().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_come_first() {
        let mut versions = vec!["v1alpha3", "v1beta1", "foo", "v1", "v1beta2", "v2"];
        versions.sort_by_key(|it| std::cmp::Reverse(priority(it)));
        assert_eq!(versions, ["v2", "v1", "v1beta2", "v1beta1", "v1alpha3", "foo"]);
    }
}
