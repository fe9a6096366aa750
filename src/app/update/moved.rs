//! Moving the selection of the list that is on the screen.

use crate::{Action, Effect, Model, RowKey, queries};

pub(super) fn moved(model: &mut Model, action: Action) {
    let rows = queries::rows(model);
    let height = usize::from(model.screen.rows.max(1));
    let half = isize::try_from(height / 2).unwrap_or(1).max(1);
    let steps = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::Top => isize::MIN,
        Action::Bottom => isize::MAX,
        Action::HalfPageDown => half,
        Action::HalfPageUp => -half,
        Action::PageDown => half * 2,
        Action::PageUp => -half * 2,
        _ => 0,
    };
    model.screen.listing_mut().step(&rows, steps, height);
}

pub(super) fn clicked(model: &mut Model, row: RowKey) -> Vec<Effect> {
    model.screen.listing_mut().selected = Some(row);
    follow(model);
    Vec::new()
}

/// Keep the selection on a row that is there, and in sight.
pub(super) fn follow(model: &mut Model) {
    let rows = queries::rows(model);
    let height = usize::from(model.screen.rows.max(1));
    let list = model.screen.listing_mut();
    if list.selected.as_ref().is_none_or(|key| !rows.contains(key)) && !rows.is_empty() {
        list.selected = rows.get(list.top.min(rows.len() - 1)).cloned();
    }
    let index = list.index(&rows);
    list.show(index, rows.len(), height);
}
