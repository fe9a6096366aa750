//! Nodes and namespaces.

use super::meta::{Meta, text};
use domain::{Cell, ColumnTitle, Fare, ResourceRow};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Node {
    metadata: Labelled,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Labelled {
    #[serde(flatten)]
    meta: Meta,
    labels: BTreeMap<Box<str>, Box<str>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    unschedulable: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: Box<str>,
    conditions: Vec<Condition>,
    addresses: Vec<Address>,
    node_info: Info,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    what: Box<str>,
    status: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    #[serde(rename = "type")]
    what: Box<str>,
    address: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    kubelet_version: Box<str>,
    os_image: Box<str>,
    kernel_version: Box<str>,
}

pub(super) fn columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::left("status"),
        ColumnTitle::left("roles"),
        ColumnTitle::left("version"),
        ColumnTitle::left("internal ip"),
        ColumnTitle::left("os").wide(),
        ColumnTitle::left("kernel").wide(),
    ]
}

const ROLE: &str = "node-role.kubernetes.io/";

pub(super) fn row(it: Node) -> ResourceRow {
    let ready =
        it.status.conditions.iter().find(|it| it.what.as_ref() == "Ready").map(|it| it.status.as_ref());
    let (word, fare) = match ready {
        Some("True") => ("Ready", Fare::Good),
        Some("False") => ("NotReady", Fare::Bad),
        _ => ("Unknown", Fare::Bad),
    };
    let (word, fare) = match (it.spec.unschedulable, fare) {
        (true, Fare::Good) => (format!("{word},SchedulingDisabled"), Fare::UnderWay),
        (true, fare) => (format!("{word},SchedulingDisabled"), fare),
        (false, fare) => (word.to_owned(), fare),
    };
    let roles = it.metadata.labels.keys().filter_map(|it| it.strip_prefix(ROLE));
    let address = it.status.addresses.iter().find(|it| it.what.as_ref() == "InternalIP");
    let cells = [
        text(&word),
        super::meta::joined(roles),
        text(&it.status.node_info.kubelet_version),
        address.map_or(Cell::Nothing, |it| text(&it.address)),
        text(&it.status.node_info.os_image),
        text(&it.status.node_info.kernel_version),
    ];
    it.metadata.meta.row(fare, cells)
}

pub(super) fn namespace_columns() -> Vec<ColumnTitle> {
    vec![ColumnTitle::left("status")]
}

pub(super) fn namespace(it: Node) -> ResourceRow {
    let fare = if it.status.phase.as_ref() == "Active" { Fare::Good } else { Fare::UnderWay };
    let cells = [text(&it.status.phase)];
    it.metadata.meta.row(fare, cells)
}
