//! A file that SOPS has locked: the sops program edits it, and nobody else. What stands in clear is never seen here.

use super::text;
use crate::model::{DraftId, DraftState};
use crate::queries::editor;
use crate::{Effect, Model};

/// What is said to a key that would break a seal.
pub(super) const BY_HAND: &str =
    "SOPS has sealed this file: ctrl-e edits it by the sops program, esc leaves it";

/// Whether only the sops program can change the text of a draft. Where two seals are in conflict one of them is chosen
/// by hand.
pub(super) fn is_sealed(draft: &DraftState) -> bool {
    let Some(text) = draft.text().filter(|it| !it.gone) else { return false };
    let now = text.after.as_deref().or(draft.before.text()).unwrap_or_default();
    domain::is_locked(now) && !now.contains("<<<<<<<")
}

/// The file that is open goes to the sops program at once: of what it holds there is nothing to be seen here.
pub(super) fn opened(model: &Model) -> Vec<Effect> {
    let sealed =
        editor::opened(model).filter(|it| it.text().is_some_and(|it| it.after.is_some()) && is_sealed(it));
    sealed.map(|it| Effect::External(it.id)).into_iter().collect()
}

/// Another program has ended that had the text of a draft.
pub(super) fn returned(model: &mut Model, id: DraftId, answer: Result<String, String>) -> Vec<Effect> {
    let was = model.drafts.get(id).is_some_and(is_sealed);
    match answer {
        Ok(after) => {
            let mut effects = text::replaced(model, id, &after);
            if domain::is_locked(&after) {
                effects.extend(text::leave(model, id));
                model.screen.notice = Some("sops has sealed it anew".into());
            }
            effects
        }
        Err(why) => {
            let effects = if was { text::leave(model, id) } else { Vec::new() };
            model.screen.notice = Some(why);
            effects
        }
    }
}
