//! The objects of any kind as rows: with our columns for the common kinds, with the server's table for all others.

mod events;
pub(super) mod meta;
mod nodes;
mod pods;
mod services;
mod table;
mod workloads;

use super::cluster::Cluster;
use super::kinds::Served;
use super::listing::{Wanted, encoded, watch_kind, watch_with};
use super::reading::{Objects, Reading};
use super::told::Told;
use super::trouble::Trouble;
use crate::Heard;
use domain::{ColumnTitle, Feed, ObjectRef, Observation, ResourceRow, RowsChange, RowsOf, Source};
use futures::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;
use table::Tables;

/// Listen to the rows of one kind.
pub fn rows(cluster: &Cluster, of: &RowsOf) -> Heard {
    let wanted = wanted(of);
    match (of.kind.group.as_str(), of.kind.kind.as_str()) {
        ("", "Pod") => ours(cluster, of, wanted, pods::columns(), pods::row),
        ("", "Node") => ours(cluster, of, wanted, nodes::columns(), nodes::row),
        ("", "Namespace") => ours(cluster, of, wanted, nodes::namespace_columns(), nodes::namespace),
        ("", "Event") => ours(cluster, of, wanted, events::columns(), events::row),
        ("", "Service") => ours(cluster, of, wanted, services::columns(), services::row),
        ("", "PersistentVolumeClaim") => {
            ours(cluster, of, wanted, services::claim_columns(), services::claim)
        }
        ("policy", "PodDisruptionBudget") => {
            ours(cluster, of, wanted, services::budget_columns(), services::budget)
        }
        ("apps", "Deployment" | "StatefulSet" | "ReplicaSet") => {
            ours(cluster, of, wanted, workloads::replicated_columns(), workloads::replicated)
        }
        ("apps", "DaemonSet") => {
            ours(cluster, of, wanted, workloads::replicated_columns(), workloads::daemon_set)
        }
        ("batch", "Job") => ours(cluster, of, wanted, workloads::job_columns(), workloads::job),
        ("batch", "CronJob") => ours(cluster, of, wanted, workloads::cron_columns(), workloads::cron_job),
        _ => theirs(cluster, of, wanted),
    }
}

/// The rows of a page of pods, as a list answers it: what a benchmark measures.
pub fn pod_rows(bytes: &[u8]) -> Result<Vec<ResourceRow>, Trouble> {
    let mut reading = Objects::new(|pod: pods::Pod, _: &Served| Some(pods::row(pod)));
    Ok(reading.page(&Served::default(), bytes)?.rows)
}

fn wanted(of: &RowsOf) -> Wanted {
    let mut wanted = Wanted::all(&of.kind.group, &of.kind.kind, &[]);
    wanted.namespace = of.namespace.clone();
    if let Some(ObjectRef { kind, namespace, name, .. }) = &of.about {
        let about = format!(
            "involvedObject.name={name},involvedObject.namespace={namespace},involvedObject.kind={kind}"
        );
        wanted.query = format!("&fieldSelector={}", encoded(&about));
    }
    wanted
}

/// The feed of a watch of rows.
pub(super) fn feed(of: &RowsOf) -> Feed {
    Feed::of(Source::Kube, of.feed_part())
}

fn ours<W>(
    cluster: &Cluster,
    of: &RowsOf,
    wanted: Wanted,
    columns: Vec<ColumnTitle>,
    row: fn(W) -> ResourceRow,
) -> Heard
where
    W: DeserializeOwned + 'static,
{
    let told = watch_kind(cluster, wanted, move |it: W, _| Some(row(it)));
    let first = Observation::Rows(of.clone(), RowsChange::Columns(columns));
    stream::iter([first]).chain(observed(of, told, || None)).boxed()
}

fn theirs(cluster: &Cluster, of: &RowsOf, wanted: Wanted) -> Heard {
    let (reading, announced) = Tables::new();
    let told = watch_with(cluster, wanted, reading);
    observed(of, told, move || announced.lock().ok().and_then(|mut it| it.take())).boxed()
}

fn observed(
    of: &RowsOf,
    told: impl Stream<Item = Told<ResourceRow>> + Send + 'static,
    mut announced: impl FnMut() -> Option<Vec<ColumnTitle>> + Send + 'static,
) -> impl Stream<Item = Observation> + Send + 'static {
    let of = of.clone();
    told.flat_map(move |told| {
        let said = |change| Observation::Rows(of.clone(), change);
        let columns = announced().map(|it| said(RowsChange::Columns(it)));
        let then = match told {
            Told::Link(link) => Observation::Link(feed(&of), link),
            Told::Change(change) => said(RowsChange::Rows(change)),
        };
        stream::iter(columns.into_iter().chain([then]).collect::<Vec<_>>())
    })
}
