//! The path of a value, as people type it: keys joined by dots, items of lists in brackets.

use std::fmt;

/// `spec.template.containers[name=web].image`: a dot inside a key is written `\.`, an item of a list by its number
/// from 0 or by a value that one of its keys has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath(pub Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Item(usize),
    /// The item whose `key` has this value.
    Having {
        key: String,
        value: String,
    },
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no path: {why}")]
pub struct PathFault {
    pub path: String,
    pub why: &'static str,
}

impl ValuePath {
    pub fn parse(path: &str) -> Result<Self, PathFault> {
        let fault = |why| PathFault { path: path.to_owned(), why };
        let mut steps = Vec::new();
        let mut rest = path.trim_start_matches('.');
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let end = closing(inner).ok_or(fault("a bracket is not closed"))?;
                steps.push(item(&inner[..end]).ok_or(fault("brackets hold a number or key=value"))?);
                rest = &inner[end + 1..];
                match rest.strip_prefix('.') {
                    Some(after) if !after.is_empty() => rest = after,
                    None if rest.is_empty() || rest.starts_with('[') => {}
                    _ => return Err(fault("after a bracket comes a dot and a key, or another bracket")),
                }
                continue;
            }
            let (key, after) = key(rest);
            if key.is_empty() {
                return Err(fault("a key is empty"));
            }
            steps.push(Step::Key(key));
            rest = match after.strip_prefix('.') {
                Some("") => return Err(fault("it ends with a dot")),
                Some(after) => after,
                None => after,
            };
        }
        if steps.is_empty() { Err(fault("it is empty")) } else { Ok(Self(steps)) }
    }
}

/// Where the bracket that was opened is closed; one inside of quotes does not count.
fn closing(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in inner.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ']') => return Some(at),
            _ => {}
        }
    }
    None
}

fn item(inner: &str) -> Option<Step> {
    match inner.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            let value = value.trim();
            let bare = |quote: char| value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
            let value = bare('"').or_else(|| bare('\'')).unwrap_or(value).to_owned();
            Some(Step::Having { key: key.trim().to_owned(), value })
        }
        Some(_) => None,
        None => inner.trim().parse().ok().map(Step::Item),
    }
}

/// The key that `rest` begins with, and what follows it.
fn key(rest: &str) -> (String, &str) {
    let mut key = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => key.extend(letters.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return (key, &rest[at..]),
            _ => key.push(letter),
        }
    }
    (key, "")
}

/// A key as it stands in a path.
pub(super) fn escaped(key: &str) -> String {
    let mut written = String::with_capacity(key.len());
    for letter in key.chars() {
        if matches!(letter, '.' | '[' | '\\') {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

/// The first key of a way, as it is written there.
pub(crate) fn first_key(way: &str) -> &str {
    let mut escaped = false;
    let end = way.find(|it| {
        let ends = !escaped && (it == '.' || it == '[');
        escaped = !escaped && it == '\\';
        ends
    });
    &way[..end.unwrap_or(way.len())]
}

/// The part of a path that leads to a step's place: `base` with `step` behind it.
pub(super) fn joined(base: &str, step: &str) -> String {
    if base.is_empty() { step.to_owned() } else { format!("{base}.{step}") }
}

/// The path of what a map has under `key`.
pub fn below(base: &str, key: &str) -> String {
    joined(base, &escaped(key))
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.iter().fold(String::new(), |path, step| match step {
            Step::Key(key) => joined(&path, &escaped(key)),
            Step::Item(at) => format!("{path}[{at}]"),
            Step::Having { key, value } => format!("{path}[{key}={value}]"),
        });
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_written_alike() {
        for path in [
            "talosVersion",
            "spec.version",
            "resources[0]",
            "[2].name",
            "spec.containers[name=web].image",
            "controlPlane.patches[0].machine.install.image",
            r"metadata.annotations.argocd\.argoproj\.io/sync-wave",
            "a[0][1].b",
        ] {
            assert_eq!(ValuePath::parse(path).unwrap().to_string(), path);
        }
        let quoted = ValuePath::parse("a[name=\"x]y\"].b").unwrap();
        assert_eq!(quoted.0[1], Step::Having { key: "name".into(), value: "x]y".into() });
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", ".", "a.", "a..b", "a[", "a[x]", "a[0]b", "a[=x]"] {
            assert!(ValuePath::parse(path).is_err(), "{path}");
        }
    }
}
