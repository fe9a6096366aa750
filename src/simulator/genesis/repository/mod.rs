//! The Git repository of the default world: what runs, and nine months of how it came to be.
//!
//! The files at any moment are templates filled with the values of that moment; a history is a list of steps that
//! add files or change values. So every commit differs from the one before it exactly as its message says.

mod content;
mod history;
mod import;
mod platform;
mod secrets;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// Which repository is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Everything that looks random comes of this.
    pub seed: u64,
    /// The moment of the youngest commit's reader, in seconds since the epoch; the youngest is minutes old.
    pub now: i64,
    /// Worker machines of the MachineDeployment.
    pub workers: usize,
    /// The address that applications name as their source.
    pub remote: String,
    /// Bumps that have not been merged yet, as (image, tag).
    pub without: Vec<(String, String)>,
}

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
    pub commits: Vec<Commit>,
    pub branches: Vec<Branch>,
}

impl Repository {
    /// Make it. The same wish makes the same repository, to the commit id.
    pub fn of(wanted: &Wanted) -> Result<Self, serde_yaml::Error> {
        let templates = content::templates(wanted)?;
        let steps = history::steps(wanted, &templates)?;
        let commits = tree::replay(&templates, &steps);
        let branches = history::branches(wanted, &commits)?;
        Ok(Self { commits, branches })
    }

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
