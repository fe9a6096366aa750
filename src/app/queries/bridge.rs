//! The Bridge: what is wrong, and one line for every subsystem.

use super::problems::{Problem, ProblemId, Remedy};
use super::words::{Phrase, count};
use crate::{Model, Place, RowKey};

/// One subsystem: three phrases in columns of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    pub title: &'static str,
    pub cells: [Phrase; 3],
}

/// The name of a problem's row.
pub fn key(id: &ProblemId) -> RowKey {
    RowKey(format!("{} {}", id.rule, id.subject))
}

/// The problems that the filter lets through.
pub fn shown(model: &Model) -> impl Iterator<Item = &Problem> {
    let at_bridge = model.screen.lists.get(&Place::default());
    let filter = at_bridge.map(|list| list.filter.to_lowercase()).unwrap_or_default();
    model.problems.iter().filter(move |it| {
        filter.is_empty()
            || it.title.text().to_lowercase().contains(&filter)
            || it.whereabouts.to_lowercase().contains(&filter)
    })
}

pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).map(|problem| key(&problem.id)).collect()
}

pub fn problem<'a>(model: &'a Model, row: &RowKey) -> Option<&'a Problem> {
    model.problems.iter().find(|problem| key(&problem.id) == *row)
}

pub fn remedies(model: &Model, id: &ProblemId) -> Vec<(RowKey, Remedy)> {
    let found = model.problems.iter().find(|problem| problem.id == *id);
    let remedies = found.map(|problem| problem.remedies.clone()).unwrap_or_default();
    remedies.into_iter().enumerate().map(|(at, remedy)| (RowKey(format!("{at}")), remedy)).collect()
}

pub fn remedy_rows(model: &Model, id: &ProblemId) -> Vec<RowKey> {
    remedies(model, id).into_iter().map(|(row, _)| row).collect()
}

/// "3 problems", for the tab and the foot.
pub fn problem_count(model: &Model) -> String {
    count(model.problems.len(), "problem", "problems")
}
