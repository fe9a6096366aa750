//! The repository that declares the cluster, as far as it can be seen without touching it.

use crate::{BranchName, CommitId, Moment, RepoPath};

/// Where the repository stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryState {
    /// The folder it is in.
    pub folder: String,
    /// Where it is fetched from, without any password; none without a remote.
    pub remote: Option<String>,
    /// The branch that the cluster follows.
    pub branch: BranchName,
    /// Its tip on the remote as of the last fetch.
    pub remote_tip: Option<CommitId>,
    /// Its tip here, where there is a local branch of that name.
    pub local_tip: Option<CommitId>,
    /// What is checked out: a branch, or a short commit id.
    pub head: String,
    /// Commits that only the local branch has, and that only the remote has.
    pub ahead: u32,
    pub behind: u32,
    /// When the remote was last asked, by us or by anybody.
    pub fetched: Option<Moment>,
    /// Why the last fetch of ours failed; none where it went well.
    pub fetch_failed: Option<String>,
    /// None where it could not be read.
    pub work_tree: Option<WorkTree>,
}

/// How many files of the work tree differ, by how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkTree {
    pub staged: u32,
    pub modified: u32,
    pub untracked: u32,
}

impl WorkTree {
    pub fn is_clean(self) -> bool {
        self == Self::default()
    }
}

/// A commit without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub id: CommitId,
    pub parents: Vec<CommitId>,
    pub author: String,
    pub email: String,
    /// When it was committed.
    pub at: Moment,
    /// The first line of its message.
    pub subject: String,
    /// What it changed against its first parent.
    pub paths: Vec<RepoPath>,
}

/// The newest commits of the tracked branch of the remote, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    pub commits: Vec<Commit>,
    /// Whether there are older ones that are not here.
    pub more: bool,
}

impl Log {
    pub fn get(&self, id: &CommitId) -> Option<&Commit> {
        self.commits.iter().find(|it| it.id == *id)
    }

    /// When the branch first had a commit: its own time, or that of the merge that brought it.
    pub fn landed(&self, commit: &Commit) -> Moment {
        let mut here = self.commits.first();
        let mut merged = None;
        while let Some(it) = here.filter(|it| it.id != commit.id) {
            let brought = |side: &&CommitId| self.reaches(side, &commit.id) == Some(true);
            if it.at >= commit.at && it.parents.iter().skip(1).any(|side| brought(&side)) {
                merged = Some(it.at);
            }
            here = it.parents.first().and_then(|parent| self.get(parent));
        }
        match here {
            Some(_) => commit.at,
            None => merged.unwrap_or(commit.at),
        }
    }

    /// Whether `tip` is `commit` or was built on it. None where this page of the log does not reach far enough.
    pub fn reaches(&self, tip: &CommitId, commit: &CommitId) -> Option<bool> {
        if tip == commit {
            return Some(true);
        }
        // Newer than the page, older than it, or of no branch that is followed.
        self.get(tip)?;
        let mut open = vec![tip];
        let mut seen = std::collections::BTreeSet::new();
        let mut whole = true;
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.get(id) {
                Some(it) if it.parents.contains(commit) => return Some(true),
                Some(it) => open.extend(&it.parents),
                None => whole = false,
            }
        }
        // Where the commit itself is in the page, the walk has passed everything younger that could lead to it.
        (whole || self.get(commit).is_some()).then_some(false)
    }
}

/// What one commit changed, as lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitDiff {
    pub commit: CommitId,
    /// The whole message.
    pub message: String,
    pub files: Vec<FileDiff>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    pub path: RepoPath,
    /// In a word: added, deleted, modified, renamed from …, binary.
    pub how: String,
    pub lines: Vec<DiffLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// The head of a hunk: first line before and after.
    Hunk {
        before: u32,
        after: u32,
    },
    Same(String),
    Added(String),
    Removed(String),
}

/// Who last wrote a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameLine {
    /// From 1.
    pub line: u32,
    pub commit: CommitId,
    pub author: String,
    pub at: Moment,
    pub subject: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: &str, parents: &[&str]) -> Commit {
        Commit {
            id: CommitId(id.into()),
            parents: parents.iter().map(|it| CommitId((*it).into())).collect(),
            author: String::new(),
            email: String::new(),
            at: Moment::default(),
            subject: String::new(),
            paths: Vec::new(),
        }
    }

    #[test]
    fn a_commit_lands_with_the_merge_that_brings_it() {
        let at = |at: i64, it: Commit| Commit { at: Moment(at), ..it };
        let log = Log {
            commits: vec![
                at(40, commit("tip", &["m"])),
                at(30, commit("m", &["a", "side"])),
                at(20, commit("a", &["root"])),
                at(10, commit("side", &["root"])),
                at(0, commit("root", &[])),
            ],
            more: false,
        };
        let landed = |id: &str| log.landed(log.get(&CommitId(id.into())).unwrap());
        assert_eq!((landed("side"), landed("a"), landed("tip")), (Moment(30), Moment(20), Moment(40)));
    }

    #[test]
    fn a_tip_reaches_what_it_was_built_on() {
        let log = Log {
            commits: vec![commit("d", &["b", "c"]), commit("c", &["a"]), commit("b", &["a"])],
            more: true,
        };
        let id = |it: &str| CommitId(it.into());
        assert_eq!(log.reaches(&id("d"), &id("c")), Some(true));
        assert_eq!(log.reaches(&id("d"), &id("a")), Some(true));
        assert_eq!(log.reaches(&id("b"), &id("c")), Some(false));
        assert_eq!(log.reaches(&id("d"), &id("0")), None, "older than the page");
        assert_eq!(log.reaches(&id("new"), &id("d")), None, "a commit that was not fetched yet");
    }
}
