//! Git: read through gitoxide, fetch and push by the `git` executable.

mod committed;

pub use committed::Committed;

use crate::Sources;
use domain::{BranchName, CommitId, Draft, Outcome, Refusal};
use std::path::PathBuf;

/// The repository that declares the cluster.
#[derive(Debug, Clone)]
pub struct Repository {
    path: Option<PathBuf>,
}

impl Repository {
    pub fn new(sources: &Sources) -> Self {
        Self { path: sources.repository.clone() }
    }

    pub async fn commit(&self, draft: Draft) -> Outcome {
        Outcome::Refused(Refusal {
            why: format!("{} cannot be committed: {:?}", draft.path, self.path),
            hint: None,
        })
    }

    pub async fn push(&self, commit: CommitId, _branch: BranchName) -> Outcome {
        Outcome::Refused(Refusal { why: format!("{commit} cannot be pushed"), hint: None })
    }
}
