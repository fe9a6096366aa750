//! What may be done with objects, one verb per file.

pub mod create;
pub mod delete;
pub mod fill;
pub mod get;
pub mod list;
pub mod patch;
mod settle;
pub mod update;
pub mod watch;

pub use settle::{How, preconditions, settle};
