//! Moving the selection of the list that is on the screen.

use super::{arrange, scrolled};
use crate::{Action, Effect, Listing, Model, RowKey, queries};

pub(super) fn moved(model: &mut Model, action: Action) {
    if scrolled::scrolled(model, action) {
        return;
    }
    arrange(model);
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
    let lines = queries::lines(model);
    let here = model.screen.listing().and_then(|list| lines.index(list.selected.as_ref()?));
    let there = Listing::stepped(here, steps, lines.len());
    let (selected, count) = (lines.name(there), lines.len());
    let list = model.screen.listing_mut();
    list.selected = selected;
    list.picked = None;
    list.show(there, count, height);
}

pub(super) fn clicked(model: &mut Model, row: RowKey) -> Vec<Effect> {
    let list = model.screen.listing_mut();
    list.selected = Some(row);
    list.picked = None;
    follow(model);
    Vec::new()
}

/// Keep the selection on a row that is there, and in sight.
pub(super) fn follow(model: &mut Model) {
    arrange(model);
    keep_in_sight(model);
}

pub(super) fn keep_in_sight(model: &mut Model) {
    if queries::text::text(model).is_some() {
        return;
    }
    let height = usize::from(model.screen.rows.max(1));
    let lines = queries::lines(model);
    if lines.is_empty() {
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let chosen = list.selected.as_ref().filter(|_| list.selected != list.picked);
    let index = match chosen {
        // A row that is gone is followed by the one that stands in its place now.
        Some(key) => lines.index(key).unwrap_or(list.at.min(lines.len() - 1)),
        None => 0,
    };
    let (selected, count) = (lines.name(index), lines.len());
    let picked = if chosen.is_none() { selected.clone() } else { None };
    let list = model.screen.listing_mut();
    (list.selected, list.picked) = (selected, picked);
    list.show(index, count, height);
}
