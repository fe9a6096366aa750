//! Kubernetes: one handle on an API server, what kinds it has, and one watch for every kind that is wanted.

mod catalogue;
mod cluster;
mod connection;
mod counts;
mod discovery;
pub(crate) mod drain;
mod keeper;
mod kinds;
mod listing;
mod logs;
mod object;
pub mod orders;
mod reading;
mod rows;
pub mod schemas;
mod selector;
mod sign_in;
mod told;
mod trouble;

pub use catalogue::kinds;
pub use cluster::Cluster;
pub use counts::counts;
pub use keeper::Known;
pub use kinds::{Kinds, Served};
pub use listing::{Wanted, encoded, now, watch_kind, watch_with};
pub use logs::logs;
pub use object::object;
pub use reading::{Event, Objects, Page, Reading};
pub use rows::{pod_rows, rows};
pub use told::{Tell, Told, telling};
pub use trouble::Trouble;
