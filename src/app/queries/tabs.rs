//! The tabs: every page with its key, and what waits there.

use crate::{Action, Model, Page, Scope};

/// One tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    pub page: Page,
    pub action: Action,
    /// The shortest key that leads there; empty where none does.
    pub key: String,
    /// Problems that are seen there.
    pub problems: usize,
    /// What waits there for the person: drafts that are not pushed, differences.
    pub waiting: usize,
    /// Something there is under way.
    pub moving: bool,
}

pub fn tabs(model: &Model) -> Vec<Tab> {
    Action::ALL.iter().filter_map(|action| Some(tab(model, *action, action.page()?))).collect()
}

fn tab(model: &Model, action: Action, page: Page) -> Tab {
    let keys = model.settings.keymap.keys_in(Scope::Global, action);
    // The Bridge lists them all anyway.
    let here = model
        .problems
        .iter()
        .filter(|it| page != Page::Bridge && it.place.as_ref().is_some_and(|it| it.page() == page));
    Tab {
        page,
        action,
        key: keys.first().map(|it| (*it).to_owned()).unwrap_or_default(),
        problems: here.count(),
        waiting: match page {
            Page::Changes => model.drafts.unpushed(),
            Page::Drift => super::drift::all(model).len(),
            _ => 0,
        },
        moving: page == Page::Machines && moving(model),
    }
}

/// Whether machines are being made or taken away.
fn moving(model: &Model) -> bool {
    model.world.capi.machines.iter().any(|it| it.deleting() || it.phase != domain::MachinePhase::Running)
}
