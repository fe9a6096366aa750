//! The custom resource definitions of the Cluster API family, as an operator of the world would have installed them.

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value, json};

const TABLE: &str = include_str!("crds.json");
const FIELDS: &str = include_str!("fields.yaml");

#[derive(Debug, Deserialize)]
struct Definition {
    group: String,
    kind: String,
    plural: String,
    short: Vec<String>,
    family: Family,
    #[serde(default)]
    scale: bool,
    columns: Vec<Column>,
}

/// Who ships the kind: it decides the versions that are served and the contract that is promised.
#[derive(Debug, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Family {
    Core,
    Talos,
    Hetzner,
    Addons,
    Inventory,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Column {
    Shown(String, String, String),
    Wide(String, String, String, i64),
}

/// The definitions, each an `apiextensions.k8s.io/v1` object with its names already accepted; an error is a slip in
/// the table beside this file.
pub(crate) fn capi_crds() -> Result<Vec<Value>, serde_json::Error> {
    let definitions: Vec<Definition> = serde_json::from_str(TABLE)?;
    let fields: Value = serde_yaml::from_str(FIELDS).map_err(serde_json::Error::custom)?;
    Ok(definitions.iter().map(|it| crd(it, &fields)).collect())
}

/// Served versions, the stored one first, and which of them is deprecated.
fn versions(family: Family) -> &'static [(&'static str, bool)] {
    match family {
        Family::Core => &[("v1beta2", false), ("v1beta1", true)],
        Family::Talos | Family::Inventory => &[("v1alpha3", false)],
        Family::Hetzner => &[("v1beta1", false)],
        Family::Addons => &[("v1alpha1", false)],
    }
}

/// The label by which Cluster API finds which version of a provider's kind speaks which contract.
fn labels(family: Family) -> Value {
    match family {
        Family::Core => {
            json!({"cluster.x-k8s.io/provider": "cluster-api", "cluster.x-k8s.io/v1beta1": "v1beta1",
            "cluster.x-k8s.io/v1beta2": "v1beta2"})
        }
        Family::Talos => {
            json!({"cluster.x-k8s.io/provider": "talos", "cluster.x-k8s.io/v1beta1": "v1alpha3"})
        }
        Family::Hetzner => {
            json!({"cluster.x-k8s.io/provider": "infrastructure-hetzner", "cluster.x-k8s.io/v1beta1": "v1beta1"})
        }
        Family::Addons => {
            json!({"cluster.x-k8s.io/provider": "addon-helm", "cluster.x-k8s.io/v1beta1": "v1alpha1"})
        }
        Family::Inventory => {
            json!({"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "inventory"})
        }
    }
}

/// A shape of the table of fields as OpenAPI writes it.
fn schema(shape: &Value) -> Value {
    let values = |said: &str| said.split('|').map(ToOwned::to_owned).collect::<Vec<_>>();
    match shape {
        Value::String(said) => match said.as_str() {
            "text" => json!({"type": "string"}),
            "number" => json!({"type": "integer"}),
            "yes" => json!({"type": "boolean"}),
            "number or text" => json!({"x-kubernetes-int-or-string": true}),
            "any" => json!({"x-kubernetes-preserve-unknown-fields": true}),
            said => json!({"type": "string", "enum": values(said)}),
        },
        Value::Array(list) => {
            let mut schema = json!({"type": "array", "items": list.first().map(schema)});
            let keys: Vec<&Value> = list.iter().skip(1).collect();
            match keys.as_slice() {
                [] => schema["x-kubernetes-list-type"] = json!("atomic"),
                [only] if *only == "=" => schema["x-kubernetes-list-type"] = json!("set"),
                keys => {
                    schema["x-kubernetes-list-type"] = json!("map");
                    schema["x-kubernetes-list-map-keys"] = json!(keys);
                }
            }
            schema
        }
        Value::Object(fields) => match fields.get("*") {
            Some(of) => json!({"type": "object", "additionalProperties": schema(of)}),
            None => {
                let fields: Map<String, Value> =
                    fields.iter().map(|(key, of)| (key.clone(), schema(of))).collect();
                json!({"type": "object", "properties": fields})
            }
        },
        _ => json!({"x-kubernetes-preserve-unknown-fields": true}),
    }
}

fn crd(definition: &Definition, fields: &Value) -> Value {
    let columns: Vec<Value> = definition.columns.iter().map(column).collect();
    let mut subresources = Map::from_iter([("status".to_owned(), json!({}))]);
    if definition.scale {
        let mut scale =
            json!({"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"});
        scale["labelSelectorPath"] = json!(".status.selector");
        subresources.insert("scale".to_owned(), scale);
    }
    let served = versions(definition.family);
    let versions: Vec<Value> = served
        .iter()
        .enumerate()
        .map(|(place, (name, deprecated))| {
            let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
            // The table tells of the newest version of each kind.
            let spec = fields.get(&definition.kind).filter(|_| place == 0).map_or(anything.clone(), schema);
            let mut version = json!({
                "name": name,
                "served": true,
                "storage": place == 0,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "description": format!("{} is the Schema for the {} API.", definition.kind, definition.plural),
                    "properties": {"spec": spec, "status": anything},
                }},
                "subresources": subresources,
                "additionalPrinterColumns": columns,
            });
            if *deprecated {
                version["deprecated"] = json!(true);
            }
            version
        })
        .collect();
    let names = json!({
        "kind": definition.kind,
        "listKind": format!("{}List", definition.kind),
        "plural": definition.plural,
        "singular": definition.kind.to_lowercase(),
        "shortNames": definition.short,
        "categories": ["cluster-api"],
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{}", definition.plural, definition.group), "labels": labels(definition.family)},
        "spec": {
            "group": definition.group,
            "names": names,
            "scope": "Namespaced",
            "versions": versions,
            "conversion": {"strategy": "None"},
        },
        "status": {
            "acceptedNames": names,
            "storedVersions": [served[0].0],
            "conditions": [
                {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found",
                 "lastTransitionTime": "2026-01-12T09:14:02Z"},
                {"type": "Established", "status": "True", "reason": "InitialNamesAccepted",
                 "message": "the initial names have been accepted", "lastTransitionTime": "2026-01-12T09:14:02Z"},
            ],
        },
    })
}

fn column(column: &Column) -> Value {
    let (name, form, path, priority) = match column {
        Column::Shown(name, form, path) => (name, form, path, 0),
        Column::Wide(name, form, path, priority) => (name, form, path, *priority),
    };
    json!({"name": name, "type": form, "jsonPath": path, "priority": priority})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_every_kind_has_one_stored_version() {
        let crds = capi_crds().unwrap();
        assert!(
            crds.iter()
                .any(|crd| crd["metadata"]["name"] == "taloscontrolplanes.controlplane.cluster.x-k8s.io")
        );
        for crd in &crds {
            let versions = crd["spec"]["versions"].as_array().unwrap();
            assert_eq!(
                versions.iter().filter(|it| it["storage"] == true).count(),
                1,
                "{}",
                crd["metadata"]["name"]
            );
        }
    }

    #[test]
    fn a_machine_is_served_in_both_versions() {
        let crds = capi_crds().unwrap();
        let machine = crds.iter().find(|crd| crd["spec"]["names"]["kind"] == "Machine").unwrap();
        let names: Vec<&str> = machine["spec"]["versions"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["name"].as_str())
            .collect();
        assert_eq!(names, ["v1beta2", "v1beta1"]);
    }
}
