//! The values of a document as they mean: what aliases stand for in their places, and what is merged into a map among
//! its own. Every value keeps the line that it is written at.

use super::read::Document;
use domain::{Quotes, Scalar};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Aliases of aliases beyond this are a circle.
const DEEPEST: usize = 8;
/// What aliases may bring into one document: values, and bytes of their paths.
const MOST: usize = 100_000;
const LARGEST: usize = 16 << 20;

impl Document {
    /// Every value in the order of the text, with aliases followed and merges made. What stands for more than any honest
    /// file has stays as it is written.
    pub fn expanded(&self) -> Vec<Scalar> {
        if !self.scalars.iter().any(|it| is_alias(it) || last_merge(&it.field).is_some()) {
            return self.scalars.clone();
        }
        let mut expansion = Expansion { document: self, made: Vec::new(), brought: 0, size: 0 };
        expansion.lay(0..self.scalars.len(), "", "", 0);
        let mut made = expansion.made;
        for _ in 0..DEEPEST {
            if !merge(&mut made) {
                break;
            }
        }
        made
    }
}

fn is_alias(scalar: &Scalar) -> bool {
    scalar.quotes == Quotes::Shared && scalar.value.starts_with('*')
}

struct Expansion<'a> {
    document: &'a Document,
    made: Vec<Scalar>,
    brought: usize,
    size: usize,
}

impl Expansion<'_> {
    /// Values that stand below `from`, laid below `to`.
    fn lay(&mut self, range: Range<usize>, from: &str, to: &str, depth: usize) {
        let document = self.document;
        for scalar in &document.scalars[range] {
            let field = format!("{to}{}", scalar.field.strip_prefix(from).unwrap_or(&scalar.field));
            if depth > 0 {
                self.brought += 1;
                self.size += field.len();
            }
            let room = depth < DEEPEST && self.brought < MOST && self.size < LARGEST;
            let behind = Some(scalar).filter(|it| room && is_alias(it)).and_then(|it| self.behind(it));
            match behind {
                Some((values, anchor)) => self.lay(values, &anchor, &field, depth + 1),
                None => self.made.push(Scalar { field, ..scalar.clone() }),
            }
        }
    }

    /// What an alias stands for.
    fn behind(&self, alias: &Scalar) -> Option<(Range<usize>, String)> {
        let id: usize = alias.value.strip_prefix('*')?.parse().ok()?;
        let at = self.document.anchors.binary_search_by_key(&id, |it| it.id).ok()?;
        let anchor = &self.document.anchors[at];
        Some((anchor.values.clone(), anchor.field.clone()))
    }
}

/// Make the innermost merge of each value. What stands in the map itself counts, then what is merged first.
fn merge(made: &mut Vec<Scalar>) -> bool {
    let merges: Vec<Option<Merge>> = made.iter().map(|it| last_merge(&it.field)).collect();
    if merges.iter().all(Option::is_none) {
        return false;
    }
    let mut own: HashSet<String> = HashSet::new();
    let bases: HashSet<&str> =
        made.iter().zip(&merges).filter_map(|(it, merge)| Some(&it.field[..merge.as_ref()?.base])).collect();
    // Most ways are no base: their length tells, without reading them again at each of their steps.
    let lengths: HashSet<usize> = bases.iter().map(|it| it.len()).collect();
    let is_base = |way: &str| lengths.contains(&way.len()) && bases.contains(way);
    for it in made.iter() {
        let mut below = is_base("");
        for (end, sign) in it.field.match_indices(['.', '[']).chain([(it.field.len(), "")]) {
            let way = &it.field[..end];
            if below {
                own.insert(way.to_owned());
            }
            // A dot behind a backslash is one of a key.
            if sign == "." && !way.ends_with('\\') {
                below = is_base(way);
            }
        }
    }
    let mut from: HashMap<String, String> = HashMap::new();
    let mut merged = Vec::with_capacity(made.len());
    for (scalar, merge) in made.drain(..).zip(merges) {
        let Some(merge) = merge else {
            merged.push(scalar);
            continue;
        };
        let (source, rest) = scalar.field.split_at(merge.rest);
        let rest = rest.trim_start_matches('.');
        if rest.is_empty() {
            continue;
        }
        let base = &scalar.field[..merge.base];
        let whole = if base.is_empty() { rest.to_owned() } else { format!("{base}.{rest}") };
        let key = whole[..whole.len() - rest.len() + super::path::first_key(rest).len()].to_owned();
        if own.contains(&key) || from.entry(key).or_insert_with(|| source.to_owned()) != source {
            continue;
        }
        merged.push(Scalar { field: whole, ..scalar });
    }
    *made = merged;
    true
}

/// Where the map ends that something is merged into, and where the rest of the way begins.
struct Merge {
    base: usize,
    rest: usize,
}

fn last_merge(field: &str) -> Option<Merge> {
    for (at, _) in field.rmatch_indices("<<") {
        let before = &field[..at];
        if !(before.is_empty() || before.ends_with('.') && !before.ends_with("\\.")) {
            continue;
        }
        let behind = &field[at + 2..];
        let list = behind.strip_prefix('[').and_then(|it| it.find(']')).map_or(0, |it| it + 2);
        if !(behind[list..].is_empty() || behind[list..].starts_with('.')) {
            continue;
        }
        return Some(Merge { base: before.len().saturating_sub(1), rest: at + 2 + list });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::documents;

    fn said(text: &str) -> Vec<String> {
        let read = documents(text).unwrap();
        read[0].expanded().iter().map(|it| format!("{}={}:{}", it.field, it.value, it.line)).collect()
    }

    #[test]
    fn aliases_and_merges_are_made() {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: {w: 4}}\nc:\n  <<: [*a, *b]\n  x: 5\nd: *a\n";
        assert_eq!(
            said(text)[4..],
            ["c.y=2:1", "c.z.w=4:2", "c.x=5:5", "d.x=1:1", "d.y=2:1"],
            "{:?}",
            said(text)
        );
        let nested =
            "m: &m {k: 1}\nn: &n {<<: *m, l: 2}\nlist:\n- <<: *n\n  l: 3\n- *n\n<<: {top: 1, m: no}\n";
        assert_eq!(
            said(nested)[1..],
            [
                "n.k=1:1",
                "n.l=2:2",
                "list[0].k=1:1",
                "list[0].l=3:5",
                "list[1].k=1:1",
                "list[1].l=2:2",
                "top=1:7"
            ]
        );
        assert_eq!(said("a: &a {p: {q: 1, r: 2}}\nb: {<<: *a, p: {q: 3}}\n")[2..], ["b.p.q=3:2"]);
    }

    #[test]
    fn a_bomb_of_aliases_stays_small() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for at in 1..9 {
            let all = vec![format!("*a{}", at - 1); 10].join(",");
            text.push_str(&format!("a{at}: &a{at} [{all}]\n"));
        }
        assert!(said(&text).len() < 200_000);
        assert!(said("a: &a\n  b: *a\n").len() < 20, "a circle ends");
    }
}
