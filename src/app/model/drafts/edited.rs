//! What a draft changes: one value in its line, or a file as text.

use super::Delta;
use domain::{ObjectRef, Quotes, RepoPath};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    Value(ValueEdit),
    Text(TextEdit),
}

/// One value of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueEdit {
    pub object: ObjectRef,
    /// Which document of the file, from 0.
    pub document: u32,
    pub field: String,
    /// From 1.
    pub line: u32,
    /// The bytes of the token in the file, its quotes included.
    pub start: u32,
    pub end: u32,
    pub quotes: Quotes,
    pub before: String,
    pub after: String,
    /// Where the cursor is in `after`, in characters.
    pub cursor: usize,
}

/// A whole file: edited, new, moved here from elsewhere, or gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextEdit {
    /// The file as it shall be. None until it has been read, and where it shall be gone.
    pub after: Option<String>,
    /// It shall be gone.
    pub gone: bool,
    /// Where it was until now, where it moves.
    pub from: Option<RepoPath>,
    pub at: Position,
    /// The other end of what is selected.
    pub anchor: Option<Position>,
    /// The object it was opened for, and so the line to begin at.
    pub opened_at: u32,
}

/// A place in a text, both from 0; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    pub row: usize,
    pub column: usize,
}

impl Position {
    /// The place of a byte of a text.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        Self { row: before.matches('\n').count(), column: before[line..].chars().count() }
    }

    /// The byte at this place; the end of its line, or of the text, where there is none.
    pub fn byte(self, text: &str) -> usize {
        let mut begin = 0;
        for _ in 0..self.row {
            match text[begin..].find('\n') {
                Some(at) => begin += at + 1,
                None => return text.len(),
            }
        }
        let line = text[begin..].split('\n').next().unwrap_or_default();
        begin + line.char_indices().nth(self.column).map_or(line.len(), |(at, _)| at)
    }
}

impl TextEdit {
    /// How the lines of a text end: as Windows ends them where all of them do.
    pub fn line_end(text: &str) -> &'static str {
        let all = text.matches('\n').count();
        if all > 0 && text.matches("\r\n").count() == all { "\r\n" } else { "\n" }
    }
}

impl Edited {
    pub fn value(&self) -> Option<&ValueEdit> {
        match self {
            Edited::Value(value) => Some(value),
            Edited::Text(_) => None,
        }
    }

    pub fn text(&self) -> Option<&TextEdit> {
        match self {
            Edited::Text(text) => Some(text),
            Edited::Value(_) => None,
        }
    }

    /// What has been typed.
    pub fn written(&self) -> &str {
        match self {
            Edited::Value(value) => &value.after,
            Edited::Text(text) => text.after.as_deref().unwrap_or_default(),
        }
    }

    /// What is being typed.
    fn typed(&mut self) -> &mut String {
        match self {
            Edited::Value(value) => &mut value.after,
            Edited::Text(text) => text.after.get_or_insert_default(),
        }
    }

    /// Change what is being typed; the cursor goes where the change ends. Answers what undoes it.
    pub fn change(&mut self, delta: &Delta) -> Option<Delta> {
        let back = delta.apply(self.typed())?;
        match self {
            Edited::Value(value) => {
                value.cursor = value.after.get(..delta.reaches()).map_or(0, |it| it.chars().count());
            }
            Edited::Text(text) => {
                text.at = Position::of(text.after.as_deref().unwrap_or_default(), delta.reaches());
                text.anchor = None;
            }
        }
        Some(back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_all_of_them_do() {
        for (text, end) in
            [("", "\n"), ("a\n", "\n"), ("a\r\nb\r\n", "\r\n"), ("a\r\nb\n", "\n"), ("a", "\n")]
        {
            assert_eq!(TextEdit::line_end(text), end, "{text:?}");
        }
    }

    #[test]
    fn places_and_bytes_are_the_same_thing() {
        let text = "a: ä\n\nbc\n";
        for byte in [0, 3, 5, 6, 7, 8, 9, 10] {
            assert_eq!(Position::of(text, byte).byte(text), byte);
        }
        assert_eq!(Position { row: 0, column: 99 }.byte(text), 5);
        assert_eq!(Position { row: 9, column: 0 }.byte(text), text.len());
    }
}
