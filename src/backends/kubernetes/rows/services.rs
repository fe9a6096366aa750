//! Services, volume claims and disruption budgets.

use super::meta::{Meta, joined, text};
use domain::{Cell, ColumnTitle, Fare, ResourceRow};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Service {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(rename = "type")]
    what: Box<str>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Box<str>,
    ports: Vec<Port>,
    storage_class_name: Box<str>,
    volume_name: Box<str>,
    access_modes: Vec<Box<str>>,
    min_available: Value,
    max_unavailable: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Port {
    port: u32,
    node_port: u32,
    protocol: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: Box<str>,
    capacity: Capacity,
    load_balancer: LoadBalancer,
    disruptions_allowed: i64,
    current_healthy: u32,
    expected_pods: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Capacity {
    storage: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoadBalancer {
    ingress: Vec<Ingress>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Ingress {
    ip: Box<str>,
    hostname: Box<str>,
}

pub(super) fn columns() -> Vec<ColumnTitle> {
    ["type", "cluster ip", "external ip", "ports"].map(ColumnTitle::left).to_vec()
}

pub(super) fn row(it: Service) -> ResourceRow {
    let outside =
        it.status.load_balancer.ingress.iter().map(|it| if it.ip.is_empty() { &it.hostname } else { &it.ip });
    let waits = it.spec.what.as_ref() == "LoadBalancer" && it.status.load_balancer.ingress.is_empty();
    let ports = it.spec.ports.iter().map(|it| match it.node_port {
        0 => format!("{}/{}", it.port, it.protocol),
        node => format!("{}:{node}/{}", it.port, it.protocol),
    });
    let outside = if waits { text("pending") } else { joined(outside) };
    let cells = [text(&it.spec.what), text(&it.spec.cluster_ip), outside, joined(ports)];
    it.metadata.row(if waits { Fare::UnderWay } else { Fare::Quiet }, cells)
}

pub(super) fn claim_columns() -> Vec<ColumnTitle> {
    ["status", "volume", "capacity", "access modes", "storage class"].map(ColumnTitle::left).to_vec()
}

pub(super) fn claim(it: Service) -> ResourceRow {
    let fare = match it.status.phase.as_ref() {
        "Bound" => Fare::Good,
        "Lost" => Fare::Bad,
        _ => Fare::UnderWay,
    };
    let cells = [
        text(&it.status.phase),
        text(&it.spec.volume_name),
        text(&it.status.capacity.storage),
        joined(&it.spec.access_modes),
        text(&it.spec.storage_class_name),
    ];
    it.metadata.row(fare, cells)
}

pub(super) fn budget_columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::right("min available"),
        ColumnTitle::right("max unavailable"),
        ColumnTitle::right("allowed"),
        ColumnTitle::right("healthy"),
    ]
}

pub(super) fn budget(it: Service) -> ResourceRow {
    let bound = |it: &Value| match it {
        Value::Null => Cell::Nothing,
        Value::String(words) => text(words),
        other => text(&other.to_string()),
    };
    let status = &it.status;
    let fare =
        if status.disruptions_allowed == 0 && status.expected_pods > 0 { Fare::UnderWay } else { Fare::Good };
    let cells = [
        bound(&it.spec.min_available),
        bound(&it.spec.max_unavailable),
        Cell::Number(status.disruptions_allowed),
        Cell::Share(status.current_healthy, status.expected_pods),
    ];
    it.metadata.row(fare, cells)
}
