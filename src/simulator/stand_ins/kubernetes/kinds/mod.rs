//! What kinds of objects there are: those built in, and those that definitions add.

mod builtin;
mod definition;
mod kind;
mod registry;

pub use kind::{Column, Kind, ScalePaths};
pub use registry::Kinds;
