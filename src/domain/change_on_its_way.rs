//! A change on its way: the steps from a commit to a cluster that is what the commit says.

use crate::{CommitId, Moment};

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Committed,
    Pushed,
    Merged,
    Synced,
    Rolling,
    Verified,
}

impl Step {
    pub const ALL: [Step; 6] =
        [Step::Committed, Step::Pushed, Step::Merged, Step::Synced, Step::Rolling, Step::Verified];

    pub fn word(self) -> &'static str {
        match self {
            Step::Committed => "committed",
            Step::Pushed => "pushed",
            Step::Merged => "merged",
            Step::Synced => "synced",
            Step::Rolling => "rolling",
            Step::Verified => "verified",
        }
    }
}

/// How far one step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    Done {
        at: Option<Moment>,
    },
    UnderWay {
        since: Option<Moment>,
    },
    /// It cannot go on by itself.
    Failed {
        why: String,
    },
    Waiting,
}

/// One step of a journey and what shows that it is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    pub step: Step,
    pub reached: Reached,
    /// In words, for a person: "cluster-api synced a91f3c2".
    pub evidence: String,
}

/// One commit and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    pub commit: CommitId,
    pub subject: String,
    pub author: String,
    pub at: Moment,
    /// Whether it was made in this cockpit.
    pub ours: bool,
    /// One for every step, in their order.
    pub legs: Vec<Leg>,
    /// Machines that are as the commit says, of all that it changes.
    pub machines: Option<(u32, u32)>,
}

impl Journey {
    /// The step that is under way, or the last one where all are done.
    pub fn step(&self) -> Step {
        let open = self.legs.iter().find(|leg| !matches!(leg.reached, Reached::Done { .. }));
        open.map_or(Step::Verified, |leg| leg.step)
    }

    pub fn verified(&self) -> bool {
        self.legs.iter().all(|leg| matches!(leg.reached, Reached::Done { .. }))
    }

    pub fn leg(&self, step: Step) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.step == step)
    }
}
