//! The file that is being edited as text.

use crate::{Action, DraftState, Model, PromptKind, Scope, TextEdit};

/// The draft that something is typed into: its value, its text, or what is searched for in that.
pub fn edited(model: &Model) -> Option<&DraftState> {
    match model.screen.prompt.as_ref()?.kind {
        PromptKind::Value(id) | PromptKind::Text(id) | PromptKind::Find(id) => model.drafts.get(id),
        _ => None,
    }
}

/// The draft whose text is open, or searched.
pub fn opened(model: &Model) -> Option<&DraftState> {
    edited(model).filter(|it| it.text().is_some())
}

/// The text that takes the keys now; none while it is not read, or something is searched in it.
pub fn typing(model: &Model) -> Option<&TextEdit> {
    let takes = matches!(model.screen.prompt.as_ref()?.kind, PromptKind::Text(_));
    opened(model)?.text().filter(|it| takes && it.after.is_some())
}

pub fn is_open(model: &Model) -> bool {
    opened(model).is_some()
}

/// Keys that work while a file is edited, and what they do.
pub fn keys(model: &Model) -> Vec<(String, &'static str)> {
    let worth = [
        Action::EditorLeave,
        Action::Undo,
        Action::Redo,
        Action::EditorFind,
        Action::FindNext,
        Action::EditorCut,
        Action::EditorPaste,
        Action::Wrap,
        Action::External,
    ];
    let key = |action: Action| {
        let keys = model.settings.keymap.keys_in(Scope::Editor, action);
        Some(((*keys.first()?).to_owned(), action.title()))
    };
    worth.into_iter().filter_map(key).collect()
}
