//! What differs, as it was worked out last, and what is remembered of it.

use super::{Asked, DriftIndex};
use crate::queries::drift::Compared;
use domain::{BlameLine, CommitId, Difference, FormerRules, Mend, Moment, RepoPath};
use std::collections::BTreeMap;

/// What was looked up as of a commit.
pub type AskedOf<T> = (CommitId, Asked<Vec<T>>);

#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// What wants a person most comes first.
    pub rows: Vec<Difference>,
    /// Where each of them is.
    pub index: DriftIndex,
    /// What was compared then, and what could not be.
    pub compared: Compared,
    /// When each difference was first seen by this run, by its key.
    pub seen: BTreeMap<String, Moment>,
    /// Who wrote the lines of the files that say one side, as of a commit.
    pub writers: BTreeMap<RepoPath, AskedOf<BlameLine>>,
    /// What the file of a firewall said before, by the file and the name of the firewall, as of a commit.
    pub former: BTreeMap<(RepoPath, String), AskedOf<FormerRules>>,
    /// The draft that is being worked out.
    pub mending: Option<Mend>,
    /// When `rows` was worked out.
    pub checked: Moment,
    /// Counts the times that it came out otherwise.
    pub generation: u64,
}
