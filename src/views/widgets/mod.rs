//! The parts that screens are made of. They know roles, not the domain.

mod line;
mod mark;
mod table;

pub(crate) use line::{Words, rule, spread};
pub(crate) use mark::mark;
pub(crate) use table::{Cell, Column, Table, Width};
