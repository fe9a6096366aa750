//! Building a commit on the tip of the remote's branch, in the object database alone. Work tree, index and local
//! branches are the operator's, and stay as they are to the byte.

use super::check;
use super::failure::GitFailure;
use super::open::Opened;
use super::read::{self, Blob};
use domain::{CommitId, Draft, DraftFile, Refusal, RepoPath};
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text as merge;
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
    let base = read::id(&draft.base).map_err(failed)?;
    let tip = opened.tip().map_err(failed)?;
    let tree = opened.commit(tip).and_then(|it| it.tree_id().map(|id| id.detach()).map_err(GitFailure::read));
    let mut editor = tree.and_then(|tree| git.edit_tree(tree).map_err(GitFailure::read)).map_err(failed)?;
    for file in &draft.files {
        let (kind, body) = body(opened, file, base, tip)?;
        let blob = git.write_blob(body.as_bytes()).map_err(|err| failed(GitFailure::read(err)))?.detach();
        editor.upsert(file.path.0.as_str(), kind, blob).map_err(|err| failed(GitFailure::read(err)))?;
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

/// What a file shall be on top of `tip`, with the mode it has there.
fn body(
    opened: &Opened,
    file: &DraftFile,
    base: gix::ObjectId,
    tip: gix::ObjectId,
) -> Result<(gix::object::tree::EntryKind, String), Refusal> {
    let path = &file.path;
    let found = |commit: gix::ObjectId, which: &str| -> Result<Blob, Refusal> {
        let blob = read::blob(opened, commit, path)?;
        blob.ok_or_else(|| refusal(&format!("{path} is not in {which}"), "discard the draft and look again"))
    };
    let before = found(base, "the commit that the draft was made on")?;
    check::fit(&before.text, file).map_err(|unfit| Refusal { why: unfit.to_string(), hint: None })?;
    let now = found(tip, &format!("{} any more", opened.branch.0))?;
    let body = file.body.clone().unwrap_or_default();
    if now.id == before.id {
        return Ok((now.kind, body));
    }
    let merged = merged(&before.text, &body, &now.text).ok_or_else(|| {
        refusal(
            &format!("{path} changed on {} at the edited place since {}", opened.branch.0, short(base)),
            "open the line again: the draft is kept until you discard it",
        )
    })?;
    // The same rule once more, against what is on the branch now.
    let again = DraftFile { body: Some(merged.clone()), ..file.clone() };
    check::fit(&now.text, &again).map_err(|unfit| Refusal { why: unfit.to_string(), hint: None })?;
    Ok((now.kind, merged))
}

fn short(id: gix::ObjectId) -> String {
    id.to_hex_with_len(7).to_string()
}

/// `ours` and `theirs`, both made from `base`, as one; none where both changed the same place.
fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut input = gix::diff::blob::InternedInput::new(&b""[..], &b""[..]);
    let resolution = gix::merge::blob::builtin_driver::text(
        &mut out,
        &mut input,
        merge::Labels::default(),
        ours.as_bytes(),
        base.as_bytes(),
        theirs.as_bytes(),
        merge::Options::default(),
    );
    match resolution {
        Resolution::Complete => String::from_utf8(out).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_different_places_are_merged() {
        let base = "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n";
        let ours = base.replace("a: 1", "a: 2");
        assert_eq!(
            merged(base, &ours, &base.replace("e: 1", "e: 3")).unwrap(),
            "a: 2\nb: 1\nc: 1\nd: 1\ne: 3\n"
        );
        assert_eq!(merged(base, &ours, &base.replace("a: 1", "a: 3")), None);
    }
}
