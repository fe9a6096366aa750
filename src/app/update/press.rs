//! What a pressed key means: text for an open prompt, else an action by the keymap.

use super::{ask, filter, text};
use crate::{Effect, Key, Model, PromptKind, Resolved, Scope};

pub(super) fn pressed(model: &mut Model, key: &Key) -> Vec<Effect> {
    if matches!(model.screen.prompt.as_ref().map(|it| it.kind), Some(PromptKind::Text(_))) {
        return match model.settings.keymap.resolve(&[Scope::Editor], &key.0) {
            Resolved::Action(action) => ask::asked(model, action),
            // All other keys are the text's.
            Resolved::Pending(_) | Resolved::Nothing => Vec::new(),
        };
    }
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

pub(super) fn pasted(model: &mut Model, pasted: &str) -> Vec<Effect> {
    if matches!(model.screen.prompt.as_ref().map(|it| it.kind), Some(PromptKind::Text(_))) {
        let lines = pasted.replace("\r\n", "\n").replace('\r', "\n");
        let seen: String =
            lines.chars().filter(|it| *it == '\n' || *it == '\t' || !domain::unseen(*it)).collect();
        return text::insert(model, &seen);
    }
    let mut effects = Vec::new();
    for it in pasted.chars().filter(|it| !domain::unseen(*it)) {
        match &model.screen.prompt {
            // What is pasted says no yes.
            Some(prompt) if prompt.kind == PromptKind::Name && prompt.choice > 0 => {}
            Some(_) => effects.extend(filter::typed(model, &Key(it.to_string()))),
            None => {}
        }
    }
    effects
}

/// Where keys are looked for now, innermost first.
fn scopes(model: &Model) -> Vec<Scope> {
    match model.screen.dialog {
        Some(_) => vec![Scope::Dialog, Scope::Global],
        None => vec![Scope::Page(model.screen.place.page()), Scope::Global],
    }
}
