//! The Kubernetes object that is selected or opened, and what can be looked at of it.

use super::rows::mark;
use super::{fleet::Mark, resources, rows};
use crate::{Model, Page, Place};
use domain::{Feed, Link, ObjectRef, ObjectText, RowId, Source};

/// The object that `d`, `y`, `E`, `l` are about.
pub fn selected(model: &Model) -> Option<ObjectRef> {
    match &model.screen.place {
        Place::Object(object, _) => Some(object.clone()),
        Place::Page(Page::Machines) => super::machines::selected(model),
        Place::Page(Page::Delivery) => super::deliveries::selected(model),
        Place::Rows(kind) => {
            let row = model.screen.listing()?.selected.as_ref()?;
            Some(kind.object(&RowId(row.0.as_str().into())))
        }
        _ => None,
    }
}

pub fn has_logs(model: &Model) -> bool {
    selected(model).as_ref().is_some_and(domain::writes_logs)
}

/// The pods that are marked in the list, or what runs pods.
pub fn marked_pods(model: &Model) -> Vec<ObjectRef> {
    let Place::Rows(kind) = &model.screen.place else { return Vec::new() };
    let marked = model.screen.listing().into_iter().flat_map(|list| &list.marked);
    marked.map(|row| kind.object(&RowId(row.0.as_str().into()))).filter(domain::writes_logs).collect()
}

/// What is known of the opened object.
pub fn opened(model: &Model) -> Option<&ObjectText> {
    let Place::Object(object, _) = &model.screen.place else { return None };
    model.world.objects.get(object)?.as_deref()
}

/// What stands where the lines of a log would, while there are none.
pub fn no_lines(model: &Model) -> Option<String> {
    let of = resources::logs_of(model)?;
    let feed = Feed::of(Source::Kube, of.feed_part());
    Some(match model.world.feeds.get(&feed).map(|it| &it.link) {
        None | Some(Link::Connecting) => "loading logs".into(),
        Some(Link::Live) if of.previous => "there was no former run, or it wrote nothing".into(),
        Some(Link::Live) => "nothing was written yet".into(),
        Some(Link::Degraded { why, .. }) => format!("the logs could not be asked for: {why}"),
        Some(Link::Forbidden { why }) => format!("forbidden: {why}. Needed: get on pods/log"),
        Some(Link::NotInstalled { why } | Link::NotConfigured { why }) => why.clone(),
    })
}

/// What stands where the object would, while there is none.
pub fn nothing(model: &Model) -> Option<String> {
    let Place::Object(object, _) = &model.screen.place else { return None };
    if opened(model).is_some() {
        return None;
    }
    let feed = Feed::of(Source::Kube, object.to_string());
    let known = model.world.objects.contains_key(object);
    Some(match model.world.feeds.get(&feed).map(|it| &it.link) {
        _ if known => format!("{object} is not there any more"),
        None | Some(Link::Connecting | Link::Live) => format!("loading {object}"),
        Some(Link::Degraded { why, .. }) => {
            format!("{object} could not be asked for: {why}. It is tried again.")
        }
        Some(Link::Forbidden { why }) => format!("forbidden: {why}"),
        Some(Link::NotInstalled { why }) => format!("not installed: {why}"),
        Some(Link::NotConfigured { why }) => format!("not configured: {why}"),
    })
}

/// One line of the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    Blank,
    Title(&'a str),
    Fact { label: &'a str, value: &'a str, mark: Mark },
    Event { mark: Mark, age: String, reason: String, message: String },
}

/// How many events an overview shows.
const EVENTS: usize = 20;

/// The overview: what it is in words, then what happened to it.
pub fn overview(model: &Model) -> Vec<Line<'_>> {
    let Some(text) = opened(model) else { return Vec::new() };
    let mut lines = Vec::new();
    for section in &text.summary {
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Title(&section.title));
        lines.extend(section.lines.iter().map(|it| Line::Fact {
            label: &it.label,
            value: &it.value,
            mark: mark(it.fare),
        }));
    }
    let Place::Object(object, _) = &model.screen.place else { return lines };
    let Some(events) = model.world.rows.get(&resources::events_of(object)) else { return lines };
    let mut found: Vec<_> =
        (0..u32::try_from(events.len()).unwrap_or(0)).filter_map(|slot| events.row(slot)).collect();
    found.sort_by(|a, b| crate::model::by_value(latest(a), latest(b)));
    if !found.is_empty() {
        lines.extend([Line::Blank, Line::Title("events")]);
    }
    let value = |row: &domain::ResourceRow, at: usize| {
        row.cells.get(at).map(|cell| rows::said(cell, model.now)).unwrap_or_default()
    };
    lines.extend(found.into_iter().take(EVENTS).map(|row| Line::Event {
        mark: mark(row.fare),
        age: value(row, 0),
        reason: value(row, 2),
        message: value(row, 5),
    }));
    lines
}

fn latest(row: &domain::ResourceRow) -> &domain::Cell {
    row.cells.first().unwrap_or(&domain::Cell::Nothing)
}
