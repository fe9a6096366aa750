//! Reading YAML as it is written: every value with its place.

use super::YamlFault;
use super::events::events;
use super::path::{escaped, joined};
use domain::{Quotes, Scalar};
use granit_parser::{Event, ScalarStyle, Span};
use std::collections::HashSet;
use std::ops::Range;

/// One document of a YAML text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The line its content begins at, from 1.
    pub line: u32,
    /// Every value, in the order of the text. An empty list or map is one, too, so that nothing is left out.
    pub scalars: Vec<Scalar>,
    /// What has an anchor. An alias is the value `*` and the number of its anchor, shared.
    pub anchors: Vec<Anchor>,
}

/// A value, a list or a map that other places may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Never used twice in a text, not even where a name is.
    pub id: usize,
    pub name: String,
    /// From 1.
    pub line: u32,
    /// The field that it stands at.
    pub field: String,
    pub(super) values: Range<usize>,
}

impl Document {
    pub fn value(&self, field: &str) -> Option<&str> {
        self.scalars.iter().find(|it| it.field == field).map(|it| it.value.as_str())
    }
}

/// Every value has its whole path: a longer one no person writes, and more of them no memory should hold.
const LONGEST: usize = 4 * 1024;
const MOST: usize = 64 << 20;

/// Where the reader is inside of lists and maps.
enum Level {
    Map { key: Option<String>, base: usize, empty: bool },
    List { next: usize, base: usize },
}

/// Read every document of `text`.
pub fn documents(text: &str) -> Result<Vec<Document>, YamlFault> {
    let mut reader = Reader::default();
    for next in events(text) {
        let (event, span) = next?;
        reader.read(event, &span, text);
        if let Some(why) = reader.fault {
            return Err(YamlFault { line: line(&span), column: 1, why: why.to_owned() });
        }
    }
    Ok(reader.documents)
}

#[derive(Default)]
struct Reader {
    documents: Vec<Document>,
    levels: Vec<Level>,
    /// The field that is being read.
    path: String,
    /// The lists and maps that are open: the number of their anchor, or 0, and their first value.
    opened: Vec<(usize, usize)>,
    /// The anchors of this document that other places stand for.
    taken: HashSet<usize>,
    /// How long all paths together are.
    paths: usize,
    /// Why nothing more is read.
    fault: Option<&'static str>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>, span: &Span, text: &str) {
        match event {
            Event::DocumentStart(..) => {
                self.documents.push(Document::default());
                self.levels.clear();
                self.path.clear();
            }
            Event::DocumentEnd => self.close(),
            Event::MappingStart(_, anchor, _) => {
                self.enter(span);
                self.begin(anchor, span, text);
                self.levels.push(Level::Map { key: None, base: self.path.len(), empty: true });
            }
            Event::SequenceStart(_, anchor, _) => {
                self.enter(span);
                self.begin(anchor, span, text);
                self.levels.push(Level::List { next: 0, base: self.path.len() });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let empty = match self.levels.pop() {
                    Some(Level::Map { empty, base, .. }) => {
                        self.path.truncate(base);
                        empty.then_some("{}")
                    }
                    Some(Level::List { next, base }) => {
                        self.path.truncate(base);
                        (next == 0).then_some("[]")
                    }
                    None => None,
                };
                if let Some(empty) = empty {
                    self.keep(empty.into(), Quotes::Shared, span);
                }
                if let Some((anchor, from)) = self.opened.pop() {
                    self.end(anchor, from);
                }
                self.left();
            }
            Event::Scalar(value, style, anchor, _) => {
                if self.names_key(&value) {
                    return;
                }
                self.enter(span);
                let quotes = match style {
                    ScalarStyle::Plain if span.is_empty() => Quotes::Shared,
                    ScalarStyle::Plain => Quotes::Plain,
                    ScalarStyle::SingleQuoted => Quotes::Single,
                    ScalarStyle::DoubleQuoted => Quotes::Double,
                    _ => Quotes::Block,
                };
                self.begin(anchor, span, text);
                self.keep(value.into_owned(), quotes, span);
                if let Some((anchor, from)) = self.opened.pop() {
                    self.end(anchor, from);
                }
                self.left();
            }
            Event::Alias(id) => {
                self.taken.insert(id);
                if self.names_key(&format!("*{id}")) {
                    return;
                }
                self.enter(span);
                self.keep(format!("*{id}"), Quotes::Shared, span);
                self.left();
            }
            _ => {}
        }
    }

    /// How many values of this document have been read.
    fn count(&self) -> usize {
        self.documents.last().map_or(0, |it| it.scalars.len())
    }

    /// A node begins that may have an anchor.
    fn begin(&mut self, id: usize, span: &Span, text: &str) {
        let from = self.count();
        self.opened.push((id, from));
        if let Some(document) = self.documents.last_mut().filter(|_| id != 0) {
            let before = span.byte_range().and_then(|it| text.get(..it.start)).unwrap_or_default();
            let (name, line) = named(before, line(span));
            document.anchors.push(Anchor { id, name, line, field: self.path.clone(), values: from..from });
        }
    }

    /// And ends: what was read since value `from` is in it.
    fn end(&mut self, id: usize, from: usize) {
        let to = self.count();
        let Some(document) = self.documents.last_mut().filter(|_| id != 0) else { return };
        // Anchors are numbered in the order in which they begin.
        if let Ok(at) = document.anchors.binary_search_by_key(&id, |it| it.id) {
            document.anchors[at].values = from..to;
        }
    }

    /// What other places stand for is shared with them; an anchor that nothing stands for shares nothing.
    fn close(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        let Some(document) = self.documents.last_mut() else { return };
        for anchor in document.anchors.iter().filter(|it| taken.contains(&it.id)) {
            for scalar in &mut document.scalars[anchor.values.clone()] {
                scalar.quotes = Quotes::Shared;
            }
        }
    }

    /// A scalar where a map waits for a key is one.
    fn names_key(&mut self, text: &str) -> bool {
        match self.levels.last_mut() {
            Some(Level::Map { key: key @ None, empty, .. }) => {
                *key = Some(text.to_owned());
                *empty = false;
                true
            }
            _ => false,
        }
    }

    /// A node begins: step into its place.
    fn enter(&mut self, span: &Span) {
        if let Some(document) = self.documents.last_mut().filter(|it| it.line == 0) {
            document.line = line(span);
        }
        match self.levels.last_mut() {
            Some(Level::Map { key, base, empty }) => {
                self.path.truncate(*base);
                // A list or a map in the place of a key: it has no name to go by.
                let name = key.get_or_insert_with(|| "?".into());
                *empty = false;
                if name.len() <= LONGEST {
                    self.path = joined(&self.path, &escaped(name));
                } else {
                    self.fault = Some("a key is too long");
                }
            }
            Some(Level::List { next, base }) => {
                self.path.truncate(*base);
                self.path.push_str(&format!("[{next}]"));
                *next += 1;
            }
            None => {}
        }
        if self.path.len() > LONGEST {
            self.fault.get_or_insert("its lists and maps are too deep in each other");
        }
    }

    /// A node has ended: the map it is in waits for a key again.
    fn left(&mut self) {
        if let Some(Level::Map { key, .. }) = self.levels.last_mut() {
            *key = None;
        }
    }

    fn keep(&mut self, value: String, quotes: Quotes, span: &Span) {
        self.paths += self.path.len();
        if self.paths > MOST {
            self.fault.get_or_insert("the paths of its values are too long together");
        }
        let range = span.byte_range().unwrap_or_default();
        let scalar = Scalar {
            field: self.path.clone(),
            value,
            line: line(span),
            start: u32::try_from(range.start).unwrap_or(u32::MAX),
            end: u32::try_from(range.end).unwrap_or(u32::MAX),
            quotes,
        };
        if let Some(document) = self.documents.last_mut() {
            document.scalars.push(scalar);
        }
    }
}

/// A name is looked for no further back.
const FAR: usize = 256;

/// The name of the anchor that ends a text, perhaps with a tag behind it, and the line it stands at where the node
/// itself begins at `line`.
fn named(before: &str, line: u32) -> (String, u32) {
    let mut from = before.len().saturating_sub(FAR);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let before = &before[from..];
    let words = before.trim_end();
    let below = before[words.len()..].matches('\n').count();
    let mut last = words.rsplit(|it: char| it.is_whitespace() || ['[', '{', ','].contains(&it));
    let found = [last.next(), last.next()].into_iter().flatten().find_map(|it| it.strip_prefix('&'));
    (found.unwrap_or_default().to_owned(), line.saturating_sub(u32::try_from(below).unwrap_or(0)))
}

fn line(span: &Span) -> u32 {
    u32::try_from(span.start.line()).unwrap_or(u32::MAX)
}

/// What differs between two texts: document, field, value before and after. None stands for not there.
pub type Difference = (usize, String, Option<String>, Option<String>);

/// Every value that differs between two readings, in the order of the text.
pub fn differences(before: &[Document], after: &[Document]) -> Vec<Difference> {
    let mut found = Vec::new();
    let none = Document::default();
    for at in 0..before.len().max(after.len()) {
        let (one, other) = (before.get(at).unwrap_or(&none), after.get(at).unwrap_or(&none));
        let flat = |it: &Document| {
            it.scalars.iter().map(|it| (it.field.clone(), it.value.clone())).collect::<Vec<_>>()
        };
        let (one, other) = (flat(one), flat(other));
        let fields = |it: &[(String, String)]| it.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
        if fields(&one) == fields(&other) {
            for ((field, before), (_, after)) in one.into_iter().zip(other) {
                if before != after {
                    found.push((at, field, Some(before), Some(after)));
                }
            }
            continue;
        }
        found.extend(
            one.iter()
                .filter(|it| !other.contains(it))
                .map(|it| (at, it.0.clone(), Some(it.1.clone()), None)),
        );
        found.extend(
            other
                .iter()
                .filter(|it| !one.contains(it))
                .map(|it| (at, it.0.clone(), None, Some(it.1.clone()))),
        );
        if one.len() != other.len() && found.is_empty() {
            found.push((at, String::new(), None, None));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\n# first\na: 1\nb:\n  - x: 'q'\n    y: \"v1.35.0\" # why\n  - plain\nempty: {}\nnone:\n---\nkind: B\ntext: |\n  two\n  lines\nlist: [1, \"zwei\"]\n";

    #[test]
    fn every_value_has_its_place() {
        let read = documents(TEXT).unwrap();
        let said: Vec<(&str, &str, u32, &str)> = read[0]
            .scalars
            .iter()
            .map(|it| {
                (it.field.as_str(), it.value.as_str(), it.line, &TEXT[it.start as usize..it.end as usize])
            })
            .collect();
        assert_eq!(
            said,
            [
                ("a", "1", 3, "1"),
                ("b[0].x", "q", 5, "'q'"),
                ("b[0].y", "v1.35.0", 6, "\"v1.35.0\""),
                ("b[1]", "plain", 7, "plain"),
                ("empty", "{}", 8, "}"),
                ("none", "~", 9, ""),
            ]
        );
        assert_eq!(read[1].value("list[1]"), Some("zwei"));
        assert_eq!(read[1].value("text"), Some("two\nlines\n"));
        assert_eq!((read[0].line, read[1].line), (3, 11));
    }

    #[test]
    fn only_what_differs_is_told() {
        let before = documents(TEXT).unwrap();
        let after = documents(&TEXT.replace("v1.35.0", "v1.35.2")).unwrap();
        let told = differences(&before, &after);
        assert_eq!(told, [(0, "b[0].y".into(), Some("v1.35.0".into()), Some("v1.35.2".into()))]);
        let after = documents(&TEXT.replace("a: 1", "a: 1\nc: 2")).unwrap();
        assert_eq!(differences(&before, &after), [(0, "c".into(), None, Some("2".into()))]);
    }

    #[test]
    fn what_an_anchor_shares_is_not_edited_in_place() {
        let read = documents("a: &x v1 # used\nb: &y v2\nc: *x\n").unwrap();
        let quotes: Vec<Quotes> = read[0].scalars.iter().map(|it| it.quotes).collect();
        assert_eq!(quotes, [Quotes::Shared, Quotes::Plain, Quotes::Shared]);
    }

    #[test]
    fn anchors_have_names_and_places() {
        let text = "a: &x 1\nb: &y\n  c: 2\nd: &x !!str 3\ne: *x\n";
        let read = documents(text).unwrap();
        let said: Vec<(&str, u32, &str)> =
            read[0].anchors.iter().map(|it| (it.name.as_str(), it.line, it.field.as_str())).collect();
        assert_eq!(said, [("x", 1, "a"), ("y", 2, "b"), ("x", 4, "d")]);
        let alias = read[0].value("e").unwrap();
        assert_eq!(alias, format!("*{}", read[0].anchors[2].id), "the last one counts");
    }

    #[test]
    fn anchors_have_names_where_nothing_parts_them() {
        let read = documents("[&a x,&b y,&c [&d z]]\n").unwrap();
        let names: Vec<&str> = read[0].anchors.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        let many = format!("[{}]\n", "&a [],".repeat(10_000).replace(' ', ""));
        assert!(documents(&many).unwrap()[0].anchors.iter().all(|it| it.name == "a"));
    }

    #[test]
    fn paths_that_no_memory_holds_are_a_fault() {
        let long = format!("? '{}'\n: [{}]\n", "k".repeat(500_000), "1,".repeat(200_000));
        assert_eq!(documents(&long).unwrap_err().why, "a key is too long");
        let deep = format!("{}1{}\n", format!("{{{}: ", "k".repeat(900)).repeat(5), "}".repeat(5));
        assert_eq!(documents(&deep).unwrap_err().why, "its lists and maps are too deep in each other");
        let many = format!("? '{}'\n: [{}]\n", "k".repeat(4_000), "1,".repeat(20_000));
        assert_eq!(documents(&many).unwrap_err().why, "the paths of its values are too long together");
        assert!(documents(&format!("{}: [{}]\n", "k".repeat(400), "1,".repeat(20_000))).is_ok());
    }

    #[test]
    fn a_dot_in_a_key_is_escaped() {
        let read = documents("metadata:\n  annotations:\n    argocd.argoproj.io/sync-wave: '1'\n").unwrap();
        assert_eq!(read[0].scalars[0].field, r"metadata.annotations.argocd\.argoproj\.io/sync-wave");
    }

    #[test]
    fn aliases_are_not_edited_in_place() {
        let read = documents("a: &x 1\nb: *x\n<<: *x\n").unwrap();
        assert!(read[0].scalars.iter().all(|it| it.quotes == Quotes::Shared), "{read:?}");
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        let fault = documents("a: 1\nb: {{ x }}: y\n").unwrap_err();
        assert_eq!((fault.line, fault.column > 1), (2, true), "{fault}");
    }
}
