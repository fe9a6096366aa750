//! What may be done with objects, one verb per file.

pub mod bind;
pub mod create;
pub mod delete;
pub mod evict;
pub mod fill;
pub mod get;
pub mod judge;
pub mod list;
pub mod log;
pub mod patch;
pub mod review;
pub mod scale;
mod settle;
pub mod update;
pub mod watch;

pub use settle::{How, Record, preconditions, settle};
