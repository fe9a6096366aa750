//! A key or an item put into a YAML text, or taken out of it: the lines around it stay as they are. The result is read
//! again, and there is none where it says anything but what was meant.

use super::locate::first_line;
use super::path::{Step, ValuePath};
use super::read::{Document, documents};
use domain::{Quotes, Scalar};
use serde::Deserialize;
use serde_yaml::{Mapping, Value};

/// Put `value` at a path of a document (from 0): in the place of what is there, else beside what is there already.
/// An item is put by the number that it shall have. None where the lines there are not of a kind that takes it.
pub(crate) fn put(text: &str, document: usize, path: &[Step], value: &Value) -> Option<String> {
    let read = documents(text).ok()?;
    let sheet = Sheet::of(text, read.get(document)?);
    let new = match sheet.node(path) {
        Some(node) => sheet.replaced(&node, &lines_of(path.last()?, value, node.column)?),
        None => {
            let known =
                (0..path.len()).rev().find(|length| sheet.within(&path[..*length]).next().is_some())?;
            let (base, rest) = path.split_at(known);
            let tree = nested(&rest[1..], value)?;
            match sheet.children(base) {
                Some(column) => {
                    let after = sheet.last_line(base)?;
                    sheet.inserted(after, &lines_of(&rest[0], &tree, column)?)
                }
                // It is there, and holds nothing yet.
                None => {
                    let node = sheet.node(base)?;
                    let tree = nested(rest, value)?;
                    sheet.replaced(&node, &lines_of(base.last()?, &tree, node.column)?)
                }
            }
        }
    };
    proven(text, &new, document, |it| set(it, path, value))
}

/// Take what stands at a path out of a document, and what holds nothing else. None where it is all that there is.
pub(crate) fn remove(text: &str, document: usize, path: &[Step]) -> Option<String> {
    let read = documents(text).ok()?;
    let sheet = Sheet::of(text, read.get(document)?);
    let mut length = path.len();
    while length > 1 && sheet.within(&path[..length - 1]).count() == sheet.within(&path[..length]).count() {
        length -= 1;
    }
    let path = &path[..length];
    if sheet.within(path).count() == sheet.document.scalars.len() {
        return None;
    }
    let node = sheet.node(path)?;
    let new = sheet.replaced(&node, "");
    proven(text, &new, document, |it| unset(it, path))
}

/// Another document behind the last one.
pub(crate) fn append(text: &str, document: &Value) -> Option<String> {
    let body = serde_yaml::to_string(document).ok()?;
    let before = text.trim_end();
    let mark = if before.is_empty() { "" } else { "\n---\n" };
    Some(format!("{before}{mark}{body}"))
}

/// The lines of a text, and the values of one of its documents.
struct Sheet<'a> {
    lines: Vec<&'a str>,
    text: &'a str,
    document: &'a Document,
}

/// The lines of a node, from 0: from its key or dash to its end.
struct Node {
    first: usize,
    last: usize,
    column: usize,
    /// What stands before it in its first line is no more than spaces.
    leads: bool,
}

/// What a line begins with: dashes, and a key.
enum Mark<'a> {
    Dash(usize),
    Key(usize, &'a str),
}

impl Mark<'_> {
    fn column(&self) -> usize {
        match self {
            Mark::Dash(column) | Mark::Key(column, _) => *column,
        }
    }
}

fn marks(line: &str) -> Vec<Mark<'_>> {
    let mut found = Vec::new();
    let mut column = line.len() - line.trim_start_matches(' ').len();
    loop {
        let rest = &line[column..];
        let Some(after) =
            rest.strip_prefix('-').filter(|it| it.is_empty() || it.starts_with([' ', '\n', '\r']))
        else {
            break;
        };
        found.push(Mark::Dash(column));
        column += 1 + (after.len() - after.trim_start_matches(' ').len());
    }
    let rest = line[column..].trim_end();
    let ends = |it: &&str| it.is_empty() || it.starts_with(' ');
    let key = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &rest[1..];
            inner.split_once(quote).filter(|(_, after)| after.strip_prefix(':').as_ref().is_some_and(ends))
        }
        Some('#') | None => None,
        _ => rest.match_indices(':').find(|(at, _)| ends(&&rest[at + 1..])).map(|(at, _)| rest.split_at(at)),
    };
    if let Some((key, _)) = key {
        found.push(Mark::Key(column, key));
    }
    found
}

impl<'a> Sheet<'a> {
    fn of(text: &'a str, document: &'a Document) -> Self {
        Self { lines: text.split_inclusive('\n').collect(), text, document }
    }

    fn within(&self, path: &[Step]) -> impl Iterator<Item = &'a Scalar> {
        let field = ValuePath(path.to_vec()).to_string();
        self.document.scalars.iter().filter(move |it| {
            field.is_empty()
                || it
                    .field
                    .strip_prefix(&field)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Where the key or the dash of the first `depth` steps of a value stands: its line and column, and whether it is
    /// the first thing there. What is further in may be written in one line with it.
    fn mark(&self, scalar: &Scalar, depth: usize) -> Option<(usize, usize, bool)> {
        let steps = ValuePath::parse(&scalar.field).ok()?.0;
        let (depth, all) = (depth.checked_sub(1)?, steps.len());
        self.upward(scalar, steps.get(depth..all)?).or_else(|| self.upward(scalar, steps.get(depth..=depth)?))
    }

    /// The place of the first of these steps, looked for from the value on upward.
    fn upward(&self, scalar: &Scalar, steps: &[Step]) -> Option<(usize, usize, bool)> {
        // The text of a block begins below its key.
        let line = match scalar.quotes {
            Quotes::Block => first_line(self.text, scalar)?.checked_sub(1)?,
            _ => scalar.line,
        };
        let mut line = (line as usize).checked_sub(1)?;
        let mut bound = usize::MAX;
        let mut found = None;
        for step in steps.iter().rev() {
            loop {
                let marks = marks(self.lines.get(line)?);
                let fits = |it: &Mark<'_>| match (it, step) {
                    (Mark::Key(column, key), Step::Key(name)) => key == name && *column < bound,
                    (Mark::Dash(column), Step::Item(_)) => *column < bound,
                    _ => false,
                };
                if let Some(at) = marks.iter().rposition(fits) {
                    let column = marks[at].column();
                    found = Some((line, column, at == 0));
                    // A list may stand as far to the left as its key.
                    bound = if matches!(step, Step::Item(_)) { column + 1 } else { column };
                    break;
                }
                line = line.checked_sub(1)?;
            }
        }
        found
    }

    fn node(&self, path: &[Step]) -> Option<Node> {
        let first = self.within(path).next()?;
        let (line, column, leads) = self.mark(first, path.len())?;
        Some(Node { first: line, last: self.last_line(path)?, column, leads })
    }

    /// The column of what is in a map or a list; none where it holds nothing.
    fn children(&self, base: &[Step]) -> Option<usize> {
        let field = ValuePath(base.to_vec()).to_string();
        let first = self.within(base).find(|it| it.field != field)?;
        self.mark(first, base.len() + 1).map(|(_, column, _)| column)
    }

    fn last_line(&self, path: &[Step]) -> Option<usize> {
        let last = self.within(path).last()?;
        let end = self.text.get(..last.end as usize)?.trim_end();
        Some(end.matches('\n').count().max((last.line as usize).checked_sub(1)?))
    }

    fn replaced(&self, node: &Node, new: &str) -> String {
        let mut text: String = self.lines[..node.first].concat();
        if node.leads {
            text.push_str(new);
        } else if !new.is_empty() {
            // The dash before it stays.
            text.push_str(&self.lines[node.first][..node.column]);
            text.push_str(new.trim_start_matches(' '));
        }
        text.extend(self.lines.iter().skip(node.last + 1).copied());
        text
    }

    fn inserted(&self, after: usize, new: &str) -> String {
        let mut text: String = self.lines[..=after.min(self.lines.len() - 1)].concat();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(new);
        text.extend(self.lines.iter().skip(after + 1).copied());
        text
    }
}

/// A key or an item with its value, as lines from a column on.
fn lines_of(step: &Step, value: &Value, column: usize) -> Option<String> {
    let tree = match step {
        Step::Key(key) => Value::Mapping(Mapping::from_iter([(key.as_str().into(), value.clone())])),
        Step::Item(_) => Value::Sequence(vec![value.clone()]),
        Step::Having { .. } => return None,
    };
    let text = serde_yaml::to_string(&tree).ok()?;
    Some(text.lines().fold(String::new(), |mut all, line| {
        if !line.is_empty() {
            all.push_str(&" ".repeat(column));
        }
        all.push_str(line);
        all.push('\n');
        all
    }))
}

/// A value below the steps that lead to it.
fn nested(path: &[Step], value: &Value) -> Option<Value> {
    path.iter().rev().try_fold(value.clone(), |value, step| match step {
        Step::Key(key) => Some(Value::Mapping(Mapping::from_iter([(key.as_str().into(), value)]))),
        Step::Item(_) => Some(Value::Sequence(vec![value])),
        Step::Having { .. } => None,
    })
}

fn values(text: &str) -> Option<Vec<Value>> {
    serde_yaml::Deserializer::from_str(text).map(|it| Value::deserialize(it).ok()).collect()
}

/// The new text, where all that differs in it is what was meant.
fn proven(
    before: &str,
    after: &str,
    document: usize,
    meant: impl FnOnce(&mut Value) -> Option<()>,
) -> Option<String> {
    let mut all = values(before)?;
    meant(all.get_mut(document)?)?;
    (values(after)? == all).then(|| after.to_owned())
}

fn set(value: &mut Value, path: &[Step], new: &Value) -> Option<()> {
    let Some((step, rest)) = path.split_first() else {
        *value = new.clone();
        return Some(());
    };
    match step {
        Step::Key(key) => {
            if value.is_null() {
                *value = Value::Mapping(Mapping::new());
            }
            let inner = value.as_mapping_mut()?.entry(key.as_str().into()).or_insert(Value::Null);
            set(inner, rest, new)
        }
        Step::Item(at) => {
            if value.is_null() {
                *value = Value::Sequence(Vec::new());
            }
            let list = value.as_sequence_mut()?;
            if *at == list.len() {
                list.push(Value::Null);
            }
            set(list.get_mut(*at)?, rest, new)
        }
        Step::Having { .. } => None,
    }
}

fn unset(value: &mut Value, path: &[Step]) -> Option<()> {
    match path {
        [] => None,
        [Step::Key(key)] => value.as_mapping_mut()?.shift_remove(key.as_str()).map(|_| ()),
        [Step::Item(at)] => {
            let list = value.as_sequence_mut()?;
            (*at < list.len()).then(|| _ = list.remove(*at))
        }
        [Step::Key(key), rest @ ..] => unset(value.as_mapping_mut()?.get_mut(key.as_str())?, rest),
        [Step::Item(at), rest @ ..] => unset(value.as_sequence_mut()?.get_mut(*at)?, rest),
        [Step::Having { .. }, ..] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# of all
machine:
  sysctls:
    net.core.somaxconn: \"1024\" # queues
    vm.x: '1'
  network:
    interfaces:
    - interface: eth0
      mtu: 1400
    - interface: eth1
  time: {}
  # the end
cluster:
  machine: 1
";

    fn path(text: &str) -> Vec<Step> {
        ValuePath::parse(text).unwrap().0
    }

    fn value(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_put_stands_beside_what_is_there() {
        let after = put(TEXT, 0, &path("machine.sysctls.a"), &value("'7'")).unwrap();
        assert_eq!(after, TEXT.replace("    vm.x: '1'\n", "    vm.x: '1'\n    a: '7'\n"));
        let after = put(TEXT, 0, &path("machine.nodeLabels.a"), &value("b")).unwrap();
        assert_eq!(after, TEXT.replace("  time: {}\n", "  time: {}\n  nodeLabels:\n    a: b\n"));
        let after = put(TEXT, 0, &path("machine.network.interfaces[1].mtu"), &value("9")).unwrap();
        assert_eq!(after, TEXT.replace("- interface: eth1\n", "- interface: eth1\n      mtu: 9\n"));
        let after = put(TEXT, 0, &path("machine.network.interfaces[2]"), &value("{interface: eth2, mtu: 1}"));
        assert_eq!(after.unwrap(), TEXT.replace("eth1\n", "eth1\n    - interface: eth2\n      mtu: 1\n"));
        let after = put(TEXT, 0, &path("machine.time.servers"), &value("[a]")).unwrap();
        assert_eq!(after, TEXT.replace("  time: {}\n", "  time:\n    servers:\n    - a\n"));
        let after = put("a: 1", 0, &path("b"), &value("2")).unwrap();
        assert_eq!(after, "a: 1\nb: 2\n");
    }

    #[test]
    fn what_is_there_is_replaced_with_all_that_it_holds() {
        let after = put(TEXT, 0, &path("machine.network"), &value("{x: [1]}")).unwrap();
        assert!(
            after.contains("  network:\n    x:\n    - 1\n  time: {}\n") && !after.contains("eth0"),
            "{after}"
        );
        let after = put(TEXT, 0, &path("cluster.machine"), &value("2")).unwrap();
        assert_eq!(after, TEXT.replace("machine: 1", "machine: 2"));
    }

    #[test]
    fn what_is_taken_leaves_nothing_empty_behind() {
        let after = remove(TEXT, 0, &path(r"machine.sysctls.vm\.x")).unwrap();
        assert_eq!(after, TEXT.replace("    vm.x: '1'\n", ""));
        let after = remove(&after, 0, &path(r"machine.sysctls.net\.core\.somaxconn")).unwrap();
        assert!(!after.contains("sysctls"), "{after}");
        let after = remove(TEXT, 0, &path("machine.network.interfaces[0]")).unwrap();
        assert_eq!(after, TEXT.replace("    - interface: eth0\n      mtu: 1400\n", ""));
        let after = remove(TEXT, 0, &path("cluster.machine")).unwrap();
        assert_eq!(after, TEXT.replace("cluster:\n  machine: 1\n", ""));
        assert_eq!(remove("a:\n  b: 1\n", 0, &path("a.b")), None, "nothing would be left");
    }

    #[test]
    fn what_is_written_otherwise_is_left_alone() {
        for text in ["a: {b: 1, c: 2}\n", "a: &x {b: 1}\nc: *x\n"] {
            assert_eq!(put(text, 0, &path("a.d"), &value("1")), None, "{text}");
            assert_eq!(remove(text, 0, &path("a.b")), None, "{text}");
        }
        let two = "a: 1\n---\nb:\n  c: 1\n";
        assert_eq!(put(two, 1, &path("b.d"), &value("2")).unwrap(), "a: 1\n---\nb:\n  c: 1\n  d: 2\n");
        assert_eq!(append(two, &value("{k: v}")).unwrap(), "a: 1\n---\nb:\n  c: 1\n---\nk: v\n");
    }
}
