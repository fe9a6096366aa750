//! One YAML document that a layout is told by, with its values and their lines.

use super::label::Label;
use crate::plain::plain;
use crate::yaml::{Document, first_key};
use domain::inventory::{Place, Said};
use domain::{Quotes, RepoPath, Scalar};
use std::collections::{HashMap, HashSet};

/// Anchors that are defined again and told of one document.
const MOST_TWICE: usize = 100;

/// Values in the order of the text, with aliases followed and merges made.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    pub label: Label,
    /// The line it begins at, from 1.
    pub line: u32,
    pub scalars: Vec<Scalar>,
    /// The last value of each field.
    fields: HashMap<Box<str>, usize>,
    /// The values by their fields.
    sorted: Vec<usize>,
}

impl Doc {
    pub fn new(label: Label, document: &Document) -> Self {
        let scalars = document.expanded();
        let fields = scalars.iter().enumerate().map(|(at, it)| (it.field.as_str().into(), at)).collect();
        let mut sorted: Vec<usize> = (0..scalars.len()).collect();
        sorted.sort_by(|a, b| scalars[*a].field.cmp(&scalars[*b].field));
        Self { label, line: document.line, fields, scalars, sorted }
    }

    /// The value of a field.
    pub fn scalar(&self, field: &str) -> Option<&Scalar> {
        self.fields.get(field).and_then(|at| self.scalars.get(*at))
    }

    /// The values whose fields begin so, by their fields.
    fn beginning(&self, with: &str) -> impl Iterator<Item = usize> {
        let from = self.sorted.partition_point(|at| self.scalars[*at].field.as_str() < with);
        let rest = &self.sorted[from..];
        let length = rest.partition_point(|at| self.scalars[*at].field.starts_with(with));
        rest[..length].iter().copied()
    }

    /// The same in the order of the text, each with the rest of its field.
    fn ordered(&self, all: impl Iterator<Item = usize>, cut: usize) -> Vec<(&str, &Scalar)> {
        let mut all: Vec<usize> = all.collect();
        all.sort_unstable();
        let of = |at: usize| self.scalars.get(at).map(|it| (it.field.get(cut..).unwrap_or_default(), it));
        all.into_iter().filter_map(of).collect()
    }

    /// The value as text; none where it is empty.
    pub fn value(&self, field: &str) -> Option<&str> {
        let found = self.scalar(field)?;
        let empty = found.value.is_empty() || (found.value == "~" && found.quotes != Quotes::Double);
        (!empty && !["{}", "[]", "null"].contains(&found.value.as_str())).then_some(found.value.as_str())
    }

    /// The value with its place, made safe to show; none where it is empty.
    pub fn said(&self, path: &RepoPath, field: &str) -> Option<Said> {
        self.value(field)?;
        let found = self.scalar(field)?;
        Some(Said::new(path, found.line, plain(found.value.trim())))
    }

    pub fn begins(&self, path: &RepoPath) -> Place {
        Place { file: path.clone(), line: self.line }
    }

    /// How many items the list at a field has.
    pub fn items(&self, field: &str) -> usize {
        let begin = format!("{field}[");
        let number = |at: usize| -> Option<usize> {
            self.scalars[at].field[begin.len()..].split(']').next()?.parse().ok()
        };
        self.beginning(&begin).filter_map(number).max().map_or(0, |it| it + 1)
    }

    /// The keys of the map at a field, in their order; of the document itself where the field is empty.
    pub fn keys(&self, field: &str) -> Vec<&str> {
        let begin = if field.is_empty() { String::new() } else { format!("{field}.") };
        let mut seen: HashSet<&str> = HashSet::new();
        let below = self.ordered(self.beginning(&begin), begin.len());
        let keys = below.into_iter().map(|(rest, _)| first_key(rest));
        keys.filter(|it| !it.is_empty() && seen.insert(*it)).collect()
    }

    /// Every value below a field, with the rest of its way.
    pub fn below(&self, field: &str) -> impl Iterator<Item = (&str, &Scalar)> {
        let (keys, items) = (format!("{field}."), format!("{field}["));
        let itself = self.fields.get(field).copied();
        let all = self.beginning(&keys).chain(self.beginning(&items)).chain(itself);
        self.ordered(all, field.len()).into_iter()
    }

    /// Anchors whose name is defined again in the document: the name, and both lines.
    pub fn anchors_twice(document: &Document) -> Vec<(String, u32, u32)> {
        let mut found = Vec::new();
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for anchor in document.anchors.iter().filter(|it| !it.name.is_empty()) {
            if found.len() == MOST_TWICE {
                break;
            }
            if let Some(before) = seen.insert(&anchor.name, anchor.line) {
                found.push((plain(&anchor.name).into_owned(), before, anchor.line));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn aliases_and_merges_are_followed() {
        let text = "v: &v v1.2.3\nused: *v\nnodes:\n  - &n\n    name: a\n    plane: true\n  - <<: *n\n    name: b\nall: *n\nlist: &l [1, 2]\nmore: *l\n";
        let read = yaml::documents(text).unwrap();
        let doc = Doc::new(Label::TalConfig, &read[0]);
        assert_eq!(doc.value("used"), Some("v1.2.3"));
        assert_eq!((doc.value("nodes[1].name"), doc.value("nodes[1].plane")), (Some("b"), Some("true")));
        assert_eq!((doc.value("all.name"), doc.value("all.none")), (Some("a"), None));
        assert_eq!((doc.items("nodes"), doc.items("more"), doc.items("v")), (2, 2, 0));
        assert_eq!(doc.keys(""), ["v", "used", "nodes", "all", "list", "more"]);
        assert_eq!(doc.keys("nodes[0]"), ["name", "plane"]);
        assert_eq!(doc.keys("nodes[1]"), ["plane", "name"]);
        let below: Vec<&str> = doc.below("nodes[0]").map(|it| it.0).collect();
        assert_eq!(below, [".name", ".plane"]);
    }

    #[test]
    fn a_circle_ends() {
        let read = yaml::documents("a: &a\n  b: *a\n").unwrap();
        let doc = Doc::new(Label::TalConfig, &read[0]);
        assert_eq!(doc.value("a.b.b.b.b.b.b.b.b.b.b.c"), None);
    }
}
