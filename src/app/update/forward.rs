//! The branch moved on: open drafts move with it. Where somebody else changed the same place, the draft says so and
//! waits; nobody's wish is dropped.

use super::edit::keep;
use crate::model::{Before, DraftStage, DraftState, Edited, Position, TextEdit, Theirs};
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

/// Files that are edited as text: what was not touched is read anew, the next of the others is merged. Each is held
/// against a tip once: one that cannot move on to it keeps nobody waiting.
pub(super) fn texts(model: &mut Model) -> Vec<Effect> {
    let Some(tip) = model.world.sources.as_ref().map(|it| it.commit.clone()) else { return Vec::new() };
    let late = |it: &&DraftState| behind(model, it, &tip) && it.held_against.as_ref() != Some(&tip);
    let late: Vec<_> = model.drafts.list.iter().filter(late).map(|it| it.id).collect();
    for id in late {
        let Some(draft) = model.drafts.get_mut(id) else { continue };
        let Edited::Text(text) = &draft.edited else { continue };
        if let Some(merging) = merging(draft, text, &tip) {
            return vec![Effect::Look(Look::Merge(merging))];
        }
        if text.from.is_none() {
            (draft.base, draft.before) = (tip.clone(), Before::Unread);
        }
    }
    Vec::new()
}

/// What is asked of a file that is edited. None where nothing has been done to it yet. What is new, gone or moved is
/// asked for too: its base stays where it was until nobody else has a file there, or changed the one that goes.
fn merging(draft: &DraftState, text: &TextEdit, tip: &CommitId) -> Option<Merging> {
    let wished = if text.gone { Some(String::new()) } else { text.after.clone() };
    let path = text.from.clone().unwrap_or_else(|| draft.path.clone());
    let to = text.from.is_some().then(|| draft.path.clone());
    Some(Merging { path, to, base: draft.base.clone(), onto: tip.clone(), text: wished? })
}

/// The draft that was asked about, as it still is.
fn asked<'a>(model: &'a mut Model, of: &Merging) -> Option<&'a mut DraftState> {
    let same =
        |it: &&mut DraftState| it.text().and_then(|text| merging(it, text, &of.onto)).as_ref() == Some(of);
    model.drafts.list.iter_mut().find(same)
}

/// A file was merged: the next one is asked for. Where more was typed meanwhile, it is asked for again.
pub(super) fn merged(model: &mut Model, merging: &Merging, merged: Merged) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(draft) = asked(model, merging) {
        let onto = merging.onto.clone();
        draft.held_against = Some(onto.clone());
        let gone = draft.text().is_some_and(|it| it.gone);
        match merged {
            Merged::Clean { before, .. } if gone => went_on(draft, onto, before),
            Merged::Clean { before, text } => moved(draft, onto, before, text),
            Merged::Conflict { theirs, .. } if gone => went_on(draft, onto, theirs),
            Merged::Conflict { theirs, marked } => {
                draft.theirs = Some(Theirs::File { commit: onto, text: theirs, marked });
            }
            // Nobody else has made the file that is new here.
            Merged::Gone if draft.before == Before::Absent => (draft.base, draft.theirs) = (onto, None),
            Merged::Gone => draft.theirs = Some(Theirs::Gone),
            Merged::Taken => draft.theirs = Some(Theirs::Taken),
        }
        draft.checks = None;
        effects.push(keep(draft));
        effects.extend(draft.draft().filter(|_| draft.changed()).map(|it| Effect::Look(Look::Check(it))));
    }
    effects.extend(texts(model));
    effects
}

/// A file could not be merged: it stays where it is, and the next one is asked for.
pub(super) fn failed(model: &mut Model, merging: &Merging) -> Vec<Effect> {
    if let Some(draft) = asked(model, merging) {
        draft.held_against = Some(merging.onto.clone());
    }
    texts(model)
}

/// A file that shall be gone goes from a later commit only as it was: what somebody else wrote into it meanwhile is
/// shown first.
fn went_on(draft: &mut DraftState, onto: CommitId, theirs: String) {
    match &draft.before {
        Before::Text(before) if *before == theirs => (draft.base, draft.theirs) = (onto, None),
        Before::Text(_) => {
            draft.theirs = Some(Theirs::File { commit: onto, text: theirs, marked: String::new() });
        }
        // It is not known what it was. Its base stays, and the commit is refused where it differs.
        Before::Unread | Before::Absent => {}
    }
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
    draft.theirs = None;
    (draft.undo, draft.redo) = (Vec::new(), Vec::new());
}
