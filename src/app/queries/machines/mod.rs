//! Machines: the tree, the detail of one of them, and what it means that one is outdated or waits.

mod detail;
pub mod outdated;
mod tree;
pub mod waits;

pub use detail::{Detail, conditions, of as detail, written};
pub use tree::{COLUMNS, Tree, TreeRow, key, selected, tree};
