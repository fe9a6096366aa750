//! The Git remote: a bare repository in the world's folder, reached as a file and over smart HTTP.

mod commit;
mod http;
mod record;
mod remote;

#[cfg(test)]
mod tests;

pub use crate::git_program::GitError;
pub use remote::{Committed, Remote};
