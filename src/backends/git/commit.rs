//! Building a commit on the tip of the remote's branch, in the object database alone. Work tree, index and local
//! branches are the operator's, and stay as they are to the byte.

use super::failure::GitFailure;
use super::guard::{self, Tree};
use super::land::Lander;
use super::open::Opened;
use domain::{CommitId, Draft, Refusal, RepoPath, Verdict};
use gix::refs::transaction::PreviousValue;

/// What was built: its id and the files it changes.
pub(super) type Built = (CommitId, Vec<RepoPath>);

/// Build the commit and keep it alive by a ref of ours.
pub(super) fn commit(opened: &Opened, draft: &Draft) -> Result<Built, Refusal> {
    let git = &opened.git;
    let failed = |err: GitFailure| Refusal::from(err);
    if git.author().is_none() || git.committer().is_none() {
        return Err(refusal(
            "git does not know who you are",
            "git config --global user.name \"Your Name\" and user.email you@example.org",
        ));
    }
    let message = draft.message.trim();
    if message.is_empty() {
        return Err(refusal("a commit needs a message", "say in one line what changes and why"));
    }
    let lander = Lander::new(opened, draft).map_err(failed)?;
    let landed = lander.all().into_iter().collect::<Result<Vec<_>, _>>()?;
    let tip = lander.tip;
    let said = guard::checks(&Tree { opened, tip, landed: &landed }).map_err(failed)?;
    if let Some(bad) = said.iter().find(|it| it.verdict == Verdict::Bad) {
        return Err(refusal(&bad.says, "seal it with the sops program, or leave it out of Git"));
    }
    let tree = opened.commit(tip).and_then(|it| it.tree_id().map(|id| id.detach()).map_err(GitFailure::read));
    let mut editor = tree.and_then(|tree| git.edit_tree(tree).map_err(GitFailure::read)).map_err(failed)?;
    // What goes, goes first: a folder may take the place of a file.
    for file in landed.iter().filter(|it| it.after.is_none()) {
        editor.remove_leaf(file.path.0.as_str()).map_err(|err| failed(GitFailure::read(err)))?;
    }
    for file in &landed {
        let Some(body) = &file.after else { continue };
        let blob = git.write_blob(body.as_bytes()).map_err(|err| failed(GitFailure::read(err)))?.detach();
        editor.upsert(file.path.0.as_str(), file.kind, blob).map_err(|err| failed(GitFailure::read(err)))?;
    }
    let tree = editor.write().map_err(|err| failed(GitFailure::read(err)))?.detach();
    let mut built =
        git.new_commit(format!("{message}\n"), tree, [tip]).map_err(|err| failed(GitFailure::read(err)))?;
    if git.config_snapshot().boolean("commit.gpgSign") == Some(true) {
        built = built.signed().map_err(|err| {
            let why = format!("the commit could not be signed: {}", GitFailure::read(err));
            refusal(&why, "commit.gpgSign is set; unlock the key, or have an agent do it")
        })?;
    }
    let id = built.id().detach();
    git.reference(format!("refs/pilothouse/{id}"), id, PreviousValue::Any, "pilothouse: committed")
        .map_err(|err| failed(GitFailure::read(err)))?;
    Ok((CommitId(id.to_string()), draft.files.iter().map(|file| file.path.clone()).collect()))
}

fn refusal(why: &str, hint: &str) -> Refusal {
    Refusal { why: why.into(), hint: Some(hint.into()) }
}
