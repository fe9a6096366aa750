//! Reading out of commits: by id, from the object database, never from the work tree.

use super::failure::GitFailure;
use super::open::Opened;
use domain::{CommitId, RepoPath, Revision};

/// The id of a commit by its name.
pub(super) fn id(commit: &CommitId) -> Result<gix::ObjectId, GitFailure> {
    gix::ObjectId::from_hex(commit.0.as_bytes()).map_err(GitFailure::read)
}

/// A file as it is in a tree, and with which mode.
pub(super) struct Blob {
    pub id: gix::ObjectId,
    pub kind: gix::object::tree::EntryKind,
    pub text: String,
}

/// The file at `path` as of a commit; none where the commit has none there.
pub(super) fn blob(
    opened: &Opened,
    commit: gix::ObjectId,
    path: &RepoPath,
) -> Result<Option<Blob>, GitFailure> {
    let tree = opened.commit(commit)?.tree().map_err(GitFailure::read)?;
    let Some(entry) = tree.lookup_entry_by_path(&path.0).map_err(GitFailure::read)? else { return Ok(None) };
    let kind = entry.mode().kind();
    let mut object = opened.git.find_object(entry.object_id()).map_err(GitFailure::read)?;
    let bytes = std::mem::take(&mut object.data);
    let text = String::from_utf8(bytes).map_err(|_| GitFailure::NotText(path.0.clone()))?;
    if !entry.mode().is_blob() || text.contains('\0') {
        return Err(GitFailure::NotText(path.0.clone()));
    }
    Ok(Some(Blob { id: entry.object_id(), kind, text }))
}

/// The text a revision names.
pub(super) fn text(opened: &Opened, revision: &Revision) -> Result<String, GitFailure> {
    let found = blob(opened, id(&revision.commit)?, &revision.path)?;
    found.map(|it| it.text).ok_or_else(|| GitFailure::NoFile {
        path: revision.path.0.clone(),
        commit: revision.commit.short().to_owned(),
    })
}

/// The commit that a person means: its id, the first digits of it, or the tracked branch as it was last fetched.
pub(super) fn resolve(opened: &Opened, said: &str) -> Result<CommitId, GitFailure> {
    let branch = &opened.branch.0;
    if said == branch || opened.remote().is_ok_and(|remote| said == format!("{remote}/{branch}")) {
        return opened.tip().map(|it| CommitId(it.to_string()));
    }
    let unknown = || GitFailure::NoCommit(super::text::clean(said));
    if said.len() < 4 || !said.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let found = opened.git.rev_parse_single(format!("{said}^{{commit}}").as_str()).map_err(|_| unknown())?;
    Ok(CommitId(found.detach().to_string()))
}

/// Whether the tracked branch of the remote, as last fetched, holds a commit.
pub(super) fn on_branch(opened: &Opened, commit: &CommitId) -> Result<bool, GitFailure> {
    opened.remote()?;
    let (commit, tip) = (id(commit)?, opened.tip()?);
    if commit == tip {
        return Ok(true);
    }
    let base = opened.git.merge_base(commit, tip).map_err(GitFailure::read)?;
    Ok(base.is_some_and(|base| base.detach() == commit))
}
