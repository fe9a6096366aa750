//! Deployments, stateful sets, daemon sets, replica sets, jobs and cron jobs.

use super::meta::{Meta, joined, share, since, text};
use domain::{Cell, ColumnTitle, Fare, ResourceRow};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Workload {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    replicas: Option<u32>,
    completions: Option<u32>,
    suspend: bool,
    schedule: Box<str>,
    template: Template,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Template {
    spec: PodSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Container {
    image: Box<str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    ready_replicas: u32,
    updated_replicas: u32,
    available_replicas: u32,
    desired_number_scheduled: u32,
    number_ready: u32,
    number_available: u32,
    updated_number_scheduled: u32,
    succeeded: u32,
    failed: u32,
    active: Active,
    start_time: Option<Box<str>>,
    completion_time: Option<Box<str>>,
    last_schedule_time: Option<Box<str>>,
    conditions: Vec<Condition>,
}

/// A number in a job, a list in a cron job.
#[derive(Deserialize)]
#[serde(untagged)]
enum Active {
    Count(u32),
    List(Vec<serde::de::IgnoredAny>),
}

impl Default for Active {
    fn default() -> Self {
        Active::Count(0)
    }
}

impl Active {
    fn count(&self) -> i64 {
        match self {
            Active::Count(count) => i64::from(*count),
            Active::List(list) => i64::try_from(list.len()).unwrap_or(i64::MAX),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    what: Box<str>,
    status: Box<str>,
}

fn images(it: &Workload) -> Cell {
    joined(it.spec.template.spec.containers.iter().map(|it| &it.image))
}

pub(super) fn replicated_columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::right("ready"),
        ColumnTitle::right("up to date"),
        ColumnTitle::right("available"),
        ColumnTitle::left("images").wide(),
    ]
}

/// A deployment, a stateful set or a replica set.
pub(super) fn replicated(it: Workload) -> ResourceRow {
    let (ready, fare) = share(it.status.ready_replicas, it.spec.replicas.unwrap_or(1));
    let updated = Cell::Number(i64::from(it.status.updated_replicas));
    let available = Cell::Number(i64::from(it.status.available_replicas));
    let cells = [ready, updated, available, images(&it)];
    it.metadata.row(fare, cells)
}

pub(super) fn daemon_set(it: Workload) -> ResourceRow {
    let (ready, fare) = share(it.status.number_ready, it.status.desired_number_scheduled);
    let updated = Cell::Number(i64::from(it.status.updated_number_scheduled));
    let available = Cell::Number(i64::from(it.status.number_available));
    let cells = [ready, updated, available, images(&it)];
    it.metadata.row(fare, cells)
}

pub(super) fn job_columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::left("status"),
        ColumnTitle::right("completions"),
        ColumnTitle::left("started"),
        ColumnTitle::left("ended"),
        ColumnTitle::left("images").wide(),
    ]
}

pub(super) fn job(it: Workload) -> ResourceRow {
    let status = &it.status;
    let holds = |what: &str| {
        status.conditions.iter().any(|it| it.what.as_ref() == what && it.status.as_ref() == "True")
    };
    let (word, fare) = match () {
        () if holds("Complete") => ("Complete", Fare::Quiet),
        () if holds("Failed") => ("Failed", Fare::Bad),
        () if it.spec.suspend => ("Suspended", Fare::Quiet),
        () if status.failed > 0 => ("Running", Fare::Bad),
        () => ("Running", Fare::UnderWay),
    };
    let cells = [
        text(word),
        Cell::Share(status.succeeded, it.spec.completions.unwrap_or(1)),
        since(status.start_time.as_deref()),
        since(status.completion_time.as_deref()),
        images(&it),
    ];
    it.metadata.row(fare, cells)
}

pub(super) fn cron_columns() -> Vec<ColumnTitle> {
    vec![
        ColumnTitle::left("schedule"),
        ColumnTitle::left("suspended"),
        ColumnTitle::right("active"),
        ColumnTitle::left("last run"),
    ]
}

pub(super) fn cron_job(it: Workload) -> ResourceRow {
    let fare = if it.status.active.count() > 0 { Fare::UnderWay } else { Fare::Quiet };
    let cells = [
        text(&it.spec.schedule),
        text(if it.spec.suspend { "yes" } else { "no" }),
        Cell::Number(it.status.active.count()),
        since(it.status.last_schedule_time.as_deref()),
    ];
    it.metadata.row(fare, cells)
}
