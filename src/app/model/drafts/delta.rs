//! What one keystroke does to a text: some of it goes, some comes. The journal and undo are made of these.

use serde::{Deserialize, Serialize};

/// The bytes from `start` to `end` of a text give way to `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

impl Delta {
    /// What makes `after` of `before`; none where they are the same.
    pub fn between(before: &str, after: &str) -> Option<Self> {
        if before == after {
            return None;
        }
        let shared = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
            pairs.take_while(|(one, other)| one == other).map(|(it, _)| it.len_utf8()).sum()
        };
        let head = shared(&mut before.chars().zip(after.chars()));
        let (one, other) = (&before[head..], &after[head..]);
        let tail = shared(&mut one.chars().rev().zip(other.chars().rev()));
        let text = other[..other.len() - tail].to_owned();
        Some(Self { start: head, end: before.len() - tail, text })
    }

    /// Change a text, and answer what changes it back; none where this is not about such a text.
    pub fn apply(&self, text: &mut String) -> Option<Delta> {
        let gone = text.get(self.start..self.end)?.to_owned();
        text.replace_range(self.start..self.end, &self.text);
        Some(Self { start: self.start, end: self.start + self.text.len(), text: gone })
    }

    /// Where what came in ends, in bytes.
    pub fn reaches(&self) -> usize {
        self.start + self.text.len()
    }

    /// The same change and the next one as one, where both are of one word being typed. What undoes `self` is
    /// grown: `next` undoes what was typed right behind it. `text` is what both were typed into.
    pub fn joined(&self, next: &Delta, text: &str) -> Option<Delta> {
        let of_word = |it: &Delta| {
            let typed = text.get(it.start..it.end).filter(|typed| it.text.is_empty() && !typed.is_empty());
            typed.is_some_and(|typed| !typed.contains(char::is_whitespace))
        };
        let one = text.get(next.start..next.end).is_some_and(|it| it.chars().count() == 1);
        let joins = one && next.start == self.end && of_word(self) && of_word(next);
        joins.then(|| Self { end: next.end, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_found_made_and_unmade() {
        for (before, after) in
            [("a: 1\n", "a: 12\n"), ("äöü", "äu"), ("", "x"), ("abc", ""), ("aa", "aaa"), ("a\r\nb", "a\nb")]
        {
            let delta = Delta::between(before, after).unwrap();
            let mut text = before.to_owned();
            let back = delta.apply(&mut text).unwrap();
            assert_eq!(text, after);
            back.apply(&mut text).unwrap();
            assert_eq!(text, before);
        }
        assert_eq!(Delta::between("a", "a"), None);
        assert_eq!(Delta { start: 3, end: 4, text: String::new() }.apply(&mut "ab".into()), None);
    }

    #[test]
    fn a_word_is_undone_as_one() {
        let mut text = String::new();
        let mut undo: Vec<Delta> = Vec::new();
        for typed in ["r", "re", "reä", "reä ", "reä n", "reä no", "reä no\n", "reä no\nx"] {
            let back = Delta::between(&text, typed).unwrap().apply(&mut text).unwrap();
            match undo.last().and_then(|it| it.joined(&back, &text)) {
                Some(joined) => *undo.last_mut().unwrap() = joined,
                None => undo.push(back),
            }
        }
        let mut left = Vec::new();
        for back in undo.iter().rev() {
            back.apply(&mut text).unwrap();
            left.push(text.clone());
        }
        assert_eq!(
            left,
            ["reä no\n", "reä no", "reä ", "reä", ""],
            "a blank and a line are steps of their own"
        );
    }
}
