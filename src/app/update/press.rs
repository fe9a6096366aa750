//! What a pressed key means: text for an open prompt, else an action by the keymap.

use super::{ask, filter};
use crate::{Effect, Key, Model, Resolved, Scope};

pub(super) fn pressed(model: &mut Model, key: &Key) -> Vec<Effect> {
    if model.screen.prompt.is_some() {
        return filter::typed(model, key);
    }
    let typed = match model.screen.pending.as_str() {
        "" => key.0.clone(),
        before => format!("{before} {key}"),
    };
    model.screen.pending.clear();
    match model.settings.keymap.resolve(&scopes(model), &typed) {
        Resolved::Action(action) => ask::asked(model, action),
        Resolved::Pending(_) => {
            model.screen.pending = typed;
            Vec::new()
        }
        Resolved::Nothing => Vec::new(),
    }
}

pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    for it in text.chars().filter(|it| !domain::unseen(*it)) {
        if model.screen.prompt.is_some() {
            filter::typed(model, &Key(it.to_string()));
        }
    }
    Vec::new()
}

/// Where keys are looked for now, innermost first.
fn scopes(model: &Model) -> Vec<Scope> {
    match model.screen.dialog {
        Some(_) => vec![Scope::Dialog, Scope::Global],
        None => vec![Scope::Page(model.screen.place.page()), Scope::Global],
    }
}
