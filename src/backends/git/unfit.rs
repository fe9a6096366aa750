//! Why a file may not be committed as a draft has it, in words and with what to do about it.

use super::failure::GitFailure;
use crate::yaml::YamlFault;
use domain::{Check, Refusal, RepoPath, Verdict};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("{path:?} is no path for a file: {why}")]
    Path { path: String, why: &'static str },
    #[error("{path} stands in the draft twice")]
    Twice { path: RepoPath },
    #[error("{path} is not in the commit that the draft was made on")]
    NotInBase { path: RepoPath },
    #[error("{path} is on {branch} already")]
    Exists { path: RepoPath, branch: String },
    #[error("{path} cannot be: {file} is a file, no folder")]
    Under { path: RepoPath, file: String },
    #[error("{path} is not on {branch} any more")]
    Gone { path: RepoPath, branch: String },
    #[error("{path} does not read as YAML as it was: {fault}")]
    Before { path: RepoPath, fault: YamlFault },
    #[error("{path} would not read as YAML: {fault}, column {}", fault.column)]
    After { path: RepoPath, fault: YamlFault },
    #[error("{path}: {others} other than the edited values would change")]
    Others { path: RepoPath, others: String },
    #[error("{path} would not change")]
    Nothing { path: RepoPath },
    #[error("{path} is locked by SOPS: a change by hand would break its seal")]
    Locked { path: RepoPath },
    #[error("{path} is kept by Git LFS: only its address is in Git")]
    Pointer { path: RepoPath },
    #[error("{path} changed on {branch} at the edited place since {base}{}", told(lines))]
    Conflict {
        path: RepoPath,
        branch: String,
        base: String,
        /// As the branch has them now, from 1.
        lines: Vec<u32>,
    },
    #[error("{0}")]
    Unread(#[from] GitFailure),
}

/// ": line 7", ": lines 7, 12".
fn told(lines: &[u32]) -> String {
    let listed = || lines.iter().take(5).map(u32::to_string).collect::<Vec<_>>().join(", ");
    match lines {
        [] => String::new(),
        [one] => format!(": line {one}"),
        _ => format!(": lines {}", listed()),
    }
}

impl Unfit {
    /// The file and the line that it is about.
    fn place(&self) -> Option<(RepoPath, u32)> {
        match self {
            Self::Before { path, fault } | Self::After { path, fault } => Some((path.clone(), fault.line)),
            Self::Conflict { path, lines, .. } => Some((path.clone(), *lines.first()?)),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Conflict { .. } => "open the line again: the draft is kept until you discard it".into(),
            Self::Gone { .. } | Self::NotInBase { .. } => "discard the draft and look again".into(),
            Self::Locked { .. } => {
                "edit it with the sops program, which keeps its seal: e opens it there".into()
            }
            Self::Exists { .. } => "open that file and edit it".into(),
            Self::Unread(failure) => return failure.hint(),
            _ => return None,
        })
    }

    /// As a check that stands in the way.
    pub fn check(&self) -> Check {
        Check { verdict: Verdict::Bad, says: self.to_string(), place: self.place() }
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        Refusal { why: unfit.to_string(), hint: unfit.hint() }
    }
}
