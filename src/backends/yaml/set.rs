//! One value of a YAML text set anew: its bytes are replaced and every other byte stays. The result is read again,
//! and is refused where anything but the meant value differs.

use super::locate::{Token, content, locate, which};
use super::{Document, SetFault, ValuePath, differences, documents};
use domain::{Quotes, written};
use std::fmt;

/// What shall be set, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValue<'a> {
    /// Needed where more than one document has the path.
    pub document: Option<&'a Which>,
    pub path: &'a ValuePath,
    pub value: &'a str,
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// From 0.
    Number(usize),
    Kind {
        kind: String,
        name: Option<String>,
    },
}

impl Which {
    /// "2", "TalosControlPlane" or "TalosControlPlane/k8s-cp".
    pub fn parse(text: &str) -> Self {
        if let Ok(number) = text.parse() {
            return Self::Number(number);
        }
        let (kind, name) = text.split_once('/').map_or((text, None), |(kind, name)| (kind, Some(name)));
        Self::Kind { kind: kind.to_owned(), name: name.map(str::to_owned) }
    }

    pub(super) fn fits(&self, at: usize, document: &Document) -> bool {
        match self {
            Self::Number(number) => *number == at,
            Self::Kind { kind, name } => {
                let named = |it: &str| document.value("metadata.name").or(document.value("name")) == Some(it);
                document.value("kind") == Some(kind) && name.as_deref().is_none_or(named)
            }
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Kind { kind, name: None } => f.write_str(kind),
            Self::Kind { kind, name: Some(name) } => write!(f, "{kind}/{name}"),
        }
    }
}

/// The text with the value set, and what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    pub text: String,
    /// From 0.
    pub document: usize,
    /// As [`domain::Scalar::field`] has it.
    pub field: String,
    /// From 1.
    pub line: u32,
    pub before: String,
    pub after: String,
}

/// Set one value of `text`.
pub fn set(text: &str, wish: &SetValue<'_>) -> Result<Edited, SetFault> {
    let read = documents(text).map_err(SetFault::NoYaml)?;
    if read.iter().any(|it| it.scalars.iter().any(|it| it.value.starts_with("ENC["))) {
        return Err(SetFault::Locked);
    }
    if read.iter().all(|it| it.scalars.iter().all(|it| it.field.is_empty())) {
        return Err(SetFault::NoKeys);
    }
    let at = which(&read, wish)?;
    let (field, token) = locate(text, &read[at], wish.path)?;
    let path = || wish.path.to_string();
    if token.before == wish.value {
        return Err(SetFault::Same { path: path(), value: wish.value.to_owned() });
    }
    let new = match token.block {
        Some(indent) => block(text, &token, indent, wish.value),
        None => written(&token.before, wish.value, token.quotes),
    };
    let new = new.ok_or_else(|| match token.quotes {
        Quotes::Shared => SetFault::Shared { path: path(), line: token.line },
        Quotes::Block => SetFault::Block { path: path() },
        _ => SetFault::Unfit { path: path() },
    })?;
    let edited = format!("{}{new}{}", &text[..token.start], &text[token.end..]);
    proven(&read, &edited, at, wish, &field)?;
    let line = token.line;
    Ok(Edited { text: edited, document: at, field, line, before: token.before, after: wish.value.to_owned() })
}

/// A literal block with other lines in it: its header and its indentation stay.
fn block(text: &str, token: &Token, indent: usize, value: &str) -> Option<String> {
    let (first, _) = content(text, token)?;
    let old = text.get(token.start..token.end)?;
    let ending = if text[..first].ends_with("\r\n") { "\r\n" } else { "\n" };
    let lines = value.trim_end_matches('\n').split('\n').enumerate().map(|(at, line)| match at {
        // The first line stands behind its indentation already.
        0 => line.to_owned(),
        _ if line.is_empty() => String::new(),
        _ => format!("{:indent$}{line}", ""),
    });
    // What follows the last line of the block stays as it is.
    let tail = &old[old.trim_end().len()..];
    Some(format!("{}{tail}", lines.collect::<Vec<_>>().join(ending)))
}

/// Read the edited text again: the meant value is what was wished for, and nothing else differs.
fn proven(
    read: &[Document],
    edited: &str,
    at: usize,
    wish: &SetValue<'_>,
    field: &str,
) -> Result<(), SetFault> {
    let path = || wish.path.to_string();
    let again = documents(edited).map_err(|_| SetFault::Unfit { path: path() })?;
    let found = differences(read, &again);
    let other = |what: &str| SetFault::Other { path: path(), other: what.to_owned() };
    let [(document, outer, Some(_), Some(after))] = found.as_slice() else {
        let what = found.iter().map(|it| it.1.as_str()).find(|it| *it != field);
        return Err(other(what.unwrap_or("the shape of the file")));
    };
    if *document != at || !(field == outer || field.starts_with(outer.as_str())) {
        return Err(other(outer));
    }
    let meant = match field == outer {
        true => after.trim_end_matches('\n') == wish.value.trim_end_matches('\n'),
        // The value stands inside of a text that is YAML itself: read that again, too.
        false => {
            let inner = field[outer.len()..].trim_start_matches('.');
            let before = read[at].value(outer).map(documents);
            let (Some(Ok(before)), Ok(after)) = (before, documents(after)) else {
                return Err(SetFault::Unfit { path: path() });
            };
            let found = differences(&before, &after);
            matches!(found.as_slice(), [(_, it, Some(_), Some(value))] if it == inner && value == wish.value)
        }
    };
    if meant { Ok(()) } else { Err(SetFault::Unfit { path: path() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, path: &str, value: &str, document: Option<&str>) -> Result<Edited, SetFault> {
        let (path, which) = (ValuePath::parse(path).unwrap(), document.map(Which::parse));
        set(text, &SetValue { document: which.as_ref(), path: &path, value })
    }

    fn becomes(text: &str, path: &str, value: &str) -> String {
        edited(text, path, value, None).unwrap_or_else(|fault| panic!("{path}: {fault}")).text
    }

    const CLUSTER: &str = "# the cluster\nkind: Cluster\nmetadata: {name: k8s}\n---\n# its nodes\nkind: TalosControlPlane\nmetadata:\n  name: k8s-cp\nspec:\n  version: v1.34.3   # renovate: keep\n  replicas: 3\n  controlPlaneConfig:\n    strategicPatches:\n      - |\n        machine:\n          install:\n            image: 'factory/metal:v1.12.2' # two\n\n          time:\n            disabled: false\n      - |-\n        cluster: {}\n";

    #[test]
    fn only_the_token_changes() {
        let after = becomes(CLUSTER, "spec.version", "v1.35.0");
        assert_eq!(after, CLUSTER.replace("v1.34.3", "v1.35.0"));
        assert_eq!(becomes(CLUSTER, "spec.replicas", "5"), CLUSTER.replace("replicas: 3", "replicas: 5"));
        assert_eq!(becomes("a: [x, 'y']", "a[1]", "it's"), "a: [x, 'it''s']");
        let list = "list:\n- name: one\n  size: 1\n- {name: \"two\", size: 2}\n";
        assert_eq!(becomes(list, "list[name=two].size", "7"), list.replace("size: 2", "size: 7"));
        let dotted = "annotations:\n  a.b/c: \"1\"\n";
        assert_eq!(becomes(dotted, r"annotations.a\.b/c", "2"), dotted.replace('1', "2"));
    }

    #[test]
    fn marks_endings_and_the_missing_last_line_break_stay() {
        let text = "\u{feff}a: 1\r\nb: 'ä' # ü\r\nc: x";
        assert_eq!(becomes(text, "b", "ö"), text.replace('ä', "ö"));
        assert_eq!(becomes(text, "c", "z"), text.replace("c: x", "c: z"));
        assert_eq!(becomes(text, "a", "2"), text.replace("a: 1", "a: 2"));
    }

    #[test]
    fn values_inside_of_a_patch_are_reached() {
        let path = "spec.controlPlaneConfig.strategicPatches[0].machine.install.image";
        let edited = edited(CLUSTER, path, "factory/metal:v1.13.0", None).unwrap();
        assert_eq!(edited.text, CLUSTER.replace("metal:v1.12.2", "metal:v1.13.0"));
        assert_eq!((edited.line, edited.before.as_str()), (17, "factory/metal:v1.12.2"));
        let crlf = CLUSTER.replace('\n', "\r\n");
        assert_eq!(
            becomes(&crlf, path, "factory/metal:v1.13.0"),
            crlf.replace("metal:v1.12.2", "metal:v1.13.0")
        );
    }

    #[test]
    fn a_block_is_replaced_with_its_indentation() {
        let path = "spec.controlPlaneConfig.strategicPatches[1]";
        let after = becomes(CLUSTER, path, "cluster:\n  a: 1");
        assert_eq!(after, CLUSTER.replace("        cluster: {}", "        cluster:\n          a: 1"));
    }

    #[test]
    fn what_is_meant_must_be_clear() {
        let text = "kind: A\nx: 1\n---\nkind: B\nx: 1\n";
        assert!(matches!(edited(text, "x", "2", None), Err(SetFault::SeveralDocuments { .. })));
        assert_eq!(edited(text, "x", "2", Some("B")).unwrap().text, "kind: A\nx: 1\n---\nkind: B\nx: 2\n");
        assert_eq!(edited(text, "x", "2", Some("0")).unwrap().document, 0);
        assert!(matches!(edited(text, "x", "2", Some("C")), Err(SetFault::NoDocument { .. })));
        let fault = edited(CLUSTER, "spec.verison", "2", Some("TalosControlPlane/k8s-cp")).unwrap_err();
        assert!(fault.to_string().contains("spec has version, replicas, controlPlaneConfig"), "{fault}");
        assert!(matches!(edited("a: {b: 1}", "a", "2", None), Err(SetFault::NotScalar { .. })));
        assert!(matches!(
            edited("a: 1\na: 2\n", "a", "3", None),
            Err(SetFault::Twice { .. } | SetFault::NoYaml(_))
        ));
        assert!(matches!(edited("a: 1", "a", "1", None), Err(SetFault::Same { .. })));
    }

    #[test]
    fn what_cannot_be_set_alone_is_refused() {
        let shared = "a: &x v1\nb: *x\nc: &y {d: 1}\ne: *y\n";
        assert!(matches!(edited(shared, "a", "v2", None), Err(SetFault::Shared { line: 1, .. })));
        assert!(matches!(edited(shared, "c.d", "2", None), Err(SetFault::Shared { .. })));
        assert_eq!(becomes("a: &x v1 # alone\n", "a", "v2"), "a: &x v2 # alone\n");
        assert!(matches!(edited("a: >\n  b\n  c\n", "a", "d", None), Err(SetFault::Block { .. })));
        assert!(matches!(
            edited("a: ENC[AES256_GCM,data:x]\nsops: {}\n", "a", "b", None),
            Err(SetFault::Locked)
        ));
        assert!(edited("x = {\n  a = \"b\"\n}\n", "x", "y", None).is_err());
        assert!(matches!(edited("a: 1\n", "a", "b\nc", None), Err(SetFault::Unfit { .. })));
    }

    #[test]
    fn kinds_are_kept() {
        assert_eq!(becomes("a: v1.35\n", "a", "1.35"), "a: \"1.35\"\n");
        assert_eq!(becomes("a: 1.9\n", "a", "1.10"), "a: 1.10\n");
        assert_eq!(becomes("a: text # k\n", "a", "no"), "a: \"no\" # k\n");
        assert_eq!(becomes("a: on the way\n", "a", "12:30:00"), "a: \"12:30:00\"\n");
    }
}
