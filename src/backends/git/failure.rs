//! What can go wrong with a repository, in words and with what to do about it.

use domain::Refusal;
use std::fmt::Display;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitFailure {
    #[error("{0} is in no Git repository")]
    NotARepository(PathBuf),
    #[error("{0} belongs to another user, and Git does not trust it")]
    ForeignOwned(PathBuf),
    #[error("{0} is a bare repository")]
    Bare(PathBuf),
    #[error("{0} keeps its refs in a reftable, which cannot be read yet")]
    Reftable(PathBuf),
    #[error("{0} is a partial clone: some of its objects are not here")]
    Partial(PathBuf),
    #[error("this clone is shallow, and its history ends at {0}")]
    CutOff(String),
    #[error("the repository has no remote")]
    NoRemote,
    #[error("the remote {remote} has no branch {branch} that was ever fetched")]
    NoBranch { remote: String, branch: String },
    #[error("no {path} in commit {commit}")]
    NoFile { path: String, commit: String },
    #[error("{0} is not text")]
    NotText(String),
    #[error("{what} is not what its commit says: the object {id} was tampered with")]
    Tampered { what: String, id: String },
    #[error("`{0}` is neither a commit that is here nor the tracked branch")]
    NoCommit(String),
    #[error("the `git` program could not be started: {0}")]
    NoGit(String),
    #[error("git {0} is too old")]
    OldGit(String),
    #[error("there is no room left on the disk")]
    NoRoom,
    #[error("{0}")]
    Read(String),
}

impl GitFailure {
    /// Anything that gitoxide says, on one line.
    pub(super) fn read(err: impl Display) -> Self {
        Self::Read(super::text::clean(&err.to_string()))
    }

    /// Anything that gitoxide says of writing. A full disk is told as that.
    pub(super) fn write(err: impl Display + std::fmt::Debug) -> Self {
        let all = format!("{err} {err:?}").to_lowercase();
        let full = ["no space left", "storagefull", "quota", "file too large", "filetoolarge", "os error 28"];
        if full.iter().any(|it| all.contains(it)) { Self::NoRoom } else { Self::read(err) }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotARepository(_) => {
                "start in a clone of the cluster's repository, or give one with --repo".into()
            }
            Self::ForeignOwned(path) => {
                format!("git config --global --add safe.directory {}", path.display())
            }
            Self::Bare(_) => "give a clone with a remote called origin".into(),
            Self::Reftable(_) => "git refs migrate --ref-format=files".into(),
            Self::Partial(_) => "git fetch --refetch --no-filter origin, or a full clone".into(),
            Self::CutOff(_) => "git fetch --unshallow".into(),
            Self::NoRemote => "git remote add origin URL".into(),
            Self::NoBranch { remote, branch } => format!("git fetch {remote} {branch}, or another --branch"),
            Self::NoGit(_) | Self::OldGit(_) => "install git 2.29 or newer".into(),
            Self::NoRoom => "make room, then do it again: the draft is kept".into(),
            Self::Tampered { .. } => "git fsck tells more; clone the repository anew".into(),
            Self::NoCommit(_) => {
                "give the first digits of its id; git fetch brings what others pushed".into()
            }
            Self::NoFile { .. } | Self::NotText(_) | Self::Read(_) => return None,
        })
    }

    /// The same as one line.
    pub fn told(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }
}

impl From<GitFailure> for Refusal {
    fn from(failure: GitFailure) -> Self {
        Refusal { why: failure.to_string(), hint: failure.hint() }
    }
}
