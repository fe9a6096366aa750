//! What was looked up in the repository last: one commit's diff, one file with who wrote its lines, the names of
//! all files.

use domain::{BlameLine, CommitDiff, CommitId, RepoPath, Revision};
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub struct GitLooks {
    /// The commit that somebody else named and the clone did not have, for which the remote was asked.
    pub fetched_for: Option<CommitId>,
    /// The commit that was asked for last.
    pub asked: Option<CommitId>,
    pub diff: Option<CommitDiff>,
    /// The file that was asked for last.
    pub asked_file: Option<Revision>,
    pub text: Option<(Revision, Vec<String>)>,
    pub blame: Option<(Revision, Vec<BlameLine>)>,
    /// Every file of the commit that was looked at for them.
    pub files: Option<(CommitId, Arc<Vec<RepoPath>>)>,
    /// Why the last question was not answered.
    pub failed: Option<String>,
}
