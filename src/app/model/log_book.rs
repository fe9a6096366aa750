//! The lines of a log as they come, as many as fit: of pods, of services, of a kernel.

use super::terms::contains;
use domain::{LogChange, LogLine};
use std::collections::VecDeque;

/// How many bytes of text, and how many lines, are kept. The oldest are let go.
const BYTES: usize = 8 << 20;
const LINES: usize = 50_000;

/// A log. Its lines have numbers that never change, so that a person who reads does not lose the place when old
/// lines are let go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogBook {
    /// Who writes: lines name them by their place.
    pub writers: Vec<String>,
    /// It ended by itself; nothing will follow.
    pub ended: bool,
    lines: VecDeque<LogLine>,
    /// The number of the oldest line that is kept.
    first: usize,
    bytes: usize,
}

impl LogBook {
    pub fn absorb(&mut self, change: LogChange) {
        match change {
            LogChange::Writers(writers) => {
                *self = Self { writers, first: self.end(), ..Self::default() };
            }
            LogChange::Lines(lines) => {
                for line in lines {
                    self.bytes += line.text.len();
                    self.lines.push_back(line);
                }
                while self.bytes > BYTES || self.lines.len() > LINES {
                    let Some(gone) = self.lines.pop_front() else { break };
                    self.bytes -= gone.text.len();
                    self.first += 1;
                }
            }
            LogChange::End => self.ended = true,
        }
    }

    /// The number of the oldest line.
    pub fn first(&self) -> usize {
        self.first
    }

    /// The number that the next line will have.
    pub fn end(&self) -> usize {
        self.first + self.lines.len()
    }

    pub fn line(&self, number: usize) -> Option<&LogLine> {
        self.lines.get(number.checked_sub(self.first)?)
    }

    /// Up to `count` lines that match, from number `from` on.
    pub fn after(&self, from: usize, filter: &LogFilter, count: usize) -> Vec<(usize, &LogLine)> {
        let skip = from.saturating_sub(self.first).min(self.lines.len());
        let numbered = (self.first + skip..).zip(self.lines.range(skip..));
        numbered.filter(|(_, line)| filter.keep(line)).take(count).collect()
    }

    /// The last `count` lines that match before number `until`, the oldest first.
    pub fn before(&self, until: usize, filter: &LogFilter, count: usize) -> Vec<(usize, &LogLine)> {
        let take = until.saturating_sub(self.first).min(self.lines.len());
        let numbered = self.lines.range(..take).enumerate().rev().map(|(at, line)| (self.first + at, line));
        let mut found: Vec<_> = numbered.filter(|(_, line)| filter.keep(line)).take(count).collect();
        found.reverse();
        found
    }
}

/// What was typed after `/` in a log: words that a line must hold, or with `!` must not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    words: Vec<(bool, String)>,
}

impl LogFilter {
    pub fn read(typed: &str) -> Self {
        let words = typed.to_lowercase();
        let words = words.split_whitespace().map(|word| match word.strip_prefix('!') {
            Some(rest) => (false, rest.to_owned()),
            None => (true, word.to_owned()),
        });
        Self { words: words.filter(|(_, word)| !word.is_empty()).collect() }
    }

    pub fn keep(&self, line: &LogLine) -> bool {
        self.words.iter().all(|(wanted, word)| contains(&line.text, word) == *wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> LogChange {
        let line = |it: &&str| LogLine { text: (*it).into(), ..LogLine::default() };
        LogChange::Lines(texts.iter().map(line).collect())
    }

    fn said<'a>(found: &[(usize, &'a LogLine)]) -> Vec<(usize, &'a str)> {
        found.iter().map(|(number, line)| (*number, line.text.as_ref())).collect()
    }

    #[test]
    fn lines_keep_their_numbers() {
        let mut book = LogBook::default();
        book.absorb(lines(&["one", "Two error", "three", "four ERROR"]));
        let all = LogFilter::default();
        let errors = LogFilter::read("error");
        assert_eq!(said(&book.after(1, &all, 2)), [(1, "Two error"), (2, "three")]);
        assert_eq!(said(&book.after(0, &errors, 9)), [(1, "Two error"), (3, "four ERROR")]);
        assert_eq!(said(&book.before(4, &errors, 1)), [(3, "four ERROR")]);
        assert_eq!(said(&book.before(3, &LogFilter::read("!error"), 9)), [(0, "one"), (2, "three")]);
        book.absorb(LogChange::Writers(vec!["web".into()]));
        book.absorb(lines(&["five"]));
        assert_eq!((book.first(), said(&book.after(0, &all, 9))), (4, vec![(4, "five")]));
    }

    #[test]
    fn the_oldest_lines_are_let_go() {
        let mut book = LogBook::default();
        for _ in 0..3 {
            book.absorb(lines(&vec!["x"; 20_000]));
        }
        assert_eq!((book.first(), book.end()), (10_000, 60_000));
        assert!(book.line(9_999).is_none() && book.line(10_000).is_some());
    }
}
