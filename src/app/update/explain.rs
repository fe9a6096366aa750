//! Looking for problems, opening them, and explaining them.

use super::moved;
use crate::queries::problems::{self, ProblemId};
use crate::queries::{self, bridge};
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
        None => {
            let why = queries::drift::selected(model).map(|it| format!("{}: {}", it.class.word(), it.why));
            model.screen.notice = Some(why.unwrap_or_else(|| "nothing wrong is known of it".into()));
        }
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
    // The subject first: the words of the title name other things too.
    let named: Vec<String> = [problem.id.subject.clone(), problem.title.text(), problem.whereabouts.clone()]
        .iter()
        .flat_map(|it| it.split([' ', ',', ':', '(', ')', '/']))
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    let came = model.screen.place != place;
    model.screen.go(place);
    if came {
        aim(model, &named);
    }
    moved::follow(model);
}

/// Select the row that is named, the first name first, where the list has one.
fn aim(model: &mut Model, named: &[String]) {
    if matches!(model.screen.place, Place::Explain(_)) {
        return;
    }
    let rows = queries::rows(model);
    let name = |row: &RowKey| row.0.rsplit([' ', '/']).next().unwrap_or(&row.0).to_owned();
    let found = named.iter().find_map(|wanted| rows.iter().find(|row| name(row) == *wanted));
    if let Some(row) = found.cloned() {
        let list = model.screen.listing_mut();
        (list.selected, list.picked) = (Some(row), None);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{
        Application, Change, DeliveryChange, Meta, ObjectRef, Observation, Operation, OperationPhase, Sync,
    };

    fn app(name: &str, failed: bool) -> Application {
        let id = ObjectRef {
            kind: "Application".into(),
            namespace: "argocd".into(),
            name: name.into(),
            ..ObjectRef::default()
        };
        let operation = Operation {
            phase: OperationPhase::Failed,
            message: "one or more objects failed to apply".into(),
            started: None,
            finished: None,
            retries: 0,
            retry_limit: None,
            revision: None,
            by: "automated".into(),
            failures: Vec::new(),
        };
        let sync = if failed { Sync::OutOfSync } else { Sync::Synced };
        let meta = Meta { id, ..Meta::default() };
        Application { meta, sync, operation: failed.then_some(operation), ..Application::default() }
    }

    #[test]
    fn opening_a_problem_goes_to_the_row_it_is_about() {
        let mut model = Model::default();
        let apps = vec![app("alloy", false), app("grafana", false), app("loki", true)];
        let change = DeliveryChange::Applications(Change::Snapshot(apps));
        update(&mut model, Message::Observed(Observation::Delivery(change)));
        check(&mut model);
        let key = bridge::rows(&model)[0].clone();
        open_problem(&mut model, &key);
        assert_eq!(model.screen.place, Place::Page(Page::Delivery));
        let selected = model.screen.listing().and_then(|it| it.selected.clone());
        assert_eq!(selected, Some(RowKey("Application argocd/loki".into())));
    }
}
