//! The branch moved on: open drafts move with it. Where somebody else changed the same value, the draft says so and
//! waits; nobody's wish is dropped.

use super::edit::keep;
use crate::model::{DraftStage, DraftState, Theirs};
use crate::queries::source_map;
use crate::{Effect, Model};
use domain::{CommitId, SourceObject};

/// The repository was read anew.
pub(super) fn moved_on(model: &mut Model) -> Vec<Effect> {
    let (Some(map), Some(repository)) = (model.world.sources.clone(), &model.world.repository) else {
        return Vec::new();
    };
    let behind = |it: &DraftState| {
        it.stage == DraftStage::Open
            && it.base != map.commit
            && (it.repository.is_empty() || it.repository == repository.folder)
    };
    let places: Vec<Option<SourceObject>> =
        model.drafts.list.iter().map(|it| source_map::find(model, &it.object).cloned()).collect();
    let mut effects = Vec::new();
    for (draft, place) in model.drafts.list.iter_mut().zip(places).filter(|(draft, _)| behind(draft)) {
        let says = place.as_ref().and_then(|it| it.value(&draft.field)).map(str::to_owned);
        let theirs = match says {
            Some(says) if says == draft.before || says == draft.after => {
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
    // Its file is another one now.
    effects.extend(super::edit::missing(model));
    effects
}

/// Point a draft at where its value is written now; what is wished for stays.
pub(super) fn aim_at(draft: &mut DraftState, commit: &CommitId, place: Option<&SourceObject>) {
    let Some((source, scalar)) = place.and_then(|it| Some((it, it.scalar(&draft.field)?))) else { return };
    draft.base = commit.clone();
    draft.before = scalar.value.clone();
    draft.line = scalar.line;
    (draft.start, draft.end, draft.quotes) = (scalar.start, scalar.end, scalar.quotes);
    (draft.text, draft.checks) = (None, None);
    (draft.path, draft.document) = (source.path.clone(), source.document);
}
