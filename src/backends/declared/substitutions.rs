//! What Flux puts into the objects of a Kustomization for `${name}`, as far as it is known.

use crate::yaml::{Node, What, nodes};
use serde_json::Value;
use std::collections::BTreeMap;

/// What stands for `${…}`. Values may be secrets of somebody's: they do not print.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Substitutions {
    values: BTreeMap<String, String>,
    /// Whether nothing but these can be put in: else a default may not be what counts.
    whole: bool,
}

impl std::fmt::Debug for Substitutions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Substitutions({})", self.values.len())
    }
}

/// Begins a text of which it is not known what is put in; no text of a cluster has it.
const UNKNOWN: char = '\0';

/// Whether it is not known what this text becomes.
pub(super) fn is_unknown(text: &str) -> bool {
    text.starts_with(UNKNOWN)
}

/// The text of a value that is not known, in the place of what is written.
pub(super) fn unknown(written: &str) -> String {
    format!("{UNKNOWN}{written}")
}

impl Substitutions {
    /// Of the `postBuild` of a Kustomization; none where nothing is put in.
    pub(super) fn of(build: &Value) -> Option<Self> {
        let said = build.get("substitute").and_then(Value::as_object).into_iter().flatten();
        let values: BTreeMap<String, String> =
            said.filter_map(|(name, it)| Some((name.clone(), it.as_str()?.to_owned()))).collect();
        let from = build.get("substituteFrom").and_then(Value::as_array);
        let whole = from.is_none_or(Vec::is_empty);
        (!whole || !values.is_empty()).then_some(Self { values, whole })
    }

    /// Put in what is known in all of an object. What is not known is marked in the place where it stands; a key that
    /// is not known is left out.
    pub(super) fn put_in(&self, node: &mut Node) {
        match &mut node.what {
            What::Scalar { text, .. } if text.contains("${") => node.what = self.value(text, node.line),
            What::Scalar { .. } => {}
            What::List(items) => items.iter_mut().for_each(|it| self.put_in(it)),
            What::Map(entries) => {
                entries.retain_mut(|(key, _)| match key.contains("${").then(|| self.text(key)) {
                    None => true,
                    Some(Some(whole)) => {
                        *key = whole;
                        true
                    }
                    Some(None) => false,
                });
                entries.iter_mut().for_each(|(_, it)| self.put_in(it));
            }
        }
    }

    /// Flux puts text into text, and reads the whole again: what is put in may be a number, or a list.
    fn value(&self, text: &str, line: u32) -> What {
        let Some(whole) = self.text(text) else { return What::Scalar { text: unknown(text), bare: false } };
        let is_all = text.starts_with("${") && text.find('}') == Some(text.len() - 1);
        if is_all && whole.starts_with(['[', '{', '"', '\'']) {
            return match nodes(&whole).ok().and_then(|all| all.into_iter().next()) {
                Some(mut node) => {
                    at_line(&mut node, line);
                    node.what
                }
                None => What::Scalar { text: unknown(text), bare: false },
            };
        }
        What::Scalar { text: whole, bare: true }
    }

    /// A text with what stands for `${name}` and `${name:=default}` put in; none where something is not known.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = match (after.strip_prefix('$'), after.strip_prefix('{')) {
                (Some(after), _) => {
                    out.push('$');
                    after
                }
                (None, Some(inner)) => {
                    let (name, after) = inner.split_once('}')?;
                    out.push_str(self.one(name)?);
                    after
                }
                (None, None) => {
                    out.push('$');
                    after
                }
            };
        }
        out.push_str(rest);
        Some(out)
    }

    fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let (name, usual) = match name.split_once(":=").or(name.split_once(":-")) {
            Some((name, usual)) => (name, Some(usual)),
            None => (name, None),
        };
        match (self.values.get(name).map(String::as_str), usual) {
            (Some(""), Some(usual)) => Some(usual),
            (Some(value), _) => Some(value),
            (None, usual) => usual.filter(|_| self.whole),
        }
    }
}

fn at_line(node: &mut Node, line: u32) {
    node.line = line;
    match &mut node.what {
        What::Map(entries) => entries.iter_mut().for_each(|(_, it)| at_line(it, line)),
        What::List(items) => items.iter_mut().for_each(|it| at_line(it, line)),
        What::Scalar { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn put_in(build: &Value, text: &str) -> Node {
        let mut node = nodes(text).unwrap().remove(0);
        Substitutions::of(build).unwrap().put_in(&mut node);
        node
    }

    #[test]
    fn what_is_known_is_put_in_and_what_is_not_is_marked() {
        let build = json!({"substitute": {"A": "web", "L": "[1, 2]", "E": ""}});
        let made =
            put_in(&build, "a: x-${A}\n${A}-b: ${L}\n${B}: 1\nc: ${B}\nd: $${A}\ne: ${E:=z}\nf: ${E}\n");
        assert_eq!(
            (made.said("a"), made.said("d"), made.said("e")),
            (Some("x-web"), Some("${A}"), Some("z"))
        );
        assert_eq!(made.get("web-b").unwrap().items().len(), 2);
        assert_eq!(made.entries().len(), 6, "a key that is not known is left out");
        assert!(made.said("c").is_some_and(is_unknown) && made.get("f").unwrap().is_null());
        assert!(!format!("{:?}", Substitutions::of(&build)).contains("web"));
    }

    #[test]
    fn nothing_is_put_in_where_nothing_is_named() {
        assert!(Substitutions::of(&json!({})).is_none());
        assert!(Substitutions::of(&json!({"substituteFrom": [{"kind": "Secret"}]})).is_some());
    }
}
