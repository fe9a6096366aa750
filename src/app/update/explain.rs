//! Looking for problems, opening them, and explaining them.

use super::moved;
use crate::queries::bridge;
use crate::queries::problems::{self, ProblemId};
use crate::{Model, Page, Place, RowKey};

/// Facts may change a thousand times a second; what they mean is gone through four times.
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(250);

/// Go through the rules again, if it is time.
pub(super) fn check(model: &mut Model) {
    if model.checked != domain::Moment::default() && model.now.since(model.checked) < BETWEEN {
        return;
    }
    model.checked = model.now;
    model.problems = problems::find(model);
    if matches!(model.screen.place, Place::Page(Page::Bridge) | Place::Explain(_)) {
        moved::follow(model);
    }
}

/// `X`: why the selected problem is one; elsewhere, the problem that the selection is part of.
pub(super) fn explain(model: &mut Model) {
    let selected = model.screen.listing().and_then(|list| list.selected.clone());
    let found = match (&model.screen.place, &selected) {
        (Place::Page(Page::Bridge), Some(key)) => bridge::problem(model, key).map(|it| it.id.clone()),
        (_, Some(key)) => about(model, key),
        _ => None,
    };
    match found.or_else(|| model.problems.first().map(|it| it.id.clone()).filter(|_| selected.is_none())) {
        Some(id) => {
            model.screen.go(Place::Explain(id));
            moved::follow(model);
        }
        None => model.screen.notice = Some("nothing wrong is known of it".into()),
    }
}

/// The worst problem that names `key`, by its subject or in its words.
fn about(model: &Model, key: &RowKey) -> Option<ProblemId> {
    let name = key.0.rsplit('/').next().unwrap_or(&key.0);
    let named = |it: &&problems::Problem| {
        it.id.subject.contains(name) || it.title.text().contains(name) || it.whereabouts.contains(name)
    };
    model.problems.iter().find(named).map(|it| it.id.clone())
}

/// `enter` on a problem: go where it is.
pub(super) fn open_problem(model: &mut Model, key: &RowKey) {
    let Some(problem) = bridge::problem(model, key) else { return };
    let place = problem.place.clone().unwrap_or_else(|| Place::Explain(problem.id.clone()));
    model.screen.go(place);
    moved::follow(model);
}

/// `enter` on a remedy: go where it is done.
pub(super) fn open_remedy(model: &mut Model, key: &RowKey) {
    let Place::Explain(id) = &model.screen.place else { return };
    let remedy =
        bridge::remedies(model, id).into_iter().find(|(row, _)| row == key).map(|(_, remedy)| remedy);
    match remedy.and_then(|remedy| remedy.place) {
        Some(place) => {
            model.screen.go(place);
            moved::follow(model);
        }
        None => model.screen.notice = Some("this is done outside the cockpit, or by waiting".into()),
    }
}
