//! Bytes of a log to lines: chunks end anywhere, and the kernel writes its own moments.

use crate::talos::tidy::plain;
use domain::{LogLine, Moment, NodeLog};

/// Longer lines are cut here.
const LONGEST: usize = 16 << 10;

/// Puts lines together from chunks that end anywhere.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    rest: Vec<u8>,
}

impl Cutter {
    /// The lines that are whole now.
    pub(crate) fn cut(&mut self, chunk: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in chunk {
            if *byte == b'\n' || self.rest.len() >= LONGEST {
                lines.push(String::from_utf8_lossy(&self.rest).into_owned());
                self.rest.clear();
            }
            if *byte != b'\n' {
                self.rest.push(*byte);
            }
        }
        lines
    }
}

/// A line with its moment, where it names one.
pub(crate) fn stamped(line: &str, of: &NodeLog, writer: u16) -> LogLine {
    let (at, text) = match of {
        NodeLog::Dmesg => kernel(line),
        // Containers' lines begin with the moment that the runtime wrote.
        NodeLog::Container(_) | NodeLog::Service(_) => leading(line),
    };
    LogLine { at, writer, text: plain(text).into_boxed_str() }
}

/// "kern:    info: [2026-01-02T03:04:05.6Z]: text", without the moment.
fn kernel(line: &str) -> (Option<Moment>, &str) {
    let stamp = line.find('[').and_then(|begin| {
        let end = line.get(begin..)?.find(']')? + begin;
        Some((moment(line.get(begin + 1..end)?)?, line.get(end + 1..)?))
    });
    match stamp {
        Some((at, rest)) => (Some(at), rest.strip_prefix(':').unwrap_or(rest)),
        None => (None, line),
    }
}

fn leading(line: &str) -> (Option<Moment>, &str) {
    match line.split_once(' ') {
        Some((word, rest)) if word.len() >= 20 => match moment(word) {
            Some(at) => (Some(at), rest),
            None => (None, line),
        },
        _ => (None, line),
    }
}

fn moment(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|it| Moment(it.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_become_lines() {
        let mut cutter = Cutter::default();
        assert_eq!(cutter.cut(b"one\ntw"), ["one"]);
        assert_eq!(cutter.cut(b"o\n\nthree"), ["two", ""]);
        assert_eq!(cutter.cut("…\n".as_bytes()), ["three…"]);
        assert_eq!(cutter.cut(&vec![b'x'; LONGEST + 1]).len(), 1, "nothing grows for ever");
    }

    #[test]
    fn the_kernel_tells_when() {
        let line = "kern:  notice: [2026-01-02T03:04:05.678Z]: eth0: link \x1b[1mup";
        let it = stamped(line, &NodeLog::Dmesg, 3);
        assert_eq!(
            (it.at, it.text.as_ref(), it.writer),
            (Some(Moment(1_767_323_045_678)), "eth0: link up", 3)
        );
        let it = stamped("no stamp [here]", &NodeLog::Dmesg, 0);
        assert_eq!((it.at, it.text.as_ref()), (None, "no stamp [here]"));
    }

    proptest::proptest! {
        #[test]
        fn noise_never_breaks_it(chunks in proptest::collection::vec(proptest::collection::vec(0u8.., 0..40), 0..8), line in ".{0,80}") {
            let mut cutter = Cutter::default();
            for chunk in chunks {
                for line in cutter.cut(&chunk) {
                    let _ = stamped(&line, &NodeLog::Dmesg, 0);
                }
            }
            let _ = stamped(&line, &NodeLog::Dmesg, 0);
            let _ = stamped(&line, &NodeLog::Service("x".into()), 0);
        }
    }
}
