//! A Git repository with a history, in memory.
//!
//! The files at any moment are templates filled with the values of that moment; a history is a list of steps that
//! add files or change values. So every commit differs from the one before it exactly as its message says.

mod import;
mod template;
mod tree;

pub use template::Template;
pub use tree::{Step, replay};

use std::collections::BTreeMap;

/// Somebody who commits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// One commit: who, when, why, and the files that it writes.
#[derive(Debug, Clone)]
pub struct Commit {
    pub author: Person,
    /// Seconds since the epoch.
    pub at: i64,
    pub message: String,
    pub files: BTreeMap<String, String>,
}

/// A branch that left the main one and has not come back.
#[derive(Debug, Clone)]
pub struct Branch {
    pub name: String,
    /// How many commits before the newest of the main branch it left.
    pub behind: usize,
    pub commits: Vec<Commit>,
}

/// All of the repository, in memory.
#[derive(Debug, Clone)]
pub struct Repository {
    /// The last part of its address, without `.git`.
    pub name: &'static str,
    /// Where the people who commit have their addresses.
    pub domain: &'static str,
    pub commits: Vec<Commit>,
    pub branches: Vec<Branch>,
}

impl Repository {
    /// Every file at the newest commit of the main branch.
    pub fn head(&self) -> BTreeMap<&str, &str> {
        let written = self.commits.iter().flat_map(|commit| &commit.files);
        written.map(|(path, text)| (path.as_str(), text.as_str())).collect()
    }

    /// The whole as a stream for `git fast-import`.
    pub fn stream(&self) -> Vec<u8> {
        import::stream(self)
    }
}
