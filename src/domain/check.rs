//! What was checked about a draft before it is committed.

use crate::RepoPath;

/// One thing that was looked at, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub verdict: Verdict,
    /// In words: "reads as YAML, only 1 value differs".
    pub says: String,
    /// The file and the line (from 1) that it is about, where it is about one.
    pub place: Option<(RepoPath, u32)>,
}

impl Check {
    /// About the draft as a whole.
    pub fn of(verdict: Verdict, says: impl Into<String>) -> Self {
        Self { verdict, says: says.into(), place: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Good,
    /// Worth knowing; does not stand in the way.
    Note,
    /// It cannot be committed like this.
    Bad,
}
