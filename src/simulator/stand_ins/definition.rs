//! A custom resource definition, as an operator's installation leaves it.

use serde_json::{Value, json};

/// One namespaced kind of one version, whose objects may hold anything.
pub struct Definition {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub short: &'static [&'static str],
    /// Name, JSON path and priority of what `kubectl get` shows.
    pub columns: &'static [(&'static str, &'static str, u8)],
    /// Whether the status is a resource of its own.
    pub status: bool,
    pub part_of: &'static str,
}

impl Definition {
    /// The object, with its names already accepted.
    pub fn object(&self) -> Value {
        let full = format!("{}.{}", self.plural, self.group);
        let names = json!({
            "kind": self.kind, "listKind": format!("{}List", self.kind), "plural": self.plural, "singular": self.kind.to_lowercase(),
            "shortNames": self.short,
        });
        let columns: Vec<Value> = self.columns
            .iter()
            .map(|(name, path, priority)| json!({"name": name, "type": "string", "jsonPath": path, "priority": priority}))
            .collect();
        let mut version = json!({
            "name": self.version, "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        });
        if !columns.is_empty() {
            version["additionalPrinterColumns"] = Value::Array(columns);
        }
        if self.status {
            version["subresources"] = json!({"status": {}});
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": full,
                "labels": {"app.kubernetes.io/name": full, "app.kubernetes.io/part-of": self.part_of},
            },
            "spec": {"group": self.group, "names": names, "scope": "Namespaced", "versions": [version]},
            "status": {
                "acceptedNames": names,
                "storedVersions": [self.version],
                "conditions": [
                    {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"},
                    {"type": "Established", "status": "True", "reason": "InitialNamesAccepted",
                     "message": "the initial names have been accepted"},
                ],
            },
        })
    }
}
