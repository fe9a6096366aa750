//! The palette: every action by name, the best match first, each with its key.

use crate::{Action, Model, Scope};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub action: Action,
    pub keys: String,
    /// Why it cannot be done now, where it cannot.
    pub refused: Option<String>,
}

/// What the palette offers for `typed`.
pub fn offers(model: &Model, typed: &str) -> Vec<Offer> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<(usize, Action)> =
        Action::ALL.iter().filter_map(|action| rank(&typed, *action).map(|rank| (rank, *action))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, action)| offer(model, action)).collect()
}

/// Smaller is better; none where it does not match.
fn rank(typed: &str, action: Action) -> Option<usize> {
    let title = action.title().to_lowercase();
    if title.starts_with(typed) {
        Some(0)
    } else if action.id().starts_with(typed) {
        Some(1)
    } else if title.contains(typed) || action.id().contains(typed) {
        Some(2)
    } else {
        action.help().to_lowercase().contains(typed).then_some(3)
    }
}

fn offer(model: &Model, action: Action) -> Offer {
    let keymap = &model.settings.keymap;
    let page = Scope::Page(model.screen.place.page());
    let keys = [page, Scope::Global].into_iter().flat_map(|scope| keymap.keys_in(scope, action)).next();
    Offer { action, keys: keys.unwrap_or_default().to_owned(), refused: action.availability(model).err() }
}
