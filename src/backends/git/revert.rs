//! The draft that takes back what a commit changed: each of its files merged from the commit, by way of its parent, onto
//! the branch's tip.

use super::failure::GitFailure;
use super::land::{collisions, merged};
use super::open::Opened;
use super::read::{self, Blob};
use super::seal;
use domain::{CommitId, Draft, DraftFile, RepoPath};

/// The inverse of `commit`, made on the tip, and those of its files that the tip has not. The error is for a person to
/// read.
pub(super) fn draft(opened: &Opened, commit: &CommitId) -> Result<(Draft, Vec<RepoPath>), String> {
    let told = |err: GitFailure| err.told();
    let short = commit.short();
    let found = opened.commit(read::id(commit).map_err(told)?).map_err(told)?;
    if opened.is_cut_off(found.id) {
        return Err(GitFailure::CutOff(short.into()).told());
    }
    if !read::on_branch(opened, commit).map_err(told)? {
        return Err(format!("{short} is not on {}: there is nothing to take back", opened.branch.0));
    }
    let parents: Vec<gix::ObjectId> = found.parent_ids().map(|it| it.detach()).collect();
    // A merge is taken back against the branch that it was merged into, as `git revert -m 1` does.
    let Some(parent) = parents.first().copied() else {
        return Err(format!("{short} is the first commit: there is nothing to go back to"));
    };
    let subject =
        super::text::clean(&found.message().map_err(GitFailure::read).map_err(told)?.summary().to_string());
    let tip = opened.tip().map_err(told)?;
    let (mut files, mut new, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
    for path in changed(opened, parent, found.id).map_err(told)? {
        let at = |commit| read::blob(opened, commit, &path).map_err(told);
        let sides = Sides { then: at(found.id)?, before: at(parent)?, now: at(tip)? };
        match sides.taken_back() {
            Ok(None) => {}
            Ok(Some(body)) => {
                new.extend(sides.now.is_none().then(|| path.clone()));
                files.push(DraftFile { path, body, edits: Vec::new() });
            }
            Err(line) => {
                conflicts.push(line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}")))
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(format!(
            "{short} cannot be taken back by itself: {} changed on {} since",
            conflicts.join(", "),
            opened.branch.0
        ));
    }
    if files.is_empty() {
        return Err(format!("what {short} changed is taken back already"));
    }
    let message = format!("Revert \"{subject}\"\n\nThis reverts commit {commit}{}.", whose(&parents));
    Ok((Draft { base: CommitId(tip.to_string()), files, message }, new))
}

/// Git's own words for the revert of a merge.
fn whose(parents: &[gix::ObjectId]) -> String {
    match parents {
        [first, _, ..] => format!(", reversing\nchanges made to {first}"),
        _ => String::new(),
    }
}

/// The paths that differ between two commits, renames as two.
fn changed(opened: &Opened, from: gix::ObjectId, to: gix::ObjectId) -> Result<Vec<RepoPath>, GitFailure> {
    let tree = |id| opened.commit(id)?.tree().map_err(GitFailure::read);
    let (one, other) = (tree(from)?, tree(to)?);
    let options = gix::diff::Options::default().with_rewrites(None);
    let changes =
        opened.git.diff_tree_to_tree(Some(&one), Some(&other), Some(options)).map_err(GitFailure::read)?;
    let files = changes.iter().map(|it| it.to_ref()).filter(|it| !it.entry_mode().is_tree());
    let mut paths: Vec<RepoPath> = files.map(|it| RepoPath(it.location().to_string())).collect();
    paths.dedup();
    Ok(paths)
}

/// A file as the commit made it, as it was before that, and as it is now.
struct Sides {
    then: Option<Blob>,
    before: Option<Blob>,
    now: Option<Blob>,
}

impl Sides {
    /// The file as it shall be, and none inside where it shall be gone; none outside where it stays as it is. The
    /// error is the line of today's file that is in the way.
    fn taken_back(&self) -> Result<Option<Option<String>>, Option<u32>> {
        let text = |it: &Option<Blob>| it.as_ref().map(|it| it.text.clone());
        let id = |it: &Option<Blob>| it.as_ref().map(|it| it.id);
        if id(&self.now) == id(&self.before) {
            return Ok(None);
        }
        if id(&self.now) == id(&self.then) {
            return Ok(Some(text(&self.before)));
        }
        let (Some(then), Some(before), Some(now)) = (&self.then, &self.before, &self.now) else {
            return Err(None);
        };
        // A seal covers the whole file: two of them cannot be merged.
        if [then, before, now].iter().any(|it| seal::is_locked(&it.text)) {
            return Err(None);
        }
        match merged(&then.text, &before.text, &now.text) {
            Some(body) if body == now.text => Ok(None),
            Some(body) => Ok(Some(Some(body))),
            None => Err(collisions(&then.text, &before.text, &now.text).first().copied()),
        }
    }
}
