//! Which values of which objects a draft changes, by the structure of its files.

use super::land::Landed;
use super::path;
use super::source_map::object_in;
use super::text::clean;
use crate::yaml::{self, Document};
use domain::{ObjectRef, RepoPath, Scalar, ValueChange};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One object as a draft has it.
#[derive(Debug, Clone)]
pub struct Wished {
    pub object: ObjectRef,
    /// The whole object, as it is written.
    pub json: Value,
}

/// The objects that a draft makes or changes, as they would be. What SOPS has locked is no object yet.
pub(super) fn wished(landed: &[Landed]) -> Vec<Wished> {
    let mut found = Vec::new();
    for file in landed {
        let changed: Vec<ObjectRef> = of_file(file).into_iter().filter_map(|it| it.object).collect();
        let after = file.after.as_deref().unwrap_or_default();
        for document in serde_yaml::Deserializer::from_str(after) {
            let Ok(json) = Value::deserialize(document) else { break };
            let said = |at: &str| json.pointer(at).and_then(Value::as_str).unwrap_or_default();
            let group = said("/apiVersion").split_once('/').map_or("", |(group, _)| group);
            let same = |it: &&ObjectRef| {
                it.group == group
                    && it.kind == said("/kind")
                    && it.name == said("/metadata/name")
                    && it.namespace == said("/metadata/namespace")
            };
            let object = changed.iter().find(same).cloned();
            if let Some(object) = object.filter(|_| json.get("sops").is_none()) {
                found.push(Wished { object, json });
            }
        }
    }
    found
}

/// Every value that differs, file by file; none of a file that does not read.
pub(super) fn of(landed: &[Landed]) -> Vec<ValueChange> {
    landed
        .iter()
        .filter(|it| path::is_yaml(&it.path))
        .flat_map(|it| of_file(it).into_iter().take(ValueChange::MANY))
        .collect()
}

fn of_file(file: &Landed) -> Vec<ValueChange> {
    between(&file.path, file.before.as_deref(), file.after.as_deref())
}

/// Every value that differs between two texts, by the objects that they declare; nothing of a text that does not read.
pub(crate) fn between(path: &RepoPath, was: Option<&str>, is: Option<&str>) -> Vec<ValueChange> {
    let read = |text: Option<&str>| text.map(yaml::documents).transpose().unwrap_or_default();
    let (before, after) = (read(was).unwrap_or_default(), read(is).unwrap_or_default());
    let (before_of, after_of) = (named(before), named(after));
    let mut found = Vec::new();
    for key in before_of.keys().chain(after_of.keys().filter(|it| !before_of.contains_key(it))) {
        let change = |field: &str, before: Option<String>, after: Option<String>| ValueChange {
            path: path.clone(),
            object: key.1.clone(),
            field: clean(field),
            before: before.map(|it| shown(key.1.as_ref(), field, &it)),
            after: after.map(|it| shown(key.1.as_ref(), field, &it)),
            was: lines(before_of.get(key), field, was),
            is: lines(after_of.get(key), field, is),
        };
        match (before_of.get(key), after_of.get(key)) {
            (Some(one), Some(other)) => {
                let differ = yaml::differences(std::slice::from_ref(one), std::slice::from_ref(other));
                found.extend(
                    differ.into_iter().map(|(_, field, before, after)| change(&field, before, after)),
                );
            }
            (Some(_), None) => found.push(change("", Some(String::new()), None)),
            (None, Some(_)) => found.push(change("", None, Some(String::new()))),
            (None, None) => {}
        }
    }
    // A value that was changed is told once, not as one that goes and one that comes.
    let mut told: Vec<ValueChange> = Vec::new();
    for change in found {
        let same = |it: &&mut ValueChange| {
            it.object == change.object
                && it.field == change.field
                && it.after.is_none()
                && change.before.is_none()
        };
        match told.iter_mut().find(same).filter(|_| !change.field.is_empty()) {
            Some(known) => (known.after, known.is) = (change.after, change.is),
            None => told.push(change),
        }
    }
    told
}

/// The documents of a file by what they declare; those that declare nothing by their place.
fn named(documents: Vec<Document>) -> BTreeMap<(usize, Option<ObjectRef>), Document> {
    let name = |(at, document): (usize, Document)| match object_in(&document) {
        Some(object) => ((0, Some(object)), document),
        None => ((at, None), document),
    };
    documents.into_iter().enumerate().map(name).collect()
}

/// The first and the last line of a value, or of the whole document where no field is named.
fn lines(document: Option<&Document>, field: &str, text: Option<&str>) -> Option<(u32, u32)> {
    let document = document?;
    let last = |it: &Scalar| {
        let token = text?.get(it.start as usize..it.end as usize)?.trim_end();
        Some(it.line + u32::try_from(token.matches('\n').count()).ok()?)
    };
    if field.is_empty() {
        return Some((document.line, document.scalars.last().and_then(last).unwrap_or(document.line)));
    }
    let scalar = document.scalars.iter().find(|it| it.field == field)?;
    Some((scalar.line, last(scalar)?))
}

fn shown(object: Option<&ObjectRef>, field: &str, value: &str) -> String {
    let secret = object.is_some_and(|it| it.kind == "Secret" && it.group.is_empty());
    if secret && (field.starts_with("data.") || field.starts_with("stringData.")) {
        return "••••••••".into();
    }
    let last = field.rsplit('.').next().unwrap_or(field);
    let line = format!("{last}: {}", clean(value));
    domain::veiled(&line).get(last.len() + 2..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::object::tree::EntryKind;

    fn changes(before: &str, after: &str) -> Vec<ValueChange> {
        let text = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        let path = RepoPath("a.yaml".into());
        let landed =
            Landed { path, before: text(before), after: text(after), kind: EntryKind::Blob, values: None };
        of(&[landed])
    }

    fn said(before: &str, after: &str) -> Vec<String> {
        let told = |it: ValueChange| {
            let object = it.object.map(|it| it.name).unwrap_or_default();
            format!("{object} {} {:?} {:?}", it.field, it.before, it.after)
        };
        changes(before, after).into_iter().map(told).collect()
    }

    const ONE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n  a: x # why\n  b: y\n";

    #[test]
    fn values_are_told_by_their_object_and_comments_are_not() {
        assert_eq!(said(ONE, &ONE.replace("why", "because")), [""; 0]);
        assert_eq!(said(ONE, &ONE.replace("a: x", "a: z")), [r#"one data.a Some("x") Some("z")"#]);
        assert_eq!(
            said(ONE, &ONE.replace("  b: y\n", "  c: y\n")),
            [r#"one data.b Some("y") None"#, r#"one data.c None Some("y")"#]
        );
        // The object that stood first stands second now, and is the same.
        let other = ONE.replace("name: one", "name: two");
        assert_eq!(said(ONE, &format!("{other}---\n{ONE}")), [r#"two  None Some("")"#]);
        assert_eq!(said(ONE, ""), [r#"one  Some("") None"#]);
    }

    #[test]
    fn every_value_is_told_with_its_lines() {
        let lines = |before: &str, after: &str| {
            changes(before, after).into_iter().map(|it| (it.was, it.is)).collect::<Vec<_>>()
        };
        let moved = ONE.replace("\ndata:", "\n# more\ndata:").replace("a: x", "a: z");
        assert_eq!(lines(ONE, &moved), [(Some((5, 5)), Some((6, 6)))]);
        let block = |text: &str| ONE.replace("a: x # why", &format!("a: |\n    one\n    {text}\n    three"));
        assert_eq!(lines(&block("two"), &block("2")), [(Some((6, 8)), Some((6, 8)))]);
        assert_eq!(lines(ONE, &ONE.replace("  b: y\n", "")), [(Some((6, 6)), None)]);
        let both = format!("{ONE}---\n{}", ONE.replace("name: one", "name: two"));
        assert_eq!(lines(ONE, &both), [(None, Some((8, 13)))]);
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  user: hunter2\n";
        let said = said(secret, &secret.replace("hunter2", "hunter3"));
        assert!(said.len() == 1 && !said[0].contains("hunter"), "{said:?}");
    }
}
