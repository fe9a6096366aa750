//! What was checked about a draft before it is committed.

/// One thing that was looked at, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub verdict: Verdict,
    /// In words: "reads as YAML, only 1 value differs".
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Good,
    /// Worth knowing; does not stand in the way.
    Note,
    /// It cannot be committed like this.
    Bad,
}
