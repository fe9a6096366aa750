//! Lines of a log as the API server sends them: a time, a space, the text.

use crate::kubernetes::rows::meta::moment;
use crate::plain::plain;
use domain::LogLine;

/// A line and its time as it was written, to go on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) stamp: String,
    text: Box<str>,
}

/// Longer lines are cut: nobody reads them, and one of them could fill the memory.
const LONGEST: usize = 16 << 10;

impl Read {
    pub(super) fn parse(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line.get(..LONGEST).unwrap_or(line));
        match line.split_once(' ').filter(|(stamp, _)| moment(stamp).is_some()) {
            Some((stamp, text)) => Self { stamp: stamp.to_owned(), text: plain(text).into() },
            None => Self { stamp: String::new(), text: plain(&line).into() },
        }
    }

    pub(super) fn line(self, writer: u16) -> LogLine {
        LogLine { at: moment(&self.stamp), writer, text: self.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_time_and_a_safe_text() {
        let read = Read::parse(b"2026-11-21T08:00:00.123456789Z \x1b[31mE1121 boom\x1b[0m\r");
        assert_eq!(read.stamp, "2026-11-21T08:00:00.123456789Z");
        let line = read.line(3);
        assert_eq!(
            (line.at, line.writer, line.text.as_ref()),
            (Some(domain::Moment(1_795_248_000_123)), 3, "E1121 boom")
        );
        assert_eq!(Read::parse(b"no time here").line(0).text.as_ref(), "no time here");
    }
}
