//! One YAML document that a layout is told by, with its values and their lines.

use super::label::Label;
use crate::plain::plain;
use crate::yaml::{Anchor, Document};
use domain::inventory::{Place, Said};
use domain::{Quotes, RepoPath, Scalar};
use std::collections::HashMap;

/// Aliases of aliases beyond this are a circle.
const DEEPEST: usize = 8;

#[derive(Debug, Clone)]
pub(crate) struct Doc {
    pub label: Label,
    /// The line it begins at, from 1.
    pub line: u32,
    pub scalars: Vec<Scalar>,
    /// The last value of each field.
    fields: HashMap<Box<str>, usize>,
    anchors: Vec<Anchor>,
}

impl Doc {
    pub fn new(label: Label, document: &Document) -> Self {
        let fields = document.scalars.iter().enumerate().map(|(at, it)| (it.field.as_str().into(), at));
        Self {
            label,
            line: document.line,
            fields: fields.collect(),
            scalars: document.scalars.clone(),
            anchors: document.anchors.clone(),
        }
    }

    /// The value of a field, also where an alias or a merge brings it.
    pub fn scalar(&self, field: &str) -> Option<&Scalar> {
        self.search(field, DEEPEST)
    }

    fn written(&self, field: &str) -> Option<&Scalar> {
        self.fields.get(field).and_then(|at| self.scalars.get(*at))
    }

    fn search(&self, field: &str, left: usize) -> Option<&Scalar> {
        let found = self.written(field);
        let Some(left) = left.checked_sub(1) else { return found };
        if let Some(found) = found {
            let behind = self.anchor(found).map(|it| it.field.clone());
            return match behind {
                Some(behind) if behind != field => self.search(&behind, left),
                _ => Some(found),
            };
        }
        // A part of the way may be an alias, or a map that another one is merged into.
        for (at, _) in field.match_indices(['.', '[']).collect::<Vec<_>>().into_iter().rev() {
            let (way, rest) = field.split_at(at);
            for name in [way.to_owned(), format!("{way}.<<")] {
                let Some(alias) = self.written(&name) else { continue };
                let Some(anchor) = self.anchor(alias).filter(|it| it.field != way) else { continue };
                if let Some(found) = self.search(&format!("{}{rest}", anchor.field), left) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// What an alias stands for.
    fn anchor(&self, alias: &Scalar) -> Option<&Anchor> {
        let id = alias.value.strip_prefix('*').filter(|_| alias.quotes == Quotes::Shared)?;
        let id: usize = id.parse().ok()?;
        self.anchors.iter().find(|it| it.id == id)
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
        let behind = self.written(field).and_then(|it| self.anchor(it));
        let field = behind.map_or(field, |it| it.field.as_str());
        let number = |it: &Scalar| -> Option<usize> {
            let rest = it.field.strip_prefix(field)?.strip_prefix('[')?;
            rest.split(']').next()?.parse().ok()
        };
        self.scalars.iter().filter_map(number).max().map_or(0, |it| it + 1)
    }

    /// The keys of the map at a field, in their order; of the document itself where the field is empty.
    pub fn keys(&self, field: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for scalar in &self.scalars {
            let rest = match field {
                "" => Some(scalar.field.as_str()),
                _ => scalar.field.strip_prefix(field).and_then(|it| it.strip_prefix('.')),
            };
            let Some(key) = rest.map(first_key).filter(|it| !it.is_empty()) else { continue };
            if found.last() != Some(&key) && !found.contains(&key) {
                found.push(key);
            }
        }
        found
    }

    /// Every value below a field, with the rest of its way.
    pub fn below<'a>(&'a self, field: &'a str) -> impl Iterator<Item = (&'a str, &'a Scalar)> {
        self.scalars.iter().filter_map(move |it| {
            let rest = it.field.strip_prefix(field)?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then_some((rest, it))
        })
    }

    /// Anchors whose name is defined again in the document: the name, and both lines.
    pub fn anchors_twice(document: &Document) -> Vec<(String, u32, u32)> {
        let mut found = Vec::new();
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for anchor in document.anchors.iter().filter(|it| !it.name.is_empty()) {
            if let Some(before) = seen.insert(&anchor.name, anchor.line) {
                found.push((plain(&anchor.name).into_owned(), before, anchor.line));
            }
        }
        found
    }
}

/// The first key of a way, as it is written there.
pub(super) fn first_key(way: &str) -> &str {
    let mut escaped = false;
    let end = way.find(|it| {
        let ends = !escaped && (it == '.' || it == '[');
        escaped = !escaped && it == '\\';
        ends
    });
    &way[..end.unwrap_or(way.len())]
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
    }

    #[test]
    fn a_circle_ends() {
        let read = yaml::documents("a: &a\n  b: *a\n").unwrap();
        let doc = Doc::new(Label::TalConfig, &read[0]);
        assert_eq!(doc.value("a.b.b.b.b.b.b.b.b.b.b.c"), None);
    }
}
