//! Where the repository stands: tips, ahead and behind, the work tree.

use super::failure::GitFailure;
use super::open::Opened;
use super::text::{clean, masked};
use domain::{BranchName, CommitId, Moment, RepositoryState, WorkTree};
use gix::status::Item;
use std::time::UNIX_EPOCH;

/// How far ahead and behind is counted.
const FAR: usize = 10_000;

/// Look at everything once. `fetched` and `fetch_failed` are what our own fetches found.
pub(super) fn state(
    opened: &Opened,
    fetched: Option<Moment>,
    fetch_failed: Option<String>,
) -> Result<RepositoryState, GitFailure> {
    let git = &opened.git;
    let remote_tip = opened.id_of(&opened.tracking())?;
    let local_tip = opened.id_of(&format!("refs/heads/{}", opened.branch.0))?;
    let (ahead, behind) = match (local_tip, remote_tip) {
        (Some(local), Some(remote)) if local != remote => {
            (apart(git, local, remote)?, apart(git, remote, local)?)
        }
        _ => (0, 0),
    };
    let asked = git.path().join("FETCH_HEAD").metadata().and_then(|it| it.modified()).ok();
    let asked =
        asked.and_then(|it| it.duration_since(UNIX_EPOCH).ok()).map(|it| Moment(it.as_millis() as i64));
    let remote = opened.remote().ok().and_then(|it| git.find_remote(it).ok());
    let url = remote.and_then(|remote| {
        remote.url(gix::remote::Direction::Fetch).map(|url| masked(&clean(&url.to_bstring().to_string())))
    });
    Ok(RepositoryState {
        folder: git.workdir().unwrap_or_else(|| git.path()).display().to_string(),
        remote: url,
        branch: opened.branch.clone(),
        remote_tip: remote_tip.map(|id| CommitId(id.to_string())),
        local_tip: local_tip.map(|id| CommitId(id.to_string())),
        head: head(git),
        ahead,
        behind,
        fetched: fetched.max(asked),
        fetch_failed,
        work_tree: work_tree(git).ok(),
    })
}

/// What of the repository engines are told to follow: its remotes, however they are reached, and the branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Followed {
    /// Addresses without passwords.
    pub remotes: Vec<String>,
    pub branch: BranchName,
}

pub(super) fn followed(opened: &Opened) -> Followed {
    let addresses = super::tree_files::addresses(&opened.git);
    let remotes = addresses.iter().map(|it| masked(&clean(it))).collect();
    Followed { remotes, branch: opened.branch.clone() }
}

fn head(git: &gix::Repository) -> String {
    match git.head_name() {
        Ok(Some(name)) => clean(&name.shorten().to_string()),
        _ => git.head_id().map(|id| id.to_hex_with_len(7).to_string()).unwrap_or_default(),
    }
}

/// How many commits `one` has that `other` has not.
fn apart(git: &gix::Repository, one: gix::ObjectId, other: gix::ObjectId) -> Result<u32, GitFailure> {
    let walk = git.rev_walk([one]).with_hidden([other]).all().map_err(GitFailure::read)?;
    Ok(walk.take(FAR).count() as u32)
}

fn work_tree(git: &gix::Repository) -> Result<WorkTree, GitFailure> {
    let items = git
        .status(gix::progress::Discard)
        .map_err(GitFailure::read)?
        .into_iter(Vec::<gix::bstr::BString>::new())
        .map_err(GitFailure::read)?;
    let mut tree = WorkTree::default();
    for item in items {
        match item.map_err(GitFailure::read)? {
            Item::TreeIndex(_) => tree.staged += 1,
            Item::IndexWorktree(gix::status::index_worktree::Item::DirectoryContents { .. }) => {
                tree.untracked += 1
            }
            Item::IndexWorktree(_) => tree.modified += 1,
        }
    }
    Ok(tree)
}
