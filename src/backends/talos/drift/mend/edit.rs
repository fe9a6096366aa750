//! The edits of files that may make a field what it is in force, the likeliest first: the value in its patch, the key of
//! a talconfig, a key beside its siblings in a patch of the node, a patch of its own.

use super::super::compare::{Step, Unequal};
use super::super::place::{Entry, Hit, Patch, Sought, Source, scalar};
use crate::git::Tree;
use crate::yaml::{self, SetValue, Step as YamlStep, ValuePath, Which, graft};
use domain::{RepoPath, ScalarEdit};
use serde_yaml::{Mapping, Value};

/// One file as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub path: RepoPath,
    pub text: String,
    /// The values that are meant, where it is values alone.
    pub values: Vec<ScalarEdit>,
}

/// Every edit that may do it.
pub(super) fn edits(source: &Source<'_>, tree: &Tree, it: &Unequal) -> Vec<Edit> {
    let value = it.wanted.as_ref().map(scalar);
    let sought = Sought { document: &it.document, path: &it.path, value: value.as_deref() };
    let mut found = Vec::new();
    if it.path.is_empty() {
        found.extend(whole(source, tree, it));
        return found;
    }
    if let Some((at, hit)) = source.hit(&sought).filter(|(_, it)| !it.around) {
        found.extend(in_patch(&source.patches[at], &hit, tree, it));
    } else {
        found.extend(in_key(source, tree, &sought, it));
    }
    // Its own patches first: what is put in another is every node's.
    let own = source.patches.iter().rev().filter(|it| it.own || source.entry().is_none());
    found.extend(own.filter_map(|patch| beside(source, patch, tree, it)));
    found.extend(of_its_own(source, tree, it));
    found
}

/// The value where a patch says it.
fn in_patch(patch: &Patch, hit: &Hit, tree: &Tree, it: &Unequal) -> Option<Edit> {
    let file = super::text(tree, &patch.path)?;
    let inner = ValuePath::parse(&hit.field).ok()?;
    if let (Some(live), Some(_)) = (it.live.as_ref().map(scalar).filter(|it| it != "\0"), &hit.value) {
        // One value, in its own quotes.
        let (document, path) = match &patch.inside {
            Some((document, outer)) => {
                let mut path = ValuePath::parse(outer).ok()?.0;
                path.extend(inner.0.clone());
                (*document, ValuePath(path))
            }
            None => (hit.document, inner.clone()),
        };
        if let Some(edit) = set(&patch.path, file, document, &path, &live) {
            return Some(edit);
        }
    }
    let text = match &it.live {
        Some(live) if !hit.deletes => graft::put(patch.text(), hit.document, &inner.0, live)?,
        _ => graft::remove(patch.text(), hit.document, &inner.0)?,
    };
    written(patch, file, &text)
}

/// The file with one value as it shall be.
pub(super) fn set(path: &RepoPath, file: &str, document: usize, at: &ValuePath, value: &str) -> Option<Edit> {
    let which = Which::Number(document);
    let edited = yaml::set(file, &SetValue { document: Some(&which), path: at, value }).ok()?;
    let edit = ScalarEdit {
        document: u32::try_from(edited.document).ok()?,
        field: edited.field,
        before: edited.before,
        after: edited.after,
    };
    Some(Edit { path: path.clone(), text: edited.text, values: vec![edit] })
}

/// The file with a patch as it shall be.
fn written(patch: &Patch, file: &str, text: &str) -> Option<Edit> {
    let path = patch.path.clone();
    let Some((document, outer)) = &patch.inside else {
        return Some(Edit { path, text: text.to_owned(), values: Vec::new() });
    };
    let (which, at) = (Which::Number(*document), ValuePath::parse(outer).ok()?);
    let edited = yaml::set(file, &SetValue { document: Some(&which), path: &at, value: text }).ok()?;
    Some(Edit { path, text: edited.text, values: Vec::new() })
}

/// The key that it is rendered from.
fn in_key(source: &Source<'_>, tree: &Tree, sought: &Sought<'_>, it: &Unequal) -> Option<Edit> {
    let (path, document, hit) = source.key(sought)?;
    let (file, at) = (super::text(tree, &path)?, ValuePath::parse(&hit.field).ok()?);
    let Some(live) = &it.live else {
        let text = graft::remove(file, document, &at.0)?;
        return Some(Edit { path, text, values: Vec::new() });
    };
    let said = hit.value.as_deref()?;
    let (wanted, live) = (sought.value?, scalar(live));
    // The key may be a part of what is rendered of it: the version in an image.
    let value = match wanted == said {
        true => live,
        false => {
            let tail = wanted.strip_suffix(said).map(|it| it.len()).or_else(|| {
                let bare = said.trim_start_matches('v');
                wanted.strip_suffix(bare).map(|it| it.len())
            })?;
            let new = live.strip_prefix(wanted.get(..tail)?)?;
            new.to_owned()
        }
    };
    set(&path, file, document, &at, &value)
}

/// A key beside its siblings, in a patch that does not say it yet.
fn beside(source: &Source<'_>, patch: &Patch, tree: &Tree, it: &Unequal) -> Option<Edit> {
    let file = super::text(tree, &patch.path)?;
    let documents = patch.documents();
    let at = documents.iter().position(|document| patch.takes(document, &it.document))?;
    let value = it.live.clone().unwrap_or_else(|| deletion(source));
    let (path, value) = target(&documents[at], &it.path, value)?;
    let text = graft::put(patch.text(), at, &path, &value)?;
    written(patch, file, &text)
}

/// Where in a document of a patch a field goes, and what is put there.
fn target(document: &yaml::Document, path: &[Step], value: Value) -> Option<(Vec<YamlStep>, Value)> {
    let mut steps: Vec<YamlStep> = Vec::new();
    for (done, step) in path.iter().enumerate() {
        steps.push(match step {
            Step::Key(key) => YamlStep::Key(key.clone()),
            Step::Item { key, value: name } => {
                let base = ValuePath(steps.clone()).to_string();
                match Patch::item(document, &base, key, name) {
                    Some(at) => YamlStep::Item(at),
                    None => {
                        // A new item of the list, with what it is called and the field in it.
                        steps.push(YamlStep::Item(Patch::items(document, &base)));
                        return Some((steps, item(key, name, below(&path[done + 1..], value)?)?));
                    }
                }
            }
        });
    }
    Some((steps, value))
}

/// What takes a field away that is made elsewhere.
fn deletion(source: &Source<'_>) -> Value {
    Value::Mapping(Mapping::from_iter([(source.mark().into(), "delete".into())]))
}

/// A value below the steps that lead to it.
fn below(path: &[Step], value: Value) -> Option<Value> {
    path.iter().rev().try_fold(value, |value, step| match step {
        Step::Key(key) => Some(Value::Mapping(Mapping::from_iter([(key.as_str().into(), value)]))),
        Step::Item { key, value: name } => Some(Value::Sequence(vec![item(key, name, value)?])),
    })
}

/// An item of a list with what it is called.
fn item(key: &str, name: &str, value: Value) -> Option<Value> {
    let Value::Mapping(inner) = value else { return None };
    let mut item = Mapping::from_iter([(key.into(), Value::String(name.to_owned()))]);
    item.extend(inner);
    Some(Value::Mapping(item))
}

/// The document that a patch is, where it says but this.
fn alone(source: &Source<'_>, it: &Unequal) -> Option<Value> {
    let mut found = below(&it.path, it.live.clone().unwrap_or_else(|| deletion(source)))?;
    if !it.document.is_empty() {
        let (kind, name) = match it.document.split_once(' ') {
            Some((kind, name)) => (kind, Some(name)),
            None => (it.document.as_str(), None),
        };
        let mut document =
            Mapping::from_iter([("apiVersion".into(), "v1alpha1".into()), ("kind".into(), kind.into())]);
        document.extend(name.map(|it| ("name".into(), it.into())));
        document.extend(found.as_mapping()?.clone());
        found = Value::Mapping(document);
    }
    Some(found)
}

/// A patch for this field alone, in the entry of the node, or with the others of its machines.
fn of_its_own(source: &Source<'_>, tree: &Tree, it: &Unequal) -> Option<Edit> {
    let text = serde_yaml::to_string(&alone(source, it)?).ok()?;
    with_patch(source.entry_or_list()?, tree, &text)
}

/// A file with one more patch in it.
pub(super) fn with_patch(entry: Entry, tree: &Tree, patch: &str) -> Option<Edit> {
    let file = super::text(tree, &entry.path)?;
    let mut path = ValuePath::parse(&entry.list).ok()?.0;
    path.push(YamlStep::Item(entry.count));
    let text = graft::put(file, entry.document, &path, &Value::String(patch.to_owned()))?;
    Some(Edit { path: entry.path, text, values: Vec::new() })
}

/// A whole document that one side only has.
fn whole(source: &Source<'_>, tree: &Tree, it: &Unequal) -> Vec<Edit> {
    let mut found = Vec::new();
    match &it.live {
        Some(live) => {
            let own = source.patches.iter().rev().filter(|it| it.own && it.inside.is_none());
            found.extend(own.filter_map(|patch| {
                let text = graft::append(patch.text(), live)?;
                written(patch, super::text(tree, &patch.path)?, &text)
            }));
            let text = serde_yaml::to_string(live).ok();
            found.extend(text.and_then(|text| with_patch(source.entry_or_list()?, tree, &text)));
        }
        None => {
            let (kind, name) = it.document.split_once(' ').unwrap_or((&it.document, ""));
            let name = if name.is_empty() { String::new() } else { format!("name: {name}\n") };
            let text = format!("apiVersion: v1alpha1\nkind: {kind}\n{name}{}: delete\n", source.mark());
            found.extend(source.entry_or_list().and_then(|entry| with_patch(entry, tree, &text)));
        }
    }
    found
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
