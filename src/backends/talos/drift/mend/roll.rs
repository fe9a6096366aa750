//! The edit that has machines made anew: it changes nothing but when they were last wanted so.

use super::super::place::{Patch, Source};
use super::edit::{Edit, set, with_patch};
use crate::git::Tree;
use crate::yaml::{ValuePath, graft};
use domain::ObjectRef;
use serde_yaml::Value;

/// The annotation that says so where none does yet.
const TRIGGER: &str = "rollout-trigger";

/// Say `now` there. The error is for a person to read.
pub(super) fn edit(tree: &Tree, of: &ObjectRef, now: &str) -> Result<Edit, String> {
    let missing = || format!("no file of the repository declares {} {} as it is", of.kind, of.name);
    if of.kind == "MachineDeployment" {
        return deployment(tree, of, now).ok_or_else(missing);
    }
    let source = Source::of_object(tree, of).ok_or_else(missing)?;
    for patch in &source.patches {
        let Some(edit) = trigger(patch, tree, now) else { continue };
        return Ok(edit);
    }
    let entry = source.entry_or_list().ok_or_else(missing)?;
    let patch = format!("machine:\n  nodeAnnotations:\n    {TRIGGER}: \"{now}\"\n");
    with_patch(entry, tree, &patch)
        .ok_or_else(|| format!("the patches of {} cannot be added to: edit it by hand", of.name))
}

/// The annotation of a patch that says when.
fn trigger(patch: &Patch, tree: &Tree, now: &str) -> Option<Edit> {
    let (document, outer) = patch.inside.as_ref()?;
    let documents = patch.documents();
    let scalar = documents.iter().flat_map(|it| &it.scalars).find(|it| {
        it.field.strip_prefix("machine.nodeAnnotations.").is_some_and(|key| key.ends_with("trigger"))
    })?;
    let mut path = ValuePath::parse(outer).ok()?.0;
    path.extend(ValuePath::parse(&scalar.field).ok()?.0);
    set(&patch.path, super::text(tree, &patch.path)?, *document, &ValuePath(path), now)
}

/// A deployment says it itself: `spec.rollout.after`, and `spec.rolloutAfter` before v1beta2.
fn deployment(tree: &Tree, of: &ObjectRef, now: &str) -> Option<Edit> {
    let found = super::super::place::object(tree, of)?;
    let newer = found.document.value("apiVersion")?.ends_with("v1beta2");
    let at = ValuePath::parse(if newer { "spec.rollout.after" } else { "spec.rolloutAfter" }).ok()?;
    if let Some(edit) = set(&found.path, found.text, found.at, &at, now) {
        return Some(edit);
    }
    let text = graft::put(found.text, found.at, &at.0, &Value::String(now.to_owned()))?;
    Some(Edit { path: found.path, text, values: Vec::new() })
}
