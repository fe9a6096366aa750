//! The log: a page of the newest commits with what each changed, and the commits of one path.

use super::failure::GitFailure;
use super::open::Opened;
use super::text::clean;
use domain::{Commit, CommitId, Log, Moment, RepoPath};
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;
use std::collections::HashMap;

/// Commits of one page.
pub(super) const PAGE: usize = 200;
/// Changed paths that are kept of one commit.
const PATHS: usize = 500;

/// Commits that were read before; a commit never changes.
pub(super) type Known = HashMap<gix::ObjectId, Commit>;

/// The newest commits from `tip`, newest first.
pub(super) fn page(opened: &Opened, tip: gix::ObjectId, known: &mut Known) -> Result<Log, GitFailure> {
    let mut walk = newest_first(opened, tip)?;
    let mut commits = Vec::with_capacity(PAGE);
    for info in walk.by_ref().take(PAGE) {
        let id = info.map_err(GitFailure::read)?.id;
        if let Some(commit) = known.get(&id) {
            commits.push(commit.clone());
            continue;
        }
        let read = read(opened, id)?;
        known.insert(id, read.clone());
        commits.push(read);
    }
    Ok(Log { commits, more: walk.next().is_some() })
}

/// The newest commits from `tip` that changed any of these files and folders, along the first parents: at most `most`.
pub(super) fn of_path(
    opened: &Opened,
    tip: gix::ObjectId,
    paths: &[RepoPath],
    most: usize,
) -> Result<Vec<Commit>, GitFailure> {
    let entry = |tree: &gix::Tree<'_>, path: &RepoPath| -> Result<Option<gix::ObjectId>, GitFailure> {
        if path.0.is_empty() {
            return Ok(Some(tree.id));
        }
        let found = tree.lookup_entry_by_path(&path.0).map_err(GitFailure::read)?;
        Ok(found.map(|it| it.object_id()))
    };
    let entries = |id: gix::ObjectId| -> Result<Vec<Option<gix::ObjectId>>, GitFailure> {
        let tree = opened.commit(id)?.tree().map_err(GitFailure::read)?;
        paths.iter().map(|it| entry(&tree, it)).collect()
    };
    let mut commits = Vec::new();
    let (mut here, mut now) = (tip, entries(tip)?);
    loop {
        if opened.is_cut_off(here) {
            return Ok(commits);
        }
        let parent = opened.commit(here)?.parent_ids().next().map(|id| id.detach());
        let before = match parent {
            Some(parent) => entries(parent)?,
            None => vec![None; paths.len()],
        };
        if now != before {
            commits.push(read(opened, here)?);
        }
        match parent {
            Some(parent) if commits.len() < most => (here, now) = (parent, before),
            _ => return Ok(commits),
        }
    }
}

fn newest_first(opened: &Opened, tip: gix::ObjectId) -> Result<gix::revision::Walk<'_>, GitFailure> {
    let walk = opened.git.rev_walk([tip]).sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
    walk.all().map_err(GitFailure::read)
}

fn read(opened: &Opened, id: gix::ObjectId) -> Result<Commit, GitFailure> {
    let commit = opened.commit(id)?;
    let author = commit.author().map_err(GitFailure::read)?;
    let subject = commit.message().map(|it| it.summary().to_string()).unwrap_or_default();
    Ok(Commit {
        id: CommitId(id.to_string()),
        parents: commit.parent_ids().map(|it| CommitId(it.to_string())).collect(),
        author: clean(&author.name.to_string()),
        email: clean(&author.email.to_string()),
        at: Moment::from_seconds(commit.time().map(|it| it.seconds).unwrap_or_default()),
        subject: clean(&subject),
        paths: paths(opened, &commit)?,
    })
}

/// What a commit changed against its first parent; nothing is known of it where a shallow clone ends.
fn paths(opened: &Opened, commit: &gix::Commit<'_>) -> Result<Vec<RepoPath>, GitFailure> {
    if opened.is_cut_off(commit.id) {
        return Ok(Vec::new());
    }
    let tree = commit.tree().map_err(GitFailure::read)?;
    let parent = match commit.parent_ids().next() {
        Some(parent) => Some(opened.commit(parent.detach())?.tree().map_err(GitFailure::read)?),
        None => None,
    };
    let changes = opened.git.diff_tree_to_tree(parent.as_ref(), &tree, gix::diff::Options::default());
    let changes = changes.map_err(GitFailure::read)?;
    Ok(changes
        .iter()
        .map(|change| change.to_ref())
        .filter(|change| !change.entry_mode().is_tree())
        .take(PATHS)
        .map(|change| RepoPath(clean(&change.location().to_string())))
        .collect())
}
