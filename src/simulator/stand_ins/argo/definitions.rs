//! The custom resource definitions of Argo CD.

use crate::stand_ins::definition::Definition;
use serde_json::Value;

/// Definitions with their names already accepted.
pub(crate) fn definitions() -> Vec<Value> {
    let of = |kind, plural, short, columns, status| Definition {
        group: "argoproj.io",
        version: "v1alpha1",
        part_of: "argocd",
        kind,
        plural,
        short,
        columns,
        status,
    };
    let application = &[
        ("Sync Status", ".status.sync.status", 0),
        ("Health Status", ".status.health.status", 0),
        ("Revision", ".status.sync.revision", 10),
        ("Project", ".spec.project", 10),
    ];
    [
        of("Application", "applications", &["app", "apps"], application, false),
        of("ApplicationSet", "applicationsets", &["appset", "appsets"], &[], true),
        of("AppProject", "appprojects", &["appproj", "appprojs"], &[], false),
    ]
    .iter()
    .map(Definition::object)
    .collect()
}
