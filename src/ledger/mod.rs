//! The ledger: what was ordered and what became of it, written before the act and after it, each line bound to the
//! one before by its hash.

mod chain;
mod file;
mod installed;
mod print;
mod rolls;
mod standing;

pub use file::LedgerFile;
pub use print::{print, verify};
pub use standing::standing;
