//! What must not enter a repository unseen: secrets in clear, what should be sealed, versions that go back or disagree.

mod clear;
mod sealed;
mod secrets;
mod versions;

use super::failure::GitFailure;
use super::land::Landed;
use super::open::Opened;
use super::{path, read};
use domain::{Check, RepoPath, Verdict};
use gix::ObjectId;

/// Notes of one kind that are told.
const PLACES: usize = 6;

/// The tree as it would be: the tip's, with a draft's files over it.
pub(super) struct Tree<'a> {
    pub opened: &'a Opened,
    pub tip: ObjectId,
    pub landed: &'a [Landed],
}

impl Tree<'_> {
    /// The text of a file; none where there is none, or it is no text.
    fn text(&self, path: &str) -> Option<String> {
        if let Some(landed) = self.landed.iter().find(|it| it.path.0 == path) {
            return landed.after.clone();
        }
        read::blob(self.opened, self.tip, &RepoPath(path.into())).ok().flatten().map(|it| it.text)
    }

    /// Every file of the tip and of the draft whose path is wanted, with its text.
    fn texts(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<(RepoPath, String)>, GitFailure> {
        let tree = self.opened.commit(self.tip)?.tree().map_err(GitFailure::read)?;
        let mut paths: Vec<String> = Vec::new();
        for entry in tree.traverse().breadthfirst.files().map_err(GitFailure::read)? {
            let path = entry.filepath.to_string();
            if entry.mode.is_blob() && wanted(&path) {
                paths.push(path);
            }
        }
        paths.extend(self.landed.iter().map(|it| it.path.0.clone()).filter(|it| wanted(it)));
        paths.sort();
        paths.dedup();
        let read = |path: String| self.text(&path).map(|text| (RepoPath(path), text));
        Ok(paths.into_iter().filter_map(read).collect())
    }
}

/// Everything that is to be said; what is bad stands in the way of a commit.
pub(super) fn checks(tree: &Tree<'_>) -> Result<Vec<Check>, GitFailure> {
    let mut checks = sealed::checks(tree)?;
    let told: Vec<_> = checks.iter().filter_map(|it| it.place.clone()).collect();
    // What must be sealed need not be called a secret as well.
    checks
        .extend(secrets::checks(tree).into_iter().filter(|it| !it.place.iter().any(|it| told.contains(it))));
    checks.extend(versions::checks(tree)?);
    checks.sort_by_key(|it| it.verdict != Verdict::Bad);
    Ok(checks)
}

/// About one line of a file: "secrets/a.yaml:7 …".
fn at(verdict: Verdict, path: &RepoPath, line: u32, says: &str) -> Check {
    Check { verdict, says: format!("{path}:{line} {says}"), place: Some((path.clone(), line)) }
}

fn is_yaml(path: &str) -> bool {
    path::is_yaml(&RepoPath(path.to_owned()))
}
