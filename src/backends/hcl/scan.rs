//! Over the letters of HCL: spaces, comments, texts with what is filled into them, and whole expressions, without going
//! into any of them.

/// Longer words end no text.
const WORD: usize = 128;

pub(super) struct Scan<'a> {
    pub text: &'a str,
    pub at: usize,
    /// Where each line begins.
    lines: Vec<usize>,
    /// A text was met that does not end. From there on a text ends with its line at the latest, so that no file is read
    /// to its end from each of its lines.
    open: bool,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        let begins = text.bytes().enumerate().filter(|(_, it)| *it == b'\n').map(|(at, _)| at + 1);
        Self { text, at: 0, lines: std::iter::once(0).chain(begins).collect(), open: false }
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub fn starts(&self, with: &str) -> bool {
        self.text.as_bytes().get(self.at..).is_some_and(|it| it.starts_with(with.as_bytes()))
    }

    pub fn take(&mut self, letter: u8) -> bool {
        let there = self.peek() == Some(letter);
        self.at += usize::from(there);
        there
    }

    /// The line that a place is in, from 1.
    pub fn line_of(&self, at: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|it| *it <= at)).unwrap_or(u32::MAX)
    }

    pub fn line(&self) -> u32 {
        self.line_of(self.at)
    }

    pub fn from(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Over spaces and comments, and ends of lines where they mean nothing.
    pub fn blank(&mut self, lines: bool) {
        while let Some(it) = self.peek() {
            match it {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if lines => self.at += 1,
                b'#' => self.rest_of_line(),
                b'/' if self.starts("//") => self.rest_of_line(),
                b'/' if self.starts("/*") => {
                    let end = self.text[self.at..].find("*/").map_or(self.text.len(), |it| self.at + it + 2);
                    self.at = end;
                }
                0xef if self.at == 0 && self.starts("\u{feff}") => self.at += 3,
                _ => return,
            }
        }
    }

    pub fn rest_of_line(&mut self) {
        self.at = memchr(self.text, self.at, '\n');
    }

    pub fn name(&mut self) -> Option<&'a str> {
        let start = self.at;
        while let Some(it) = self.peek() {
            let first = it.is_ascii_alphabetic() || it == b'_' || !it.is_ascii();
            if !first && (self.at == start || !(it.is_ascii_digit() || it == b'-')) {
                break;
            }
            self.at += 1;
        }
        (self.at > start).then(|| self.from(start))
    }

    /// Over a text in quotes, with whatever is filled into it; false where it does not end.
    pub fn quoted(&mut self) -> bool {
        /// In a text, or in so many braces of what is filled into one.
        enum In {
            Text,
            Braces(usize),
        }
        let mut inside = Vec::new();
        if !self.take(b'"') {
            return false;
        }
        inside.push(In::Text);
        while let Some(top) = inside.last_mut() {
            let Some(it) = self.peek() else {
                self.open = true;
                return false;
            };
            if it == b'\n' && self.open {
                return false;
            }
            match top {
                In::Text => match it {
                    b'\\' => self.at += 1,
                    b'"' => _ = inside.pop(),
                    b'\n' => return false,
                    b'$' | b'%' if self.starts("$${") || self.starts("%%{") => self.at += 2,
                    b'$' | b'%' if self.text.as_bytes().get(self.at + 1) == Some(&b'{') => {
                        self.at += 1;
                        inside.push(In::Braces(0));
                    }
                    _ => {}
                },
                In::Braces(depth) => match it {
                    b'"' => inside.push(In::Text),
                    b'{' => *depth += 1,
                    b'}' if *depth == 0 => _ = inside.pop(),
                    b'}' => *depth -= 1,
                    _ => {}
                },
            }
            self.at += 1;
        }
        self.at = self.at.min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        true
    }

    /// Over a text that goes to a word of its own (`<<EOT`), and what it says; none where it does not end.
    pub fn heredoc(&mut self) -> Option<String> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = rest.iter().take(WORD).position(|it| *it == b'\n').filter(|_| !self.open)?;
        let head = self.text.get(self.at..self.at + length)?;
        let word = head.strip_prefix("<<")?.trim_start_matches('-').trim();
        let is_word =
            !word.is_empty() && word.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '-');
        if !is_word {
            return None;
        }
        let mut at = self.at + head.len() + 1;
        let start = at;
        while at < self.text.len() {
            let end = memchr(self.text, at, '\n');
            if self.text[at..end].trim() == word {
                let body = self.text[start..at].to_owned();
                self.at = end;
                return Some(body);
            }
            at = end + 1;
        }
        self.open = true;
        None
    }

    /// Over an expression, to the comma or the bracket that ends it, or the end of its line.
    pub fn expression(&mut self, line_ends: bool) {
        let mut depth = 0_usize;
        while let Some(it) = self.peek() {
            match it {
                b'"' => {
                    if !self.quoted() {
                        self.rest_of_line();
                    }
                    continue;
                }
                b'<' if self.starts("<<") && self.heredoc().is_some() => continue,
                b'#' => {
                    self.rest_of_line();
                    continue;
                }
                b'/' if self.starts("//") || self.starts("/*") => {
                    self.blank(false);
                    continue;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => return,
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => return,
                b'\n' if depth == 0 && line_ends => return,
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// Where a letter is at or behind a place; the end where it is not.
fn memchr(text: &str, from: usize, letter: char) -> usize {
    text.get(from..).and_then(|it| it.find(letter)).map_or(text.len(), |it| from + it)
}
