//! The one road from a wish to a fact:
//!
//! ```text
//! Draft --commit--> Revision --plan--> Plan --approve--> Approval --apply--> Receipt
//! ```
//!
//! Every step takes the former by value. Bytes travel on the first step only; from [`crate::Revision`] on, an order can
//! but name what git already holds. There is no field in which uncommitted content could ride to a node.

use crate::{
    Approval, BranchName, CommitId, Draft, ObjectRef, Proposal, Receipt, RepoPath, RollStep, Stopped,
};

/// What the house asks of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Build a commit on the tip of the tracked branch of the remote; nothing of the operator's is touched.
    Commit(Draft),
    /// Send a commit to the tracked branch of the remote; never by force.
    Push { commit: CommitId, branch: BranchName },
    /// Send a commit to a branch of ours and ask for it to be merged; by force only over what we left there.
    Propose { commit: CommitId, onto: BranchName, message: String },
    /// Let a delivery engine look at Git and the cluster anew.
    Refresh { object: ObjectRef },
    /// Let a delivery engine apply what Git says.
    Sync { object: ObjectRef },
    /// Put the published content that a plan names in force on its node: one node's whole transaction.
    Apply { approval: Approval, step: RollStep },
}

/// Why an order was not carried out, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    pub hint: Option<String>,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A commit that is in no branch yet.
    Committed {
        commit: CommitId,
        paths: Vec<RepoPath>,
    },
    /// `remote` is what the server said to it.
    Pushed {
        commit: CommitId,
        branch: BranchName,
        remote: Vec<String>,
    },
    /// It is on a branch of its own; `remote` is what the server and its forge said to it.
    Proposed {
        commit: CommitId,
        proposal: Proposal,
        remote: Vec<String>,
    },
    /// The branch takes no direct pushes; a pull request is the way. The commit is kept.
    Closed {
        commit: CommitId,
        branch: BranchName,
        why: String,
    },
    /// The branch moved on meanwhile. It has been fetched; the draft can be committed again on its new tip.
    Overtaken {
        branch: BranchName,
    },
    /// A delivery engine was asked; `words` says what for.
    Asked {
        object: ObjectRef,
        words: String,
    },
    /// A node runs what was committed, and both its digests say so.
    Applied(Receipt),
    /// A gate was not passed: nothing more was sent, and nothing else is touched.
    Stopped(Box<Stopped>),
    Refused(Refusal),
}
