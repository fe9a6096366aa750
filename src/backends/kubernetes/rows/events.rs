//! Events: what happened to objects, the latest time first in mind.

use super::meta::{Meta, moment, text};
use domain::{Cell, ColumnTitle, Fare, ResourceRow};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    metadata: Meta,
    #[serde(rename = "type")]
    what: Box<str>,
    reason: Box<str>,
    message: Box<str>,
    count: Option<i64>,
    last_timestamp: Option<Box<str>>,
    event_time: Option<Box<str>>,
    involved_object: Involved,
    reporting_component: Box<str>,
    source: Source,
    series: Series,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Involved {
    kind: Box<str>,
    name: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source {
    component: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    count: Option<i64>,
    last_observed_time: Option<Box<str>>,
}

pub(super) fn columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::right("last seen"),
        ColumnTitle::left("type"),
        ColumnTitle::left("reason"),
        ColumnTitle::left("object"),
        ColumnTitle::right("count"),
        ColumnTitle::left("message"),
        ColumnTitle::left("from").wide(),
    ]
}

pub(super) fn row(it: Event) -> ResourceRow {
    let times =
        [&it.series.last_observed_time, &it.last_timestamp, &it.event_time, &it.metadata.creation_timestamp];
    let last = times.into_iter().flatten().find_map(|it| moment(it));
    let from = if it.reporting_component.is_empty() { &it.source.component } else { &it.reporting_component };
    let fare = if it.what.as_ref() == "Warning" { Fare::Bad } else { Fare::Quiet };
    let cells = [
        last.map_or(Cell::Nothing, Cell::Since),
        text(&it.what),
        text(&it.reason),
        text(&format!("{}/{}", it.involved_object.kind.to_lowercase(), it.involved_object.name)),
        Cell::Number(it.series.count.or(it.count).unwrap_or(1)),
        text(it.message.trim()),
        text(from),
    ];
    it.metadata.row(fare, cells)
}
