//! Looking closer at the repository: what a commit changed, who wrote a line.

use super::{edit, moved};
use crate::queries::{git, places};
use crate::{Effect, Model, Page, Place, RowKey};
use domain::{CommitId, Finding, Look, Revision};

/// `enter` on a commit. Says whether the place is one that lists commits.
pub(super) fn open(model: &mut Model, key: &RowKey) -> bool {
    match &model.screen.place {
        Place::Page(Page::Git) => {
            model.screen.go(Place::Commit(CommitId(key.0.clone())));
            moved::follow(model);
        }
        Place::Blame(revision) => {
            let Some(line) = key.0.parse::<u32>().ok().and_then(|line| git::blame_of(model, revision, line))
            else {
                return true;
            };
            let commit = line.commit.clone();
            model.screen.go(Place::Commit(commit));
            moved::follow(model);
        }
        _ => return false,
    }
    true
}

/// `b`: who wrote the lines of the file that is shown.
pub(super) fn blame(model: &mut Model) {
    let Some((revision, line)) = git::file_shown(model, edit::selected(model)) else {
        let live = places::has(model).then(|| places::selected(model).err()).flatten();
        model.screen.notice = Some(live.unwrap_or_else(|| "no file is shown here".into()));
        return;
    };
    model.screen.go(Place::Blame(revision));
    if let Some(line) = line {
        model.screen.listing_mut().selected = Some(RowKey(line.to_string()));
    }
}

/// What has to be asked for what is on the screen, once.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    // Somebody pushed: the delivery engine knows a commit that the clone has not. Each is asked for once.
    if let Some(commit) = git::unheard(model)
        && model.world.git.fetched_for.as_ref() != Some(&commit)
    {
        model.world.git.fetched_for = Some(commit);
        effects.push(Effect::Look(Look::Fetch));
    }
    if let Some(commit) = git::commit_shown(model)
        && model.world.git.asked.as_ref() != Some(&commit)
    {
        model.world.git.asked = Some(commit.clone());
        model.world.git.failed = None;
        effects.push(Effect::Look(Look::CommitDiff(commit)));
    }
    if let Place::Blame(revision) = &model.screen.place
        && model.world.git.asked_file.as_ref() != Some(revision)
    {
        let revision: Revision = revision.clone();
        model.world.git.asked_file = Some(revision.clone());
        model.world.git.failed = None;
        effects.push(Effect::Look(Look::File(revision.clone())));
        effects.push(Effect::Look(Look::Blame(revision)));
    }
    effects
}

/// An answer came back.
pub(super) fn found(model: &mut Model, look: &Look, finding: &Result<Finding, String>) {
    let looks = &mut model.world.git;
    match (look, finding) {
        (_, Ok(Finding::CommitDiff(diff))) => looks.diff = Some(diff.clone()),
        (_, Ok(Finding::Blame { revision, lines })) => looks.blame = Some((revision.clone(), lines.clone())),
        (_, Ok(Finding::File { revision, text })) if looks.asked_file.as_ref() == Some(revision) => {
            looks.text = Some((revision.clone(), text.lines().map(domain::revealed).collect()));
        }
        (Look::CommitDiff(_) | Look::Blame(_), Err(why)) => looks.failed = Some(why.clone()),
        (Look::Fetch, Ok(_)) => model.screen.notice = Some("the remote was asked".into()),
        (Look::Fetch, Err(why)) => model.screen.notice = Some(why.clone()),
        _ => {}
    }
    moved::follow(model);
}
