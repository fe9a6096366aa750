//! How one text differs from another: hunks of lines, and in the lines the words.

use similar::{ChangeTag, DiffOp, TextDiff};

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Same,
    Removed,
    Added,
    /// Lines that are the same on both sides are left out here; the number is that of the next one.
    Gap,
}

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    pub kind: LineKind,
    /// Pieces of the line; true where the piece is what changed.
    pub pieces: Vec<(bool, String)>,
    /// Where the cursor stands, in characters from the start of the line.
    pub cursor: Option<usize>,
}

/// How many lines come and how many go.
pub fn counts(before: &str, after: &str) -> (usize, usize) {
    let diff = TextDiff::from_lines(before, after);
    let many = |tag: ChangeTag| diff.iter_all_changes().filter(|it| it.tag() == tag).count();
    (many(ChangeTag::Insert), many(ChangeTag::Delete))
}

/// What differs, with `around` lines of what is the same on either side. Values that look like secrets are masked.
pub fn hunks(before: &str, after: &str, around: usize) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(around).iter().enumerate() {
        if let Some(first) = group.first().filter(|it| at > 0 || it.new_range().start > 0) {
            let number = number(first.new_range().start);
            lines.push(Line { number, kind: LineKind::Gap, pieces: Vec::new(), cursor: None });
        }
        for op in group {
            part(op, &old, &new, &mut lines);
        }
    }
    lines
}

fn part(op: &DiffOp, old: &[&str], new: &[&str], lines: &mut Vec<Line>) {
    let at = |lines: &[&str], index: usize| domain::veiled(lines.get(index).copied().unwrap_or_default());
    let line = |index: usize, kind: LineKind, pieces: Vec<(bool, String)>| {
        let pieces = pieces.into_iter().map(|(differs, it)| (differs, domain::revealed(&it))).collect();
        Line { number: number(index), kind, pieces, cursor: None }
    };
    let (before, after) = (op.old_range(), op.new_range());
    if let DiffOp::Equal { .. } = op {
        lines.extend(after.map(|it| line(it, LineKind::Same, vec![(false, at(new, it))])));
        return;
    }
    // Line by line where as many come as go: then one stands for the other.
    let pairs = before.len() == after.len();
    let mut split = |mine: usize, other: usize, mine_of: &[&str], other_of: &[&str], kind: LineKind| {
        let mine_text = at(mine_of, mine);
        let pieces = match pairs {
            true => {
                let other_text = at(other_of, other);
                let (head, middle, _, tail) = apart(&mine_text, &other_text);
                vec![(false, head.to_owned()), (true, middle.to_owned()), (false, tail.to_owned())]
            }
            false => vec![(false, mine_text)],
        };
        lines.push(line(mine, kind, pieces));
    };
    for (one, other) in before.clone().zip(after.clone().chain(std::iter::repeat(0))) {
        split(one, other, old, new, LineKind::Removed);
    }
    for (one, other) in after.zip(before.chain(std::iter::repeat(0))) {
        split(one, other, new, old, LineKind::Added);
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// What two words share at the front, what differs, and what they share at the end.
pub(super) fn apart<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str, &'a str, &'a str) {
    let shared = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| -> usize {
        a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let head = shared(&mut one.chars(), &mut other.chars());
    let (rest, other_rest) = (&one[head..], &other[head..]);
    let tail = shared(&mut rest.chars().rev(), &mut other_rest.chars().rev());
    let (middle, end) = rest.split_at(rest.len() - tail);
    (&one[..head], middle, &other_rest[..other_rest.len() - tail], end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digit_that_differs_is_marked() {
        assert_eq!(apart("v1.35.0", "v1.35.2"), ("v1.35.", "0", "2", ""));
        assert_eq!(apart("aa", "aaa"), ("aa", "", "a", ""));
        assert_eq!(apart("\"3\"", "\"30\""), ("\"3", "", "0", "\""));
        assert_eq!(apart("äb", "äc"), ("ä", "b", "c", ""));
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let before: String = (1..=40).map(|it| format!("line {it}\n")).collect();
        let after = before.replace("line 3\n", "line three\n").replace("line 30\n", "");
        let lines = hunks(&before, &after, 2);
        let kinds: Vec<(LineKind, u32)> = lines.iter().map(|it| (it.kind, it.number)).collect();
        assert_eq!(
            kinds[..6],
            [
                (LineKind::Same, 1),
                (LineKind::Same, 2),
                (LineKind::Removed, 3),
                (LineKind::Added, 3),
                (LineKind::Same, 4),
                (LineKind::Same, 5),
            ]
        );
        assert_eq!(kinds[6], (LineKind::Gap, 28));
        assert_eq!(
            lines[3].pieces,
            [(false, "line ".to_owned()), (true, "three".into()), (false, String::new())]
        );
        assert_eq!(counts(&before, &after), (1, 2));
    }

    #[test]
    fn a_secret_does_not_show_in_a_diff() {
        let lines = hunks("token: abcdef123456\n", "token: 0123456789ab\n", 2);
        assert!(
            !format!("{lines:?}").contains("abcdef") && !format!("{lines:?}").contains("0123456"),
            "{lines:?}"
        );
        assert_eq!(lines.len(), 2);
    }
}
