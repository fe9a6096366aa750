//! Questions a view may ask. Answers are plain rows: what to say and what it means, not how it looks.

pub mod ages;
mod applied;
pub mod bridge;
pub mod bridge_strips;
pub mod changes;
pub mod copies;
pub mod deliveries;
pub mod departed;
pub mod desired;
pub mod diff;
pub mod documents;
pub mod draft_view;
pub mod drift;
pub mod editor;
pub mod etcd;
pub mod files;
pub mod fleet;
pub mod footer;
pub mod git;
pub mod held_up;
pub mod help;
mod hunk_would;
pub mod join;
mod lines;
pub mod machines;
pub mod node;
pub mod object;
pub mod palette;
pub mod parts;
pub mod places;
pub mod plan;
mod plausible;
pub mod preview;
pub mod problems;
pub mod proposal;
pub(crate) mod reach;
pub mod resources;
pub mod road;
pub mod rollout;
pub mod rows;
pub mod sheets;
pub mod sieve;
pub mod source_map;
pub mod sources;
pub mod status;
pub mod stuck;
pub mod tabs;
pub mod text;
pub mod timeline;
pub mod wanted;
pub mod words;
pub mod would;

pub use lines::Lines;

use crate::{Model, Page, Place, RowKey};

/// The rows of the list that is on the screen, filtered and sorted.
pub fn lines(model: &Model) -> Lines<'_> {
    match rows::collection(model) {
        Some((of, rows)) if model.arranged.shows(&of) => Lines::Arranged(&model.arranged, rows),
        _ => Lines::Names(rows(model)),
    }
}

/// The rows of the list that is on the screen, by name, where it is short enough to be made anew.
pub fn rows(model: &Model) -> Vec<RowKey> {
    if let Some(desired) = desired::shown(model) {
        return desired.rows.into_iter().map(|it| it.key).collect();
    }
    match &model.screen.place {
        Place::Page(Page::Bridge) => bridge::rows(model),
        Place::Page(Page::Nodes) => fleet::listed(model).iter().map(|it| RowKey(it.name.0.clone())).collect(),
        Place::Page(Page::Delivery) => deliveries::rows(model).into_iter().map(|row| row.key).collect(),
        Place::Page(Page::Machines) => machines::tree(model).keys(),
        Place::NodeTab(_, crate::NodeTab::Events) => {
            node::events(model).into_iter().map(|it| it.key).collect()
        }
        Place::NodeTab(..) | Place::NodeSheet(_) => {
            sheets::rows(model).into_iter().map(|row| RowKey(row.key.clone())).collect()
        }
        Place::Page(Page::Etcd) => etcd::answer(model).rows.into_iter().map(|row| row.key).collect(),
        Place::Page(Page::Drift) => drift::rows(model),
        Place::Page(Page::Timeline) => timeline::shown(model).into_iter().map(|it| it.key).collect(),
        Place::Page(Page::Resources) => resources::kinds(model).into_iter().map(|row| row.key).collect(),
        Place::Page(Page::Changes) => changes::rows(model),
        Place::Page(Page::Git) => git::rows(model),
        Place::Commit(_) => git::diff_rows(model),
        Place::Plan(commit) => plan::rows(model, commit),
        Place::Blame(revision) => git::blame_rows(model, revision),
        Place::Explain(problem) => bridge::remedy_rows(model, problem),
        _ => Vec::new(),
    }
}

/// How many columns the list on the screen can be sorted by.
pub fn sortable(model: &Model) -> usize {
    match rows::sortable(model) {
        0 if !sheets::columns(model).is_empty() => sheets::columns(model).len(),
        0 => columns(model).len(),
        many => many,
    }
}

/// The titles of the columns that the list on the screen can be sorted by, where they are always the same.
pub fn columns(model: &Model) -> &'static [&'static str] {
    match &model.screen.place {
        Place::Page(Page::Nodes) => fleet::COLUMNS,
        Place::Page(Page::Etcd) => etcd::COLUMNS,
        Place::Page(Page::Delivery) => deliveries::COLUMNS,
        Place::Page(Page::Drift) => drift::COLUMNS,
        Place::Page(Page::Timeline) => timeline::COLUMNS,
        Place::Page(Page::Resources) => resources::COLUMNS,
        _ => &[],
    }
}

/// How many panes the place on the screen has.
pub fn panes(model: &Model) -> usize {
    match &model.screen.place {
        Place::Page(Page::Nodes) => 2,
        Place::Page(Page::Machines) => 3,
        Place::Page(Page::Changes) if model.screen.width < 100 => 2,
        Place::Page(Page::Delivery) => 2,
        _ => 1,
    }
}
