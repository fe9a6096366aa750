//! The objects of one kind: what is in sight of the list, under which columns, and what to say about the rest.

use super::fleet::Mark;
use super::{ages, resources};
use crate::{Collection, Model, RowKey};
use domain::{Cell, Fare, Feed, Link, Moment, ResourceRow, RowsOf, Source};

/// One column of the list, as wide as its widest value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    pub right: bool,
    /// The higher, the sooner it is left out where there is no room.
    pub priority: u8,
    /// Cells that its widest value takes.
    pub width: u16,
    /// Its number for sorting.
    pub number: usize,
}

/// One row in sight. Its values stand under the columns, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: RowKey,
    pub mark: Mark,
    pub marked: bool,
    pub values: Vec<String>,
}

/// The collection that the list shows, where any of it is there.
pub fn collection(model: &Model) -> Option<(RowsOf, &Collection)> {
    let of = resources::rows_of(model)?;
    let rows = model.world.rows.get(&of)?;
    Some((of, rows))
}

/// How many columns the list can be sorted by: namespace, name, the cells, age.
pub fn sortable(model: &Model) -> usize {
    collection(model).map_or(0, |(_, rows)| rows.columns.len() + 3)
}

/// The columns to show. The namespace is left out where there is but one.
pub fn columns(model: &Model) -> Vec<Column> {
    let Some((of, rows)) = collection(model) else { return Vec::new() };
    let wide = |at: usize| rows.widths.get(at).copied().unwrap_or(0);
    let namespaced = of.namespace.is_none() && wide(0) > 0;
    let named = of.about.is_none();
    let column = |title: &str, number: usize, width: u16, right: bool, priority: u8| Column {
        title: title.into(),
        right,
        priority,
        width: width.max(u16::try_from(title.len()).unwrap_or(0)),
        number,
    };
    let mut columns = Vec::new();
    if namespaced {
        columns.push(column("namespace", 0, wide(0), false, 0));
    }
    if named && of.kind.kind != "Event" {
        columns.push(column("name", 1, wide(1), false, 0));
    }
    for (at, it) in rows.columns.iter().enumerate() {
        columns.push(column(&it.title, at + 2, wide(at + 2), it.right, it.priority));
    }
    if of.kind.kind != "Event" {
        columns.push(column("age", rows.columns.len() + 2, 6, true, 0));
    }
    columns
}

/// The rows in sight: `count` of them from `top` on.
pub fn in_sight<'a>(
    model: &'a Model,
    columns: &'a [Column],
    top: usize,
    count: usize,
) -> impl Iterator<Item = Row> + 'a {
    let shown = collection(model).filter(|(of, _)| model.arranged.shows(of));
    let list = model.screen.listing();
    let slots = (top..top.saturating_add(count)).map_while(|at| model.arranged.slot(at));
    slots.filter_map(move |slot| {
        let row = shown.as_ref()?.1.row(slot)?;
        let key = RowKey(row.id.0.to_string());
        let marked = list.is_some_and(|list| list.marked.contains(&key));
        let values = columns.iter().map(|column| value(row, column.number, model.now)).collect();
        Some(Row { key, mark: mark(row.fare), marked, values })
    })
}

fn value(row: &ResourceRow, column: usize, now: Moment) -> String {
    match column {
        0 => row.id.namespace().to_owned(),
        1 => row.id.name().to_owned(),
        column => match row.cells.get(column - 2) {
            Some(cell) => said(cell, now),
            None => row.created.map(|at| ages::short(now.since(at))).unwrap_or_default(),
        },
    }
}

/// A value in words.
pub fn said(cell: &Cell, now: Moment) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Share(ready, of) => format!("{ready}/{of}"),
        Cell::Since(at) => ages::short(now.since(*at)),
    }
}

pub fn mark(fare: Fare) -> Mark {
    match fare {
        Fare::Good => Mark::Good,
        Fare::UnderWay => Mark::UnderWay,
        Fare::Bad => Mark::Problem,
        Fare::Quiet => Mark::Nothing,
    }
}

/// The line over the list: what it is, of where, how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub title: String,
    pub place: String,
    /// "20,000", "12 of 20,000", "1,500 so far".
    pub count: String,
    pub filter: String,
    /// No row holds the filter's words; these are like them.
    pub alike: bool,
    /// What is wrong with the feed, while old rows are shown.
    pub trouble: Option<String>,
}

pub fn heading(model: &Model) -> Heading {
    let Some(of) = resources::rows_of(model) else {
        return Heading {
            title: String::new(),
            place: String::new(),
            count: String::new(),
            filter: String::new(),
            alike: false,
            trouble: None,
        };
    };
    let kind = model.world.kinds.get(&of.kind);
    let total = model.world.rows.get(&of).map_or(0, Collection::len);
    let seen = if model.arranged.shows(&of) { model.arranged.len() } else { 0 };
    let filter = model.screen.listing().map(|list| list.filter.clone()).unwrap_or_default();
    let count = match link(model, &of) {
        None | Some(Link::Connecting) if total > 0 => format!("{} so far", grouped(total)),
        _ if filter.is_empty() => grouped(total),
        _ => format!("{} of {}", grouped(seen), grouped(total)),
    };
    let place = match (kind, &of.namespace) {
        (Some(kind), _) if !kind.namespaced => "whole cluster".into(),
        (_, Some(namespace)) => format!("namespace {namespace}"),
        (_, None) => "all namespaces".into(),
    };
    let trouble = match link(model, &of) {
        Some(Link::Degraded { since, why }) if total > 0 => {
            Some(format!("as heard {} ago: {why}", ages::short(model.now.since(*since))))
        }
        Some(Link::Forbidden { why }) if total > 0 => Some(format!("no longer allowed: {why}")),
        _ => None,
    };
    let title = kind.map_or_else(|| of.kind.kind.clone(), |kind| kind.plural.clone());
    let alike = model.arranged.shows(&of) && model.arranged.alike();
    Heading { title, place, count, filter, alike, trouble }
}

/// "20,000".
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

fn link<'a>(model: &'a Model, of: &RowsOf) -> Option<&'a Link> {
    model.world.feeds.get(&Feed::of(Source::Kube, of.feed_part())).map(|it| &it.link)
}

/// What stands where rows would, while there are none: each reason in its own words.
pub fn nothing(model: &Model) -> Option<String> {
    let of = resources::rows_of(model)?;
    if !model.arranged.is_empty() && model.arranged.shows(&of) {
        return None;
    }
    let total = model.world.rows.get(&of).map_or(0, Collection::len);
    let title = heading(model).title;
    Some(match link(model, &of) {
        _ if total > 0 => format!("none of {} {title} match; esc shows them all", grouped(total)),
        None | Some(Link::Connecting) => format!("loading {title}"),
        Some(Link::Live) if of.about.is_some() => "nothing happened to it lately".into(),
        Some(Link::Live) => format!("there are no {title} here"),
        Some(Link::Degraded { why, .. }) => {
            format!("{title} could not be asked for: {why}. It is tried again.")
        }
        Some(Link::Forbidden { why }) => {
            format!("forbidden: {why}. Needed: list and watch on {title}")
        }
        Some(Link::NotInstalled { why }) => format!("not installed: {why}"),
        Some(Link::NotConfigured { why }) => format!("not configured: {why}"),
    })
}
