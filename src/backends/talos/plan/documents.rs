//! A machine config as documents, and how two of them differ: field by field, and as lines, with secrets masked.

use crate::talos::redact::{self, MASK};
use crate::talos::tidy::plain;
use domain::{DiffLine, FieldChange, NodeRole};
use serde::Deserialize;
use serde_yaml::Value;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;

/// What stands where a secret differs from the one that was there.
pub(crate) const ANOTHER: &str = "•••••••• (another)";
/// Lines around a change that are shown with it.
const AROUND: usize = 3;
/// A value longer than this is cut.
const LONG: usize = 120;

/// The documents of a config, by what they are called; the main one has no name.
#[derive(Clone)]
pub(crate) struct Documents(Vec<(String, Value)>);

impl Documents {
    /// The error says where, and nothing of what is there.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut found = Vec::new();
        for document in serde_yaml::Deserializer::from_str(text) {
            let value = Value::deserialize(document).map_err(|err| match err.location() {
                Some(at) => format!("it does not read as YAML at line {}", at.line()),
                None => "it does not read as YAML".to_owned(),
            })?;
            if value != Value::Null {
                found.push((name(&value), value));
            }
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self(found))
    }

    /// The v1alpha1 document.
    pub(crate) fn main(&self) -> Option<&Value> {
        let main = self.0.iter().find(|(name, _)| name.is_empty());
        main.map(|(_, it)| it).filter(|it| it.get("machine").is_some() || it.get("cluster").is_some())
    }

    pub(crate) fn main_mut(&mut self) -> Option<&mut Value> {
        let main = self.0.iter_mut().find(|(name, _)| name.is_empty());
        main.map(|(_, it)| it)
    }

    /// Every document with what it is called.
    pub(crate) fn all(&self) -> &[(String, Value)] {
        &self.0
    }

    /// A document by its kind and name.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, it)| it)
    }

    /// The same, made where there is none yet. It says its kind: what of it is secret goes by that.
    pub(crate) fn named_or_new(&mut self, name: &str) -> &mut Value {
        let at = self.0.iter().position(|(it, _)| it == name).unwrap_or_else(|| {
            let (kind, own) = name.split_once(' ').map_or((name, None), |(kind, own)| (kind, Some(own)));
            let own = own.map(|it| ("name".into(), it.into()));
            let heading = std::iter::once(("kind".into(), kind.into())).chain(own);
            self.0.push((name.to_owned(), Value::Mapping(heading.collect())));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    pub(crate) fn role(&self) -> Option<NodeRole> {
        match self.main()?.get("machine")?.get("type")?.as_str()? {
            "controlplane" | "init" => Some(NodeRole::ControlPlane),
            "worker" | "join" => Some(NodeRole::Worker),
            _ => None,
        }
    }

    /// A word under `cluster` or `machine` of the main document.
    pub(crate) fn word(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(self.main()?, |it, step| it.get(step))?.as_str()
    }

    fn fields(&self) -> BTreeMap<(String, String), Value> {
        let mut fields = BTreeMap::new();
        for (name, value) in &self.0 {
            flatten(name, String::new(), value, &mut fields);
        }
        fields
    }
}

/// "HostnameConfig", "VolumeConfig EPHEMERAL"; empty for the main document.
fn name(document: &Value) -> String {
    let word = |key: &str| document.get(key).and_then(Value::as_str).map(plain);
    match (word("kind"), word("name")) {
        (Some(kind), Some(name)) => format!("{kind} {name}"),
        (Some(kind), None) => kind,
        (None, _) => String::new(),
    }
}

/// Every value that is no mapping, by its path. A list is one value: which item became which is not guessed.
fn flatten(document: &str, path: String, value: &Value, fields: &mut BTreeMap<(String, String), Value>) {
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = plain(key.as_str().unwrap_or("?"));
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(document, path, value, fields);
            }
        }
        value => _ = fields.insert((document.to_owned(), path), value.clone()),
    }
}

/// How one config differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub fields: Vec<FieldChange>,
    pub diff: Vec<DiffLine>,
}

impl Comparison {
    pub(crate) fn of(before: &Documents, after: &Documents) -> Self {
        let (old, new) = (before.fields(), after.fields());
        let (hidden_old, hidden_new) = (masked(before), masked(after));
        let (shown_old, mut shown_new) = (Documents(hidden_old), Documents(hidden_new));
        let keys: Vec<(String, String)> = {
            let mut keys: Vec<_> = old.keys().chain(new.keys()).cloned().collect();
            keys.sort();
            keys.dedup();
            keys.retain(|key| old.get(key) != new.get(key));
            keys
        };
        let (told_old, told_new) = (shown_old.fields(), shown_new.fields());
        let mut fields = Vec::new();
        for (document, field) in keys {
            let key = (document.clone(), field.clone());
            let (before, mut after) = (told_old.get(&key).map(words), told_new.get(&key).map(words));
            if before.is_some() && before == after {
                // Both are masked, in whole or in part: that they differ is all that may be said.
                mark(&mut shown_new, &document, &field);
                after = after
                    .map(|it| if it == MASK { ANOTHER.to_owned() } else { format!("{it} (another secret)") });
            }
            fields.push(FieldChange { document, field, before, after });
        }
        let diff = lines(&text(&shown_old), &text(&shown_new));
        Self { fields, diff }
    }
}

fn masked(documents: &Documents) -> Vec<(String, Value)> {
    documents.0.iter().map(|(name, value)| (name.clone(), redact::document(value.clone()))).collect()
}

/// Say at a masked field that it is another one.
fn mark(documents: &mut Documents, document: &str, field: &str) {
    let Some((_, value)) = documents.0.iter_mut().find(|(name, _)| name == document) else { return };
    if let Some(found) = descend(value, field)
        && found.as_str() == Some(MASK)
    {
        *found = Value::String(ANOTHER.into());
    }
}

/// The value at a path of [`flatten`]; keys may have dots in them.
fn descend<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let map = value.as_mapping_mut()?;
    let key = map.iter().find_map(|(key, _)| {
        let name = plain(key.as_str()?);
        let rest = path.strip_prefix(&name)?;
        (rest.is_empty() || rest.starts_with('.'))
            .then(|| (key.clone(), rest.trim_start_matches('.').to_owned()))
    });
    let (key, rest) = key?;
    let inner = map.get_mut(&key)?;
    if rest.is_empty() { Some(inner) } else { descend(inner, &rest) }
}

/// A value in a few words, without control characters.
pub(crate) fn words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => plain(text),
        Value::Null => "nothing".into(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        other => plain(serde_yaml::to_string(other).unwrap_or_default().trim()),
    };
    if text.chars().count() > LONG {
        let cut: String = text.chars().take(LONG).collect();
        return format!("{cut}…");
    }
    text
}

fn text(documents: &Documents) -> String {
    let texts: Vec<String> =
        documents.0.iter().filter_map(|(_, value)| serde_yaml::to_string(value).ok()).collect();
    texts.join("---\n")
}

fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let first = |at: Option<usize>| u32::try_from(at.unwrap_or(0) + 1).unwrap_or(u32::MAX);
        let (old, new) =
            (group.first().map(|it| it.old_range().start), group.first().map(|it| it.new_range().start));
        lines.push(DiffLine::Hunk { before: first(old), after: first(new) });
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = domain::revealed(change.value().trim_end_matches('\n'));
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Delete => DiffLine::Removed(text),
                ChangeTag::Insert => DiffLine::Added(text),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "machine:\n  type: worker\n  token: hunter2.one\n  sysctls: {net.core.somaxconn: '1024', vm.x: '1'}\n  ca: {crt: abc, key: hunter2key}\ncluster: {clusterName: home}\n---\nkind: HostnameConfig\nhostname: w-1\n";

    #[test]
    fn fields_that_differ_are_told_and_secrets_are_not() {
        let after = BEFORE
            .replace("'1024'", "'65535'")
            .replace("hunter2.one", "hunter2.two")
            .replace("kind: HostnameConfig\nhostname: w-1", "kind: HostnameConfig\nauto: stable");
        let (before, after) = (Documents::read(BEFORE).unwrap(), Documents::read(&after).unwrap());
        let found = Comparison::of(&before, &after);
        let told: Vec<String> = found
            .fields
            .iter()
            .map(|it| format!("{} {} {:?} {:?}", it.document, it.field, it.before, it.after))
            .collect();
        assert_eq!(
            told,
            [
                " machine.sysctls.net.core.somaxconn Some(\"1024\") Some(\"65535\")",
                " machine.token Some(\"••••••••\") Some(\"•••••••• (another)\")",
                "HostnameConfig auto None Some(\"stable\")",
                "HostnameConfig hostname Some(\"w-1\") None",
            ]
        );
        let diff = format!("{:?}", found.diff);
        assert!(!diff.contains("hunter2") && diff.contains("(another)") && diff.contains("65535"), "{diff}");
        assert_eq!(before.role(), Some(NodeRole::Worker));
        assert_eq!(before.word(&["cluster", "clusterName"]), Some("home"));
    }

    #[test]
    fn what_is_written_otherwise_is_no_difference() {
        let one = Documents::read("machine: {type: worker} # a comment\n").unwrap();
        let other = Documents::read("machine:\n    type: worker\n").unwrap();
        assert_eq!(Comparison::of(&one, &other), Comparison { fields: vec![], diff: vec![] });
        assert!(!Documents::read("token: hunter2: [").err().unwrap().contains("hunter2"));
    }
}
