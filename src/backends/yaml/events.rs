//! The events of a YAML text, and what makes a text no YAML.

use granit_parser::{Event, Options, Parser, Span};

/// What makes a text no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct YamlFault {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    pub why: String,
}

/// Every event of `text`, without its comments. The reader ends at the first fault.
pub(super) fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), YamlFault>> {
    let mut options = Options::default();
    options.emit_comments = false;
    Parser::new_from_str_with_options(text, options).map(|it| {
        it.map_err(|err| YamlFault {
            line: u32::try_from(err.marker().line()).unwrap_or(0),
            column: u32::try_from(err.marker().col() + 1).unwrap_or(0),
            why: crate::plain::plain(&err.info()).into_owned(),
        })
    })
}
