//! What is to be said of a YAML text, place by place: where it does not read, keys that stand twice, and values that
//! readers of YAML 1.1 and 1.2 take for different things.

use super::numbers::{Reading, readings};
use domain::{Diagnosis, Verdict};
use granit_parser::{Event, Options, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// Whether a text that does not read as YAML is one before something has filled it in: Go templates, Helm, Jinja.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Look at a text from its beginning to the first place that does not read.
pub fn diagnose(text: &str) -> Vec<Diagnosis> {
    let mut options = Options::default();
    options.emit_comments = false;
    let mut walk = Walk::default();
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => walk.step(event, &span),
            Err(_) if is_template(text) => {
                let says = "a template, no YAML yet: it is taken as text".to_owned();
                return vec![Diagnosis { line: 1, column: 1, verdict: Verdict::Note, says }];
            }
            Err(err) => {
                let marker = err.marker();
                walk.say(
                    marker.line(),
                    marker.col(),
                    Verdict::Bad,
                    crate::plain::plain(&err.info()).into_owned(),
                );
                break;
            }
        }
    }
    walk.found
}

/// A list or a map that is open.
enum Level {
    /// Its keys so far with their lines, and whether the next node is one.
    Map {
        keys: HashMap<String, usize>,
        key_next: bool,
    },
    List,
}

#[derive(Default)]
struct Walk {
    levels: Vec<Level>,
    found: Vec<Diagnosis>,
}

impl Walk {
    fn step(&mut self, event: Event<'_>, span: &Span) {
        match event {
            Event::DocumentStart(..) => self.levels.clear(),
            Event::MappingStart(..) => self.levels.push(Level::Map { keys: HashMap::new(), key_next: true }),
            Event::SequenceStart(..) => self.levels.push(Level::List),
            Event::MappingEnd | Event::SequenceEnd => {
                self.levels.pop();
                self.node_ended();
            }
            Event::Alias(_) => self.node_ended(),
            Event::Scalar(value, style, _, tag) => {
                self.key(&value, span);
                if style == ScalarStyle::Plain && tag.is_none() && !span.is_empty() {
                    self.value(&value, span);
                }
                self.node_ended();
            }
            _ => {}
        }
    }

    fn key(&mut self, name: &str, span: &Span) {
        let line = span.start.line();
        let Some(Level::Map { keys, key_next: true }) = self.levels.last_mut() else { return };
        // A merge may stand in a map more than once.
        if name == "<<" {
            return;
        }
        if let Some(first) = keys.insert(name.to_owned(), line) {
            let says = format!("{} stands here again, first at line {first}", crate::plain::plain(name));
            self.say(line, span.start.col(), Verdict::Note, says);
        }
    }

    fn value(&mut self, value: &str, span: &Span) {
        let Some(Reading { older, newer }) = readings(value) else { return };
        let says =
            format!("{value} reads as {older} by YAML 1.1 and as {newer} by YAML 1.2: quotes settle it");
        self.say(span.start.line(), span.start.col(), Verdict::Note, says);
    }

    /// In a map, keys and values take turns.
    fn node_ended(&mut self) {
        if let Some(Level::Map { key_next, .. }) = self.levels.last_mut() {
            *key_next = !*key_next;
        }
    }

    fn say(&mut self, line: usize, column: usize, verdict: Verdict, says: String) {
        let (line, column) =
            (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX));
        self.found.push(Diagnosis { line, column, verdict, says });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        diagnose(text).iter().map(|it| format!("{}:{} {}", it.line, it.column, it.says)).collect()
    }

    #[test]
    fn what_does_not_read_says_where() {
        let found = diagnose("a: 1\nb: [1, 2\nc: 3\n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].verdict, found[0].line >= 2), (Verdict::Bad, true), "{found:?}");
        assert_eq!(diagnose("a: 1\n- b\n")[0].line, 2);
    }

    #[test]
    fn keys_that_stand_twice_are_told_once_each() {
        let text = "a:\n  b: 1\n  c: {d: 1, d: 2}\n  b: 2\n---\na: 1\nx:\n  - b: 1\n  - b: 2\n";
        assert_eq!(
            told(text),
            ["3:13 d stands here again, first at line 3", "4:3 b stands here again, first at line 2"]
        );
        assert_eq!(told("a: &a {x: q}\nb:\n  <<: *a\n  <<: *a\n"), Vec::<String>::new());
    }

    #[test]
    fn values_that_readers_differ_over_are_told_where_they_are_not_quoted() {
        assert_eq!(
            told("daemon: off\nmode: 0755\nquoted: \"off\"\ntext: !!str off\nat: 1:30\n"),
            [
                "1:9 off reads as false by YAML 1.1 and as a text by YAML 1.2: quotes settle it",
                "2:7 0755 reads as 493 by YAML 1.1 and as 755 by YAML 1.2: quotes settle it",
                "5:5 1:30 reads as 90 by YAML 1.1 and as a text by YAML 1.2: quotes settle it",
            ]
        );
        assert_eq!(told("on: push\n").len(), 1, "a key is read like a value");
        assert_eq!(
            told("a: true\nb: 8080\nc: v1.35.2\nd: 1.5\ne: ~\nf: 10.0.0.1\ng:\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_template_says_that_it_is_one() {
        assert_eq!(
            told("{{ if .x }}\na: {{ .y }}: z\n{{ end }}\n"),
            ["1:1 a template, no YAML yet: it is taken as text"]
        );
    }
}
