//! The tabs of a node: tables and texts that are asked for while they are looked at.

use super::ages;
use super::fleet::{self, Mark};
use super::sieve::Sieve;
use crate::{Listing, Model, NodeTab, Page, Place, RowKey};
use domain::{
    CosiType, Fare, Link, NodeLog, NodeLogs, NodeName, Sheet, SheetCell, SheetColumn, SheetKind, SheetOf,
    SheetRow, Watch,
};
use std::cmp::Ordering;
use std::time::Duration;

/// The sheet that the place on the screen shows.
pub fn of(model: &Model) -> Option<SheetOf> {
    match &model.screen.place {
        Place::NodeTab(node, tab) => {
            let what = match tab {
                NodeTab::Services => SheetKind::Services,
                NodeTab::Resources => SheetKind::Types,
                NodeTab::Logs => SheetKind::Containers,
                NodeTab::Config => SheetKind::Config,
                NodeTab::Disks => SheetKind::Disks,
                NodeTab::Network => SheetKind::Network,
                NodeTab::Processes => SheetKind::Processes,
                NodeTab::Overview | NodeTab::Dmesg | NodeTab::Events => return None,
            };
            Some(SheetOf { node: node.clone(), what })
        }
        Place::NodeSheet(of) => Some(of.clone()),
        _ => None,
    }
}

/// The logs that the place on the screen shows.
pub fn logs(model: &Model) -> Option<NodeLogs> {
    match &model.screen.place {
        Place::NodeTab(node, NodeTab::Dmesg) => {
            Some(NodeLogs { nodes: vec![node.clone()], of: NodeLog::Dmesg })
        }
        Place::NodeLogs(of) => Some(of.clone()),
        _ => None,
    }
}

/// The node that the place is about, or that is selected in the list of nodes.
pub fn node(model: &Model) -> Option<NodeName> {
    match &model.screen.place {
        // What is only declared has nothing to be looked at.
        Place::Page(Page::Nodes) if super::desired::selected(model).is_some() => None,
        Place::Page(Page::Nodes) => super::node::selected(model),
        place => place.node().cloned(),
    }
}

/// The nodes that are marked, else the one that is selected.
pub fn nodes(model: &Model) -> Vec<NodeName> {
    let marked = model.screen.listing().filter(|_| model.screen.place == Place::Page(Page::Nodes));
    let marked: Vec<NodeName> =
        marked.into_iter().flat_map(|list| &list.marked).map(|it| NodeName(it.0.clone())).collect();
    if marked.is_empty() { node(model).into_iter().collect() } else { marked }
}

/// What has to be listened to for the place on the screen.
pub fn watches(model: &Model) -> Vec<Watch> {
    let mut wanted: Vec<Watch> = Vec::new();
    wanted.extend(node(model).filter(|it| model.world.nodes.get(it).is_some()).map(Watch::Node));
    wanted.extend(of(model).map(Watch::Sheet));
    wanted.extend(logs(model).map(Watch::NodeLogs));
    wanted
}

/// What was heard of the sheet on the screen.
fn sheet(model: &Model) -> Option<&Result<std::sync::Arc<Sheet>, String>> {
    model.world.sheets.get(&of(model)?)
}

pub fn columns(model: &Model) -> &[SheetColumn] {
    match sheet(model).map(|it| it.as_deref()) {
        Some(Ok(Sheet::Table { columns, .. })) => columns,
        _ => &[],
    }
}

/// The lines of a sheet that is a text.
pub fn yaml(model: &Model) -> Option<&[Box<str>]> {
    match sheet(model).map(|it| it.as_deref()) {
        Some(Ok(Sheet::Yaml(lines))) => Some(lines),
        _ => None,
    }
}

/// The rows that the filter lets through, in order.
pub fn rows(model: &Model) -> Vec<&SheetRow> {
    let Some(Ok(Sheet::Table { columns, rows })) = sheet(model).map(|it| it.as_deref()) else {
        return Vec::new();
    };
    let list = model.screen.listing().cloned().unwrap_or_default();
    let sieve = Sieve::parse(&list.filter);
    let passes = |row: &&SheetRow| {
        let cells: Vec<String> = row.cells.iter().map(said).collect();
        let all: Vec<&str> = cells.iter().map(String::as_str).collect();
        sieve.lets(&all, |title| {
            let at =
                columns.iter().position(|it| it.title.replace(' ', "-") == title || it.title == title)?;
            Some(match row.cells.get(at)? {
                SheetCell::Text(text) => text.clone(),
                SheetCell::Bytes(it) | SheetCell::Count(it) | SheetCell::Seconds(it) => it.to_string(),
            })
        })
    };
    let mut rows: Vec<&SheetRow> =
        if list.filter.is_empty() { rows.iter().collect() } else { rows.iter().filter(passes).collect() };
    sort(&mut rows, &list);
    rows
}

fn sort(rows: &mut [&SheetRow], list: &Listing) {
    let Some((column, descending)) = list.sort else { return };
    rows.sort_by(|a, b| {
        let order = match (a.cells.get(column), b.cells.get(column)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        };
        if descending { order.reverse() } else { order }
    });
}

fn compare(a: &SheetCell, b: &SheetCell) -> Ordering {
    use SheetCell::{Bytes, Count, Seconds, Text};
    match (a, b) {
        (Text(a), Text(b)) => a.cmp(b),
        (Bytes(a), Bytes(b)) | (Count(a), Count(b)) | (Seconds(a), Seconds(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// A cell as it is shown.
pub fn said(cell: &SheetCell) -> String {
    match cell {
        SheetCell::Text(text) => text.clone(),
        SheetCell::Bytes(0) => String::new(),
        SheetCell::Bytes(it) => ages::bytes(*it),
        SheetCell::Count(it) => it.to_string(),
        SheetCell::Seconds(it) => ages::short(Duration::from_secs(*it)),
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

/// What stands where a sheet would, while there is none or it is empty.
pub fn nothing(model: &Model) -> Option<String> {
    let of = of(model)?;
    match sheet(model).map(|it| it.as_deref()) {
        Some(Err(why)) => Some(why.clone()),
        None => Some(match fleet::link(model, &of.node) {
            Some(Link::Degraded { why, .. }) => format!("{} does not answer: {why}", of.node),
            _ => format!("asking {}", of.node),
        }),
        Some(Ok(Sheet::Table { rows, .. })) if rows.is_empty() => Some("there is none".into()),
        Some(Ok(Sheet::Table { .. })) if self::rows(model).is_empty() => {
            let filter = model.screen.listing().map(|it| it.filter.clone()).unwrap_or_default();
            Some(format!("nothing matches /{filter}"))
        }
        Some(Ok(_)) => None,
    }
}

/// Where the selected row leads to.
pub fn open(model: &Model, key: &RowKey) -> Option<Place> {
    let of = of(model)?;
    let logs = |it| Some(Place::NodeLogs(NodeLogs { nodes: vec![of.node.clone()], of: it }));
    let sheet = |what| Some(Place::NodeSheet(SheetOf { node: of.node.clone(), what }));
    match &of.what {
        SheetKind::Services => logs(NodeLog::Service(key.0.clone())),
        SheetKind::Containers => match key.0.split_once(' ')? {
            ("talos", id) => logs(NodeLog::Service(id.to_owned())),
            (_, id) => logs(NodeLog::Container(id.to_owned())),
        },
        SheetKind::Types => {
            let (namespace, name) = key.0.split_once(' ')?;
            sheet(SheetKind::Resources(CosiType { namespace: namespace.to_owned(), name: name.to_owned() }))
        }
        SheetKind::Resources(kind) => sheet(SheetKind::Resource(kind.clone(), key.0.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::Observation;
    use std::sync::Arc;

    fn model() -> Model {
        let mut model = Model::default();
        model.screen.place = Place::NodeTab("a".into(), NodeTab::Processes);
        let row = |key: &str, memory| SheetRow {
            key: key.into(),
            cells: vec![SheetCell::Text(format!("run-{key}")), SheetCell::Bytes(memory)],
            ..Default::default()
        };
        let columns = vec![
            SheetColumn { title: "command", right: false },
            SheetColumn { title: "memory", right: true },
        ];
        let table = Sheet::Table { columns, rows: vec![row("1", 9), row("2", 100), row("3", 20)] };
        let of = of(&model).unwrap();
        update(&mut model, Message::Observed(Observation::Sheet(of, Ok(Arc::new(table)))));
        model
    }

    fn keys(model: &Model) -> String {
        rows(model).iter().map(|it| it.key.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_sheet_is_sorted_by_value_and_filtered_by_column() {
        let mut model = model();
        model.screen.listing_mut().sort = Some((1, true));
        assert_eq!(keys(&model), "2 3 1");
        model.screen.listing_mut().filter = "memory>10 !run-2".into();
        assert_eq!(keys(&model), "3");
    }

    #[test]
    fn while_there_is_nothing_the_reason_is_said() {
        let mut model = Model::default();
        model.screen.place = Place::NodeTab("a".into(), NodeTab::Config);
        assert_eq!(nothing(&model).as_deref(), Some("asking a"));
        let of = of(&model).unwrap();
        update(&mut model, Message::Observed(Observation::Sheet(of, Err("it takes os:admin".into()))));
        assert_eq!(nothing(&model).as_deref(), Some("it takes os:admin"));
    }

    #[test]
    fn a_type_opens_its_resources_and_a_resource_its_text() {
        let mut model = Model::default();
        model.screen.place = Place::NodeTab("a".into(), NodeTab::Resources);
        let place = open(&model, &RowKey("cluster Members.cluster.talos.dev".into())).unwrap();
        model.screen.place = place;
        let Some(Place::NodeSheet(SheetOf { what: SheetKind::Resource(of, id), .. })) =
            open(&model, &RowKey("b".into()))
        else {
            panic!("no text")
        };
        assert_eq!((of.short(), id.as_str()), ("Members", "b"));
    }
}
