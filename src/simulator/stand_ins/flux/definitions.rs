//! The custom resource definitions of Flux.

use crate::control::{Kind, kinds};
use crate::stand_ins::definition::Definition;
use serde_json::Value;

const READY: (&str, &str, u8) = ("Ready", ".status.conditions[?(@.type==\"Ready\")].status", 0);
const STATUS: (&str, &str, u8) = ("Status", ".status.conditions[?(@.type==\"Ready\")].message", 0);
const URL: (&str, &str, u8) = ("URL", ".spec.url", 0);

/// Definitions with their names already accepted.
pub(crate) fn definitions() -> Vec<Value> {
    let of = |kind: Kind, short, columns| Definition {
        group: kind.group,
        version: kind.version,
        kind: kind.kind,
        plural: kind.plural,
        short,
        columns,
        status: true,
        part_of: "flux",
    };
    [
        of(kinds::GIT_REPOSITORY, &["gitrepo"], &[URL, READY, STATUS]),
        of(kinds::HELM_REPOSITORY, &["helmrepo"], &[URL, READY, STATUS]),
        of(kinds::KUSTOMIZATION, &["ks"], &[READY, STATUS]),
        of(kinds::HELM_RELEASE, &["hr"], &[READY, STATUS]),
    ]
    .iter()
    .map(Definition::object)
    .collect()
}
