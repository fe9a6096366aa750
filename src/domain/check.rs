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

/// Something at one place of a text, as an editor shows it beside the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    pub verdict: Verdict,
    /// In words: "no reads as false by YAML 1.1 and as a text by YAML 1.2".
    pub says: String,
}
