//! YAML as it means, with the line of every value: aliases are followed and merges are made, the latest of several
//! anchors of a name counts, and every value is kept as it is written.

use super::YamlFault;
use super::events::events;
use granit_parser::{Event, ScalarStyle};
use std::collections::HashMap;

/// One value and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// From 1; of a list or a map the line of its first entry. What an alias stands for keeps its own lines.
    pub line: u32,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `bare` where nothing says that it is a text: then it may be a number, a truth or nothing.
    Scalar {
        text: String,
        bare: bool,
    },
    /// In the order of the text.
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.what {
            What::Map(entries) => entries.iter().find(|(it, _)| it == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The value under keys that hold no dots: `metadata.name`.
    pub fn at(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |it, key| it.get(key))
    }

    /// The text of a value; none of lists, maps and nothing.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    pub fn said(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Node::text)
    }

    pub fn items(&self) -> &[Node] {
        match &self.what {
            What::List(items) => items,
            _ => &[],
        }
    }

    pub fn entries(&self) -> &[(String, Node)] {
        match &self.what {
            What::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn is_null(&self) -> bool {
        let null = |it: &str| ["", "~", "null", "Null", "NULL"].contains(&it);
        matches!(&self.what, What::Scalar { text, bare: true } if null(text))
    }
}

/// Aliases may stand for aliases: more values than this no honest file has. A long text counts as several.
const MOST: usize = 400_000;
const LONG: usize = 64;

/// Every document of `text`.
pub fn nodes(text: &str) -> Result<Vec<Node>, YamlFault> {
    let mut maker = Maker::default();
    for next in events(text) {
        let (event, span) = next?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        maker.take(event, line);
        if maker.made > MOST {
            return Err(YamlFault { line, column: 1, why: "its aliases stand for too many values".into() });
        }
    }
    Ok(maker.documents)
}

/// A list or a map that is being read, and the number of its anchor, or 0.
struct Open {
    anchor: usize,
    line: u32,
    inside: Inside,
}

enum Inside {
    Map { entries: Vec<(String, Node)>, key: Option<String> },
    List(Vec<Node>),
}

#[derive(Default)]
struct Maker {
    documents: Vec<Node>,
    open: Vec<Open>,
    /// What every anchor of this document stands for, and how many values that are.
    anchors: HashMap<usize, (Node, usize)>,
    made: usize,
}

impl Maker {
    fn take(&mut self, event: Event<'_>, line: u32) {
        match event {
            Event::DocumentStart(..) => {
                self.open.clear();
                self.anchors.clear();
            }
            Event::MappingStart(_, anchor, _) => {
                let inside = Inside::Map { entries: Vec::new(), key: None };
                self.open.push(Open { anchor, line, inside });
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open { anchor, line, inside: Inside::List(Vec::new()) });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let Some(Open { anchor, line, inside }) = self.open.pop() else { return };
                let what = match inside {
                    Inside::Map { entries, .. } => What::Map(merged(entries)),
                    Inside::List(items) => What::List(items),
                };
                self.put(Node { line, what }, anchor);
            }
            Event::Scalar(value, style, anchor, _) => {
                let bare = matches!(style, ScalarStyle::Plain);
                self.put(Node { line, what: What::Scalar { text: value.into_owned(), bare } }, anchor);
            }
            Event::Alias(id) => match self.anchors.get(&id) {
                Some((node, size)) => {
                    self.made += size;
                    if self.made <= MOST {
                        let node = node.clone();
                        self.put(node, 0);
                    }
                }
                None => self.put(Node { line, what: What::Scalar { text: String::new(), bare: true } }, 0),
            },
            _ => {}
        }
    }

    /// A value has been read: it is a key, or belongs where the reader is.
    fn put(&mut self, node: Node, anchor: usize) {
        self.made += 1;
        if anchor != 0 {
            let size = size(&node);
            self.made += size;
            if self.made <= MOST {
                self.anchors.insert(anchor, (node.clone(), size));
            }
        }
        match self.open.last_mut().map(|it| &mut it.inside) {
            None => self.documents.push(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    *key = Some(match node.what {
                        What::Scalar { text, .. } => text,
                        // A list or a map in the place of a key: it has no name to go by.
                        _ => "?".into(),
                    });
                }
            },
        }
    }
}

fn size(node: &Node) -> usize {
    match &node.what {
        What::Scalar { text, .. } => 1 + text.len() / LONG,
        What::Map(entries) => 1 + entries.iter().map(|(key, it)| key.len() / LONG + size(it)).sum::<usize>(),
        What::List(items) => 1 + items.iter().map(size).sum::<usize>(),
    }
}

/// What `<<` brings in, below the keys that stand there themselves. Of a key that stands there twice the last counts.
fn merged(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut all: Vec<(String, Node)> = Vec::with_capacity(entries.len());
    let mut brought = Vec::new();
    for (key, node) in entries {
        match (key.as_str(), node.what) {
            ("<<", What::Map(more)) => brought.push(more),
            ("<<", What::List(many)) => brought.extend(many.into_iter().map(|it| match it.what {
                What::Map(more) => more,
                _ => Vec::new(),
            })),
            (_, what) => all.push((key, Node { line: node.line, what })),
        }
    }
    let own = all.len();
    all.extend(brought.into_iter().flatten());
    // Where each key stands first, and which of its values counts.
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::with_capacity(all.len());
    for (at, (key, _)) in all.iter().enumerate() {
        let known = counts.entry(key).or_insert((at, at));
        if at < own {
            known.1 = at;
        }
    }
    if counts.len() == all.len() {
        return all;
    }
    let mut counts: Vec<(usize, usize)> = counts.into_values().collect();
    counts.sort_unstable();
    let mut all: Vec<Option<(String, Node)>> = all.into_iter().map(Some).collect();
    counts.into_iter().filter_map(|(_, at)| all.get_mut(at)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_merges_mean_what_they_stand_for() {
        let text = "base: &b {a: 1, c: 2}\none:\n  <<: *b\n  c: '3'\nb2: &b\n  d: 4\ntwo: *b\nnone:\n---\n- x\n- [y]\n";
        let read = nodes(text).unwrap();
        let one = read[0].get("one").unwrap();
        assert_eq!((one.said("a"), one.said("c")), (Some("1"), Some("3")));
        assert_eq!((one.get("a").unwrap().line, one.get("c").unwrap().line), (1, 4));
        assert_eq!(read[0].said("two.d"), Some("4"), "the latest of two anchors counts");
        assert!(read[0].get("none").unwrap().is_null());
        assert_eq!((read[1].items().len(), read[1].items()[0].text()), (2, Some("x")));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for at in 1..9 {
            let before = at - 1;
            let all = vec![format!("*a{before}"); 10].join(",");
            text.push_str(&format!("a{at}: &a{at} [{all}]\n"));
        }
        assert!(nodes(&text).unwrap_err().why.contains("too many"));
    }

    #[test]
    fn anchors_within_anchors_and_long_texts_are_a_bomb_too() {
        let open: String = (0..60).map(|at| format!("&a{at} [")).collect();
        let deep = format!("{open}{}{}", "x,".repeat(10_000), "]".repeat(60));
        assert!(nodes(&deep).unwrap_err().why.contains("too many"), "each holds all that is below it");
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1_000].join(","));
        assert!(nodes(&long).unwrap_err().why.contains("too many"));
    }

    #[test]
    fn of_a_key_that_stands_there_twice_the_last_counts_in_the_place_of_the_first() {
        let read = nodes("base: &b {a: 0, d: 9}\none: {a: 1, b: 2, <<: [*b, {d: 8, e: 5}], a: 3}\n").unwrap();
        let one = read[0].get("one").unwrap();
        let told: Vec<_> = one.entries().iter().map(|(key, it)| (key.as_str(), it.text().unwrap())).collect();
        assert_eq!(told, [("a", "3"), ("b", "2"), ("d", "9"), ("e", "5")]);
    }
}
