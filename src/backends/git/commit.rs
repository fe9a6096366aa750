//! Building a commit on the tip of the remote's branch, in the object database alone. Work tree, index and local
//! branches are the operator's, and stay as they are to the byte.

use super::failure::GitFailure;
use super::guard::{self, Tree};
use super::land::Lander;
use super::open::Opened;
use domain::{Draft, Refusal, RepoPath, Verdict};
use gix::ObjectId;
use gix::refs::transaction::PreviousValue;

/// All of a commit but its id.
pub(super) struct Prepared {
    pub tree: ObjectId,
    pub tip: ObjectId,
    /// With a line break at its end.
    pub message: String,
    pub paths: Vec<RepoPath>,
    /// Git's configuration wants it signed.
    pub signed: bool,
}

/// Write the files and the tree, where nothing stands in the way.
pub(super) fn prepare(opened: &Opened, draft: &Draft) -> Result<Prepared, Refusal> {
    let git = &opened.git;
    if !is_known(git) {
        return Err(refusal(
            "git does not know who you are",
            "git config --global user.name \"Your Name\" and user.email you@example.org",
        ));
    }
    let message = draft.message.trim();
    if message.is_empty() {
        return Err(refusal("a commit needs a message", "say in one line what changes and why"));
    }
    let lander = Lander::new(opened, draft)?;
    let landed = lander.all().into_iter().collect::<Result<Vec<_>, _>>()?;
    let tip = lander.tip;
    let said = guard::checks(&Tree { opened, tip, landed: &landed })?;
    if let Some(bad) = said.iter().find(|it| it.verdict == Verdict::Bad) {
        return Err(refusal(&bad.says, "seal it with the sops program, or leave it out of Git"));
    }
    let before = opened.commit(tip)?.tree_id().map_err(GitFailure::read)?.detach();
    let mut editor = git.edit_tree(before).map_err(GitFailure::read)?;
    // What goes, goes first: a folder may take the place of a file.
    for file in landed.iter().filter(|it| it.after.is_none()) {
        editor.remove_leaf(file.path.0.as_str()).map_err(GitFailure::read)?;
    }
    for file in &landed {
        let Some(body) = &file.after else { continue };
        let blob = git.write_blob(body.as_bytes()).map_err(GitFailure::write)?.detach();
        editor.upsert(file.path.0.as_str(), file.kind, blob).map_err(GitFailure::read)?;
    }
    let tree = editor.write().map_err(GitFailure::write)?.detach();
    if tree == before {
        return Err(refusal("the commit would change nothing", "discard the draft"));
    }
    Ok(Prepared {
        tree,
        tip,
        message: format!("{message}\n"),
        paths: draft.files.iter().map(|file| file.path.clone()).collect(),
        signed: git.config_snapshot().boolean("commit.gpgSign") == Some(true),
    })
}

/// Whether git has a name and an address for whoever commits.
fn is_known(git: &gix::Repository) -> bool {
    let whole = |it: Option<gix::Result<gix::actor::SignatureRef<'_>>>| {
        it.and_then(Result::ok)
            .is_some_and(|it| !it.name.trim_ascii().is_empty() && !it.email.trim_ascii().is_empty())
    };
    whole(git.author()) && whole(git.committer())
}

/// Write the commit itself.
pub(super) fn unsigned(opened: &Opened, prepared: &Prepared) -> Result<ObjectId, GitFailure> {
    let built = opened.git.new_commit(&prepared.message, prepared.tree, [prepared.tip]);
    Ok(built.map_err(GitFailure::write)?.id().detach())
}

/// Keep a commit alive by a ref of ours.
pub(super) fn keep(opened: &Opened, id: ObjectId) -> Result<(), GitFailure> {
    let name = format!("refs/pilothouse/{id}");
    opened.git.reference(name, id, PreviousValue::Any, "pilothouse: committed").map_err(GitFailure::write)?;
    Ok(())
}

pub(super) fn refusal(why: &str, hint: &str) -> Refusal {
    Refusal { why: why.into(), hint: Some(hint.into()) }
}
