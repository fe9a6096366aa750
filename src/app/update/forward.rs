//! The branch moved on: open drafts move with it. Where somebody else changed the same place, the draft says so and
//! waits; nobody's wish is dropped.

use super::edit::keep;
use crate::model::{Before, DraftStage, DraftState, Edited, Position, Theirs};
use crate::queries::source_map;
use crate::{Effect, Model};
use domain::{CommitId, Look, Merged, Merging, SourceObject};

/// The repository was read anew.
pub(super) fn moved_on(model: &mut Model) -> Vec<Effect> {
    let mut effects = values(model);
    effects.extend(texts(model));
    // Its file is another one now.
    effects.extend(super::edit::missing(model));
    effects
}

/// Whether a draft is of this repository, and was made on another commit than the one that is the tip now.
fn behind(model: &Model, draft: &DraftState, tip: &CommitId) -> bool {
    let here = model.world.repository.as_ref().is_some_and(|it| it.folder == draft.repository);
    draft.stage == DraftStage::Open && draft.base != *tip && (draft.repository.is_empty() || here)
}

fn values(model: &mut Model) -> Vec<Effect> {
    let Some(map) = model.world.sources.clone().filter(|_| model.world.repository.is_some()) else {
        return Vec::new();
    };
    let place = |it: &DraftState| {
        let object = it.object().filter(|_| behind(model, it, &map.commit))?;
        Some((it.id, source_map::find(model, object).cloned()))
    };
    let places: Vec<_> = model.drafts.list.iter().filter_map(place).collect();
    let mut effects = Vec::new();
    for (id, place) in places {
        let Some(draft) = model.drafts.get_mut(id) else { continue };
        let Some(value) = draft.value() else { continue };
        let says = place.as_ref().and_then(|it| it.value(&value.field)).map(str::to_owned);
        let theirs = match says {
            Some(says) if says == value.before || says == value.after => {
                aim_at(draft, &map.commit, place.as_ref());
                None
            }
            Some(says) => Some(Theirs::Says(says)),
            None => Some(Theirs::Gone),
        };
        if theirs.is_none() || draft.theirs != theirs {
            draft.theirs = theirs;
            effects.push(keep(draft));
        }
    }
    effects
}

/// Point a draft at where its value is written now; what is wished for stays.
pub(super) fn aim_at(draft: &mut DraftState, commit: &CommitId, place: Option<&SourceObject>) {
    let Edited::Value(value) = &mut draft.edited else { return };
    let Some((source, scalar)) = place.and_then(|it| Some((it, it.scalar(&value.field)?))) else { return };
    value.before = scalar.value.clone();
    value.line = scalar.line;
    (value.start, value.end, value.quotes) = (scalar.start, scalar.end, scalar.quotes);
    value.document = source.document;
    draft.base = commit.clone();
    draft.path = source.path.clone();
    (draft.before, draft.checks) = (Before::Unread, None);
}

/// Files that are edited as text: what was not touched is read anew, the next of the others is merged.
fn texts(model: &mut Model) -> Vec<Effect> {
    let Some(tip) = model.world.sources.as_ref().map(|it| it.commit.clone()) else { return Vec::new() };
    let late: Vec<_> =
        model.drafts.list.iter().filter(|it| behind(model, it, &tip)).map(|it| it.id).collect();
    for id in late {
        let Some(draft) = model.drafts.get_mut(id) else { continue };
        let Edited::Text(text) = &draft.edited else { continue };
        if let Some(onto) = &draft.theirs
            && matches!(onto, Theirs::File { commit, .. } if *commit == tip)
        {
            continue;
        }
        let Some(after) = text.after.clone().filter(|_| !text.gone && draft.before != Before::Absent) else {
            draft.base = tip.clone();
            if draft.before != Before::Absent {
                draft.before = Before::Unread;
            }
            continue;
        };
        let path = text.from.clone().unwrap_or_else(|| draft.path.clone());
        let merging = Merging { path, base: draft.base.clone(), onto: tip, text: after };
        return vec![Effect::Look(Look::Merge(merging))];
    }
    Vec::new()
}

/// A file was merged: the next one is asked for. Where more was typed meanwhile, it is asked for again.
pub(super) fn merged(model: &mut Model, merging: &Merging, merged: Merged) -> Vec<Effect> {
    let same = |it: &&mut DraftState| {
        let Some(text) = it.text() else { return false };
        let path = text.from.as_ref().unwrap_or(&it.path);
        *path == merging.path && it.base == merging.base && text.after.as_ref() == Some(&merging.text)
    };
    let mut effects = Vec::new();
    if let Some(draft) = model.drafts.list.iter_mut().find(same) {
        match merged {
            Merged::Clean { before, text } => moved(draft, merging.onto.clone(), before, text),
            Merged::Conflict { theirs, marked } => {
                let commit = merging.onto.clone();
                draft.theirs = Some(Theirs::File { commit, text: theirs, marked });
            }
            Merged::Gone => draft.theirs = Some(Theirs::Gone),
        }
        effects.push(keep(draft));
        effects.extend(draft.draft().filter(|_| draft.changed()).map(|it| Effect::Look(Look::Check(it))));
    }
    effects.extend(texts(model).into_iter().filter(|it| *it != Effect::Look(Look::Merge(merging.clone()))));
    effects
}

/// It stands on a later commit now. The cursor stays in its line as far as that line can be told.
fn moved(draft: &mut DraftState, onto: CommitId, before: String, after: String) {
    if let Edited::Text(text) = &mut draft.edited {
        let old = text.after.replace(after.clone()).unwrap_or_default();
        let byte = text.at.byte(&old);
        let tail = old.len() - byte;
        let kept = if after.ends_with(&old[byte..]) { after.len() - tail } else { byte.min(after.len()) };
        text.at = Position::of(&after, kept);
        text.anchor = None;
    }
    (draft.base, draft.before) = (onto, Before::Text(before));
    (draft.theirs, draft.checks) = (None, None);
    (draft.undo, draft.redo) = (Vec::new(), Vec::new());
}
