//! The parts that screens are made of. They know roles, not the domain.

mod heading;
mod journey;
mod language;
mod line;
mod log;
mod mark;
mod table;
mod text;
mod trend;
mod yaml;

pub(crate) use heading::nothing;
pub(crate) use journey::{LINES as JOURNEY_LINES, journey};
pub(crate) use language::Language;
pub(crate) use line::{Words, divider, fitted, rule, spread, wrapped};
pub(crate) use log::log;
pub(crate) use mark::mark;
pub(crate) use table::{Cell, Column, Table, Width};
pub(crate) use text::text;
pub(crate) use trend::trend;
