//! The help of a screen: its own actions first, then those that work everywhere, each with all its keys.

use crate::{Action, Model, Scope};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// What follows works in this scope.
    Title(Scope),
    Blank,
    Action {
        /// "j down"
        keys: String,
        title: &'static str,
        help: &'static str,
    },
}

pub fn lines(model: &Model) -> Vec<Line> {
    let here = Scope::Page(model.screen.place.page());
    let own = actions(model, here);
    let mut lines = Vec::new();
    if !own.is_empty() {
        lines.push(Line::Title(here));
        lines.extend(own);
        lines.push(Line::Blank);
    }
    lines.push(Line::Title(Scope::Global));
    lines.extend(actions(model, Scope::Global));
    lines
}

fn actions(model: &Model, scope: Scope) -> Vec<Line> {
    let keymap = &model.settings.keymap;
    let bound = Action::ALL.iter().filter_map(|action| {
        let keys = keymap.keys_in(scope, *action);
        (!keys.is_empty()).then(|| Line::Action {
            keys: keys.join(" "),
            title: action.title(),
            help: action.help(),
        })
    });
    bound.collect()
}
