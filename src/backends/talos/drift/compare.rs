//! Two machine configs beside each other, by what they mean: field by field, items of lists by what they are called.

use super::forms;
use super::same::{is_nothing, is_usual, same, usual};
use crate::schema::TalosPlace;
use crate::talos::plan::Documents;
use crate::talos::plan::documents::{ANOTHER, words};
use crate::talos::redact::{self, MASK};
use crate::talos::tidy::plain;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;

/// A step on the way down to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    /// The item of a list whose `key` is `value`.
    Item {
        key: String,
        value: String,
    },
}

/// A field in which two configs differ. Its values are secret.
#[derive(Clone, PartialEq)]
pub(crate) struct Unequal {
    /// Kind and name of its document; empty for the main one.
    pub document: String,
    /// Empty where the whole document is on one side only.
    pub path: Vec<Step>,
    pub wanted: Option<Value>,
    pub live: Option<Value>,
    /// The same, masked and in words.
    pub told: (Option<String>, Option<String>),
    /// Something of it may not be shown.
    pub secret: bool,
}

impl Unequal {
    /// As a person writes it: `machine.network.interfaces[eth0].mtu`.
    pub(crate) fn field(&self) -> String {
        path_words(&self.path)
    }
}

pub(crate) fn path_words(path: &[Step]) -> String {
    path.iter().fold(String::new(), |text, step| match step {
        Step::Key(key) if text.is_empty() => plain(key),
        Step::Key(key) => format!("{text}.{}", plain(key)),
        Step::Item { value, .. } => format!("{text}[{}]", plain(value)),
    })
}

/// Keys that an item of a list is told apart by, the first that all items have.
const NAMES: [&str; 13] = [
    "interface",
    "deviceSelector",
    "name",
    "vlanId",
    "mountPath",
    "path",
    "address",
    "destination",
    "device",
    "slot",
    "subnet",
    "network",
    "ip",
];
/// Lists whose order says something, although their items have names: who is asked first.
const ORDERED: [&str; 1] = ["nameservers"];
/// Keys of a document that say which one it is.
const HEADINGS: [&str; 4] = ["apiVersion", "kind", "name", "version"];

/// A value, and the same with its secrets masked: of one shape.
#[derive(Clone, Copy)]
struct Side<'a> {
    is: &'a Value,
    shown: &'a Value,
}

impl<'a> Side<'a> {
    fn map(self) -> Option<&'a Mapping> {
        self.is.as_mapping()
    }

    fn list(self) -> Option<&'a Vec<Value>> {
        self.is.as_sequence()
    }

    fn at(self, key: &Value) -> Option<Self> {
        let is = self.is.as_mapping()?.get(key)?;
        Some(Self { is, shown: self.shown.as_mapping().and_then(|it| it.get(key)).unwrap_or(&HIDDEN) })
    }

    fn item(self, at: usize) -> Option<Self> {
        let is = self.is.as_sequence()?.get(at)?;
        Some(Self { is, shown: self.shown.as_sequence().and_then(|it| it.get(at)).unwrap_or(&HIDDEN) })
    }
}

/// Stands for what was masked together with what is around it.
static HIDDEN: Value = Value::Null;

/// Where `live` is not what is `wanted`.
pub(crate) fn compare(wanted: &Documents, live: &Documents) -> Vec<Unequal> {
    let (wanted, live) = forms::alike(wanted, live);
    let names: BTreeSet<&String> = wanted.all().iter().chain(live.all()).map(|(name, _)| name).collect();
    let mut found = Vec::new();
    for name in names {
        let (one, other) = (wanted.named(name), live.named(name));
        let (hidden_one, hidden_other) =
            (one.map(|it| redact::document(it.clone())), other.map(|it| redact::document(it.clone())));
        let one = one.zip(hidden_one.as_ref()).map(|(is, shown)| Side { is, shown });
        let other = other.zip(hidden_other.as_ref()).map(|(is, shown)| Side { is, shown });
        let mut walk = Walk { document: name, path: Vec::new(), found: &mut found };
        let place = TalosPlace::document(name.split(' ').next().unwrap_or_default());
        if !name.is_empty() && one.is_some() != other.is_some() {
            walk.tell(one, other);
            continue;
        }
        walk.maps(place, one, other);
    }
    found
}

struct Walk<'a> {
    document: &'a str,
    path: Vec<Step>,
    found: &'a mut Vec<Unequal>,
}

impl Walk<'_> {
    fn maps(&mut self, place: TalosPlace, one: Option<Side<'_>>, other: Option<Side<'_>>) {
        let keys = |it: Option<Side<'_>>| {
            it.and_then(Side::map).into_iter().flat_map(Mapping::keys).cloned().collect::<Vec<Value>>()
        };
        let mut all = keys(one);
        all.extend(keys(other).into_iter().filter(|it| !all.contains(it)).collect::<Vec<_>>());
        for key in all {
            let name = key_words(&key);
            if self.path.is_empty() && HEADINGS.contains(&name.as_str()) {
                continue;
            }
            let (one, other) = (one.and_then(|it| it.at(&key)), other.and_then(|it| it.at(&key)));
            self.path.push(Step::Key(name.clone()));
            self.values(place.key(&name), one, other);
            self.path.pop();
        }
    }

    fn values(&mut self, place: TalosPlace, one: Option<Side<'_>>, other: Option<Side<'_>>) {
        let telling = place.is_own() || usual(self.document, &self.path).is_some();
        let heard = |it: &Side<'_>| telling || !is_nothing(it.is);
        let (one, other) = (one.filter(heard), other.filter(heard));
        let is_map = |it: Option<Side<'_>>| it.is_none_or(|it| it.map().is_some_and(|it| !it.is_empty()));
        if one.is_none() && other.is_none() {
            return;
        }
        if is_map(one) && is_map(other) {
            return self.maps(place, one, other);
        }
        if let (Some(one), Some(other)) = (one, other)
            && same(one.is, other.is, &self.path)
        {
            return;
        }
        let ordered = matches!(self.path.last(), Some(Step::Key(key)) if ORDERED.contains(&key.as_str()));
        let by = |it: Option<Side<'_>>| it.map_or(Some(None), |it| Some(Some(named(it.list()?)?)));
        if !ordered && let (Some(wanted), Some(live)) = (by(one), by(other)) {
            return self.items(place, (one, wanted.unwrap_or_default()), (other, live.unwrap_or_default()));
        }
        if let (Some(said), None) | (None, Some(said)) = (one, other)
            && is_usual(self.document, &self.path, said.is)
        {
            return;
        }
        self.tell(one, other);
    }

    /// Items of two lists, each by what it is called.
    fn items(
        &mut self,
        place: TalosPlace,
        (one, wanted): (Option<Side<'_>>, Vec<Step>),
        (other, live): (Option<Side<'_>>, Vec<Step>),
    ) {
        let mut all = wanted.clone();
        all.extend(live.iter().filter(|it| !wanted.contains(it)).cloned());
        for step in all {
            let was = one.and_then(|it| it.item(wanted.iter().position(|it| *it == step)?));
            let is = other.and_then(|it| it.item(live.iter().position(|it| *it == step)?));
            self.path.push(step);
            if was.is_some() && is.is_some() {
                self.maps(place.item(), was, is);
            } else {
                self.tell(was, is);
            }
            self.path.pop();
        }
    }

    fn tell(&mut self, wanted: Option<Side<'_>>, live: Option<Side<'_>>) {
        let told = |it: Option<Side<'_>>| it.map(|it| words(it.shown));
        let secret = [wanted, live].into_iter().flatten().any(|it| it.is != it.shown);
        let (was, mut is) = (told(wanted), told(live));
        if is.is_some() && was == is {
            // Both are masked, in whole or in part: that they differ is all that may be said.
            is = is.map(|it| if it == MASK { ANOTHER.to_owned() } else { format!("{it} (another secret)") });
        }
        self.found.push(Unequal {
            document: self.document.to_owned(),
            path: self.path.clone(),
            wanted: wanted.map(|it| it.is.clone()),
            live: live.map(|it| it.is.clone()),
            told: (was, is),
            secret,
        });
    }
}

fn key_words(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        Value::Number(it) => it.to_string(),
        Value::Bool(it) => it.to_string(),
        _ => "?".into(),
    }
}

/// What each item of a list is called; none where one has no name, or the same as another.
fn named(list: &[Value]) -> Option<Vec<Step>> {
    let name = |item: &Value| {
        let map = item.as_mapping()?;
        NAMES.iter().find_map(|key| {
            let value = match map.get(*key)? {
                Value::String(text) => text.clone(),
                Value::Number(it) => it.to_string(),
                it @ Value::Mapping(_) => flow(it),
                _ => return None,
            };
            Some(Step::Item { key: (*key).to_owned(), value })
        })
    };
    let names: Option<Vec<Step>> = list.iter().map(name).collect();
    let names = names?;
    let twice = names.iter().enumerate().any(|(at, it)| names[..at].contains(it));
    (!twice).then_some(names)
}

/// A mapping in one line: "busPath: 00:*, physical: true".
fn flow(value: &Value) -> String {
    let text = serde_yaml::to_string(value).unwrap_or_default();
    text.trim_end().lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
