//! What differs, as it was worked out last, and what is remembered of it.

use super::Asked;
use domain::{BlameLine, CommitId, Difference, Mend, Moment, RepoPath};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// What wants a person most comes first.
    pub rows: Vec<Difference>,
    /// When each difference was first seen by this run, by its key.
    pub seen: BTreeMap<String, Moment>,
    /// Who wrote the lines of the files that say one side, as of a commit.
    pub writers: BTreeMap<RepoPath, (CommitId, Asked<Vec<BlameLine>>)>,
    /// The draft that is being worked out.
    pub mending: Option<Mend>,
    /// When `rows` was worked out.
    pub checked: Moment,
    /// Counts the times that it came out otherwise.
    pub generation: u64,
}
