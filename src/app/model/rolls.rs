//! What is to be put in force on nodes: what was foretold of commits and drafts, the roll that is under way, and the
//! one that the ledger tells of.

use super::Conductor;
use domain::{CommitId, Draft, Planned, Previewed, StandingRoll};
use std::collections::BTreeMap;

/// What is known of a question that was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked<T> {
    UnderWay,
    Answered(Box<T>),
    /// In words for a person.
    Failed(String),
}

#[derive(Debug, Clone, Default)]
pub struct Rolls {
    pub plans: BTreeMap<CommitId, Asked<Planned>>,
    /// The draft that was previewed last, and what came of it.
    pub preview: Option<(Draft, Asked<Previewed>)>,
    /// How many workers at a time the roll that is asked for would let go. None stands for one; control planes go one
    /// at a time, whatever this is.
    pub width: Option<usize>,
    pub conductor: Option<Conductor>,
    /// The roll that did not come to its end in a run before this one.
    pub standing: Option<StandingRoll>,
}

impl Rolls {
    /// What was foretold of a commit, where it was.
    pub fn planned(&self, commit: &CommitId) -> Option<&Planned> {
        match self.plans.get(commit) {
            Some(Asked::Answered(planned)) => Some(planned),
            _ => None,
        }
    }

    /// The roll of a commit that is under way, or ended in this run.
    pub fn roll_of(&self, commit: &CommitId) -> Option<&Conductor> {
        self.conductor.as_ref().filter(|it| it.commit == *commit)
    }
}
