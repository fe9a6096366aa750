//! Any kind, as the server's own table shows it: custom resources come with the columns their definitions print.

use super::meta::{Meta, text};
use crate::kubernetes::kinds::Served;
use crate::kubernetes::reading::{Event, Head, ListMetadata, Page, Reading, parse};
use crate::kubernetes::trouble::Trouble;
use crate::plain::plain;
use domain::{Cell, ColumnTitle, Entity, Fare, ResourceRow};
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// Columns on their way from the reading to whoever shows them.
pub(super) type Announced = Arc<Mutex<Option<Vec<ColumnTitle>>>>;

pub(super) struct Tables {
    announced: Announced,
    columns: Vec<Definition>,
}

#[derive(Deserialize, Default, Clone, PartialEq)]
#[serde(default)]
struct Definition {
    name: Box<str>,
    #[serde(rename = "type")]
    what: Box<str>,
    priority: u8,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    metadata: ListMetadata,
    column_definitions: Option<Vec<Definition>>,
    rows: Option<Vec<Row>>,
    /// Of a server that knows no tables.
    items: Option<Vec<Object>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row {
    cells: Vec<Value>,
    object: Object,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    metadata: Meta,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct EventBody {
    object: EventTable,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct EventTable {
    column_definitions: Option<Vec<Definition>>,
    rows: Option<Vec<EventRow>>,
    metadata: Meta,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EventRow {
    cells: Vec<Value>,
    object: EventObject,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EventObject {
    metadata: VersionedMeta,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct VersionedMeta {
    #[serde(flatten)]
    meta: Meta,
    resource_version: String,
}

impl Tables {
    pub(super) fn new() -> (Self, Announced) {
        let announced = Announced::default();
        (Self { announced: announced.clone(), columns: Vec::new() }, announced)
    }

    fn learn(&mut self, definitions: Option<Vec<Definition>>) {
        let Some(definitions) = definitions.filter(|it| !it.is_empty() && *it != self.columns) else {
            return;
        };
        let titles = definitions.iter().filter(|it| shown(it)).map(|it| ColumnTitle {
            title: plain(&it.name).to_lowercase(),
            right: matches!(it.what.as_ref(), "integer" | "number"),
            priority: it.priority,
        });
        if let Ok(mut announced) = self.announced.lock() {
            *announced = Some(titles.collect());
        }
        self.columns = definitions;
    }

    fn row(&self, meta: &Meta, cells: Vec<Value>) -> ResourceRow {
        let kept = self.columns.iter().zip(cells).filter(|(column, _)| shown(column));
        let mut fare = Fare::Quiet;
        let cells: Vec<Cell> = kept
            .map(|(column, value)| {
                if let Some(worse) = value.as_str().and_then(|value| fares(&column.name, value)) {
                    fare = worst(fare, worse);
                }
                cell(value)
            })
            .collect();
        meta.row(fare, cells)
    }
}

/// How an object fares by one of the columns that usually tell.
fn fares(column: &str, value: &str) -> Option<Fare> {
    let tells = [
        "ready",
        "status",
        "phase",
        "health status",
        "sync status",
        "available",
        "initialized",
        "established",
    ];
    if !tells.contains(&column.to_lowercase().as_str()) {
        return None;
    }
    Some(match value.to_lowercase().as_str() {
        "" | "unknown" => return None,
        "true" | "ready" | "running" | "healthy" | "synced" | "active" | "bound" | "available"
        | "provisioned" | "established" | "succeeded" => Fare::Good,
        "false" | "failed" | "error" | "degraded" | "outofsync" | "lost" | "notready" | "missing" => {
            Fare::Bad
        }
        _ => Fare::UnderWay,
    })
}

fn worst(a: Fare, b: Fare) -> Fare {
    let rank = |it: Fare| match it {
        Fare::Quiet => 0,
        Fare::Good => 1,
        Fare::UnderWay => 2,
        Fare::Bad => 3,
    };
    if rank(a) > rank(b) { a } else { b }
}

/// Name and age are columns of every kind already.
fn shown(column: &Definition) -> bool {
    !matches!(column.name.as_ref(), "Name" | "Age" | "Namespace")
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Nothing,
        Value::Number(number) => number.as_i64().map_or_else(|| text(&number.to_string()), Cell::Number),
        Value::String(words) => share(&words).unwrap_or_else(|| text(&words)),
        other => text(&other.to_string()),
    }
}

/// "2/3" as a share, so that it sorts as one.
fn share(words: &str) -> Option<Cell> {
    let (ready, of) = words.split_once('/')?;
    Some(Cell::Share(ready.parse().ok()?, of.parse().ok()?))
}

impl Reading for Tables {
    type Row = ResourceRow;

    fn accept(&self) -> &'static str {
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    }

    fn page(&mut self, _served: &Served, bytes: &[u8]) -> Result<Page<ResourceRow>, Trouble> {
        let answer: Answer = parse(bytes)?;
        self.learn(answer.column_definitions);
        let rows =
            answer.rows.unwrap_or_default().into_iter().map(|it| self.row(&it.object.metadata, it.cells));
        let plain_rows =
            answer.items.unwrap_or_default().into_iter().map(|it| it.metadata.row(Fare::Quiet, []));
        let rows = rows.chain(plain_rows).collect();
        Ok(answer.metadata.page(rows))
    }

    fn event(
        &mut self,
        _served: &Served,
        line: &[u8],
    ) -> Result<(Event<ResourceRow>, Option<String>), Trouble> {
        let head: Head<'_> = parse(line)?;
        if let Some(trouble) = head.trouble() {
            return Err(trouble);
        }
        let listed = Some(head.object.metadata.resource_version).filter(|it| !it.is_empty());
        if head.what == "BOOKMARK" {
            // A bookmark may come as a table whose only row is the bookmark.
            let body: EventBody = parse(line)?;
            let row = body.object.rows.into_iter().flatten().next();
            let inner = row.map(|it| it.object.metadata.resource_version).filter(|it| !it.is_empty());
            return Ok((Event::Bookmark, listed.or(inner)));
        }
        let body: EventBody = parse(line)?;
        self.learn(body.object.column_definitions);
        let (row, version) = match body.object.rows.into_iter().flatten().next() {
            Some(it) => {
                let VersionedMeta { meta, resource_version } = it.object.metadata;
                (self.row(&meta, it.cells), Some(resource_version).filter(|it| !it.is_empty()))
            }
            None => (body.object.metadata.row(Fare::Quiet, []), None),
        };
        let event = match head.what.as_ref() {
            "DELETED" => Event::Remove(row.id().clone()),
            _ => Event::Upsert(row),
        };
        Ok((event, version.or(listed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"17"},
        "columnDefinitions":[{"name":"Name","type":"string","priority":0},{"name":"Phase","type":"string","priority":0},
        {"name":"Replicas","type":"integer","priority":0},{"name":"Age","type":"date","priority":0},
        {"name":"Version","type":"string","priority":1}],
        "rows":[{"cells":["a","Provisioned",3,"5d","v1\u001b[31m.35"],"object":{"kind":"PartialObjectMetadata",
        "metadata":{"name":"a","namespace":"default","creationTimestamp":"2026-11-21T08:00:00Z"}}}]}"#;

    #[test]
    fn a_table_keeps_its_columns_but_name_and_age() {
        let (mut reading, announced) = Tables::new();
        let served = Served::default();
        let page = reading.page(&served, LIST.as_bytes()).unwrap();
        let titles: Vec<(String, bool, u8)> = announced
            .lock()
            .unwrap()
            .take()
            .unwrap()
            .into_iter()
            .map(|it| (it.title, it.right, it.priority))
            .collect();
        assert_eq!(
            titles,
            [("phase".into(), false, 0), ("replicas".into(), true, 0), ("version".into(), false, 1)]
        );
        let row = &page.rows[0];
        assert_eq!(row.cells.as_ref(), [Cell::text("Provisioned"), Cell::Number(3), Cell::text("v1.35")]);
        assert_eq!((row.id.0.as_ref(), row.created), ("default/a", Some(domain::Moment(1_795_248_000_000))));
        assert_eq!(row.fare, Fare::Good);
        let event = r#"{"type":"DELETED","object":{"kind":"Table","rows":[{"cells":["a","Deleted",0,"5d",""],
            "object":{"metadata":{"name":"a","namespace":"default","resourceVersion":"19"}}}]}}"#;
        let (event, version) = reading.event(&served, event.as_bytes()).unwrap();
        assert!(matches!(event, Event::Remove(id) if id.0.as_ref() == "default/a"));
        assert_eq!(version.as_deref(), Some("19"));
        let gone = r#"{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}"#;
        assert_eq!(reading.event(&served, gone.as_bytes()).unwrap_err(), Trouble::Expired("too old".into()));
    }
}
