//! The custom resource definitions of Argo CD.

use serde_json::{Value, json};

/// Definitions with their names already accepted.
pub(crate) fn definitions() -> Vec<Value> {
    vec![
        definition(
            "Application",
            "applications",
            &["app", "apps"],
            &[
                ("Sync Status", ".status.sync.status", 0),
                ("Health Status", ".status.health.status", 0),
                ("Revision", ".status.sync.revision", 10),
                ("Project", ".spec.project", 10),
            ],
            false,
        ),
        definition("ApplicationSet", "applicationsets", &["appset", "appsets"], &[], true),
        definition("AppProject", "appprojects", &["appproj", "appprojs"], &[], false),
    ]
}

fn definition(kind: &str, plural: &str, short: &[&str], columns: &[(&str, &str, u8)], status: bool) -> Value {
    let names = json!({
        "kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase(),
        "shortNames": short,
    });
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, path, priority)| json!({"name": name, "type": "string", "jsonPath": path, "priority": priority}))
        .collect();
    let mut version = json!({
        "name": "v1alpha1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
    });
    if !columns.is_empty() {
        version["additionalPrinterColumns"] = Value::Array(columns);
    }
    if status {
        version["subresources"] = json!({"status": {}});
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{plural}.argoproj.io"),
            "labels": {"app.kubernetes.io/name": format!("{plural}.argoproj.io"), "app.kubernetes.io/part-of": "argocd"},
        },
        "spec": {"group": "argoproj.io", "names": names, "scope": "Namespaced", "versions": [version]},
        "status": {
            "acceptedNames": names,
            "storedVersions": ["v1alpha1"],
            "conditions": [
                {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"},
                {"type": "Established", "status": "True", "reason": "InitialNamesAccepted",
                 "message": "the initial names have been accepted"},
            ],
        },
    })
}
