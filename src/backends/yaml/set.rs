//! One value of a YAML text set anew: its bytes are replaced and every other byte stays. The result is read again,
//! and is refused where anything but the meant value differs.

use super::path::{Step, ValuePath, escaped, joined};
use super::{Document, YamlFault, differences, documents};
use domain::{Quotes, Scalar, written};
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

    fn fits(&self, at: usize, document: &Document) -> bool {
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
    /// As [`Scalar::field`] has it.
    pub field: String,
    /// From 1.
    pub line: u32,
    pub before: String,
    pub after: String,
}

/// Why a value was not set. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetFault {
    #[error("it is no YAML: {0}")]
    NoYaml(YamlFault),
    #[error("it has no keys, so it is no YAML with values")]
    NoKeys,
    #[error("no document is {which}; there are {there}")]
    NoDocument { which: Which, there: String },
    #[error("{path} stands in {there}")]
    SeveralDocuments { path: String, there: String },
    #[error("there is no {path}{nearest}")]
    NoValue { path: String, nearest: String },
    #[error("{path} fits several items of the list")]
    SeveralItems { path: String },
    #[error("{path} holds other values, it is not one itself")]
    NotScalar { path: String },
    #[error("{path} is written twice, at line {first} and at line {second}")]
    Twice { path: String, first: u32, second: u32 },
    #[error("{path} at line {line} is shared with other places by an anchor or an alias")]
    Shared { path: String, line: u32 },
    #[error("{path} is a text over several lines that is folded or indented in its own way")]
    Block { path: String },
    #[error("{path} is {value} already")]
    Same { path: String, value: String },
    #[error("a value of that kind cannot stand at {path}")]
    Unfit { path: String },
    #[error("setting {path} would change {other} too")]
    Other { path: String, other: String },
    #[error("values are locked by SOPS")]
    Locked,
}

impl SetFault {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoYaml(_) | Self::NoKeys => "edit it as text: only a value of a YAML file can be set",
            Self::SeveralDocuments { .. } | Self::NoDocument { .. } => {
                "say which with --document KIND, KIND/NAME or N (from 0)"
            }
            Self::SeveralItems { .. } => "say which by its number: [0]",
            Self::NotScalar { .. } => "go on to one of the values in it",
            Self::Shared { .. } | Self::Block { .. } | Self::Twice { .. } => "edit it as text",
            Self::Locked => "edit it with the sops program, which keeps its seal",
            Self::NoValue { .. } | Self::Same { .. } | Self::Unfit { .. } | Self::Other { .. } => {
                return None;
            }
        })
    }
}

/// Where a value stands in the text, and how it is written.
struct Token {
    start: usize,
    end: usize,
    before: String,
    quotes: Quotes,
    line: u32,
    /// How far the lines of a block are indented, and the value it ends up as.
    block: Option<usize>,
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

/// The document that is meant: the one that is named, or the only one that has the path.
fn which(read: &[Document], wish: &SetValue<'_>) -> Result<usize, SetFault> {
    let fitting: Vec<usize> =
        (0..read.len()).filter(|at| wish.document.is_none_or(|which| which.fits(*at, &read[*at]))).collect();
    let told = |of: &[usize]| of.iter().map(|at| named(*at, &read[*at])).collect::<Vec<_>>().join(", ");
    if let (Some(which), []) = (wish.document, fitting.as_slice()) {
        let there = told(&(0..read.len()).collect::<Vec<_>>());
        return Err(SetFault::NoDocument { which: which.clone(), there });
    }
    if let [only] = fitting.as_slice() {
        return Ok(*only);
    }
    let having: Vec<usize> =
        fitting.iter().copied().filter(|at| resolved(&read[*at], wish.path).is_ok()).collect();
    match having.as_slice() {
        [only] => Ok(*only),
        [] => fitting.first().copied().ok_or_else(|| missing(None, wish.path)),
        several => Err(SetFault::SeveralDocuments { path: wish.path.to_string(), there: told(several) }),
    }
}

/// "0 (Cluster k8s)"
fn named(at: usize, document: &Document) -> String {
    match (document.value("kind"), document.value("metadata.name").or(document.value("name"))) {
        (Some(kind), Some(name)) => format!("{at} ({kind} {name})"),
        (Some(kind), None) => format!("{at} ({kind})"),
        _ => at.to_string(),
    }
}

/// How far a path leads in a document: the field of a value, and what of the path goes on inside of its text.
fn resolved<'a>(document: &Document, path: &'a ValuePath) -> Result<(String, &'a [Step]), SetFault> {
    let mut field = String::new();
    for (done, step) in path.0.iter().enumerate() {
        field = match step {
            Step::Key(key) => joined(&field, &escaped(key)),
            Step::Item(item) => format!("{field}[{item}]"),
            Step::Having { key, value } => having(document, &field, key, value, path)?,
        };
        let text = document.scalars.iter().find(|it| it.field == field);
        if text.is_some_and(|it| it.quotes == Quotes::Block) {
            return Ok((field, &path.0[done + 1..]));
        }
    }
    let inside = |it: &&Scalar| {
        it.field.strip_prefix(&field).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
    };
    match document.scalars.iter().any(|it| it.field == field) {
        true => Ok((field, &[])),
        false if document.scalars.iter().any(|it| inside(&it)) => {
            Err(SetFault::NotScalar { path: path.to_string() })
        }
        false => Err(missing(Some(document), path)),
    }
}

/// The item of a list whose `key` is `value`.
fn having(
    document: &Document,
    list: &str,
    key: &str,
    value: &str,
    path: &ValuePath,
) -> Result<String, SetFault> {
    let tail = format!("].{}", escaped(key));
    let item = |it: &Scalar| {
        let number = it.field.strip_prefix(list)?.strip_prefix('[')?.strip_suffix(&tail)?;
        (it.value == value && number.parse::<usize>().is_ok()).then(|| format!("{list}[{number}]"))
    };
    let mut found = document.scalars.iter().filter_map(item);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(SetFault::SeveralItems { path: path.to_string() }),
        (None, _) => Err(missing(Some(document), path)),
    }
}

/// There is no such value: say what there is at the place where the path is left.
fn missing(document: Option<&Document>, path: &ValuePath) -> SetFault {
    let nearest = document.and_then(|document| {
        (0..path.0.len()).rev().find_map(|length| {
            let base = ValuePath(path.0[..length].to_vec()).to_string();
            let mut next: Vec<&str> = document
                .scalars
                .iter()
                .filter_map(|it| it.field.strip_prefix(&base))
                .filter_map(|it| if base.is_empty() { Some(it) } else { it.strip_prefix('.') })
                .map(|it| it.split(['.', '[']).next().unwrap_or(it))
                .collect();
            next.dedup();
            (!next.is_empty()).then(|| {
                let of = if base.is_empty() { String::new() } else { format!("{base} ") };
                format!("; {of}has {}", next.into_iter().take(12).collect::<Vec<_>>().join(", "))
            })
        })
    });
    SetFault::NoValue { path: path.to_string(), nearest: nearest.unwrap_or_default() }
}

/// The token of a value, also where it stands in a text that is YAML itself, such as a patch.
fn locate(text: &str, document: &Document, path: &ValuePath) -> Result<(String, Token), SetFault> {
    let (field, rest) = resolved(document, path)?;
    let mut places = document.scalars.iter().filter(|it| it.field == field);
    let (Some(scalar), second) = (places.next(), places.next()) else {
        return Err(missing(Some(document), path));
    };
    if let Some(second) = second {
        return Err(SetFault::Twice { path: path.to_string(), first: scalar.line, second: second.line });
    }
    let mut token = Token {
        start: scalar.start as usize,
        end: scalar.end as usize,
        before: scalar.value.clone(),
        quotes: scalar.quotes,
        line: scalar.line,
        block: None,
    };
    if scalar.quotes != Quotes::Block {
        return Ok((field, token));
    }
    let unfit = || SetFault::Block { path: path.to_string() };
    let (first, indent) = content(text, &token).ok_or_else(unfit)?;
    if rest.is_empty() {
        token.block = Some(indent);
        return Ok((field, token));
    }
    let inner = &scalar.value;
    let rest = ValuePath(rest.to_vec());
    let read = documents(inner).map_err(SetFault::NoYaml)?;
    let wish = SetValue { document: None, path: &rest, value: "" };
    let (inside, found) = locate(inner, &read[which(&read, &wish)?], &rest)?;
    if found.block.is_some() {
        return Err(unfit());
    }
    // The same line and column in the text around it.
    let line = inner[..found.start].matches('\n').count();
    let column = found.start - inner[..found.start].rfind('\n').map_or(0, |it| it + 1);
    let start = first + line_start(&text[first..], line).ok_or_else(unfit)? + indent + column;
    let end = start + (found.end - found.start);
    if text.get(start..end) != inner.get(found.start..found.end) {
        return Err(unfit());
    }
    let line = u32::try_from(text[..start].matches('\n').count() + 1).unwrap_or(u32::MAX);
    Ok((joined(&field, &inside), Token { start, end, line, ..found }))
}

/// Where line `number` of `text` begins, from 0.
fn line_start(text: &str, number: usize) -> Option<usize> {
    match number {
        0 => Some(0),
        _ => text.match_indices('\n').nth(number - 1).map(|(at, _)| at + 1),
    }
}

/// Where the lines of a literal block begin, and how far they are indented. None for any other text. The span of a
/// block begins with its first letter, below the header and behind the indentation.
fn content(text: &str, token: &Token) -> Option<(usize, usize)> {
    let above = text.get(..token.start)?;
    let line = above.rfind('\n')? + 1;
    let header_end = above[..line].trim_end().len();
    let header = above[..header_end].lines().next_back()?;
    let header = header.split(" #").next()?.trim_end();
    // Neither folded nor with an indentation that is written out.
    header.trim_end_matches(['-', '+']).ends_with('|').then_some(())?;
    let first = header_end + above[header_end..].find('\n')? + 1;
    let indent = &above[line..];
    indent.bytes().all(|it| it == b' ').then_some((first, indent.len()))
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
