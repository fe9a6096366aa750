//! The logs of pods, and of what runs pods: every container of every pod, interleaved by time, followed over breaks and restarts.

mod container;
mod line;
mod workload;

use super::cluster::Cluster;
use super::listing::now;
use super::told::telling;
use super::trouble::Trouble;
use crate::Heard;
use crate::plain::plain;
use container::{Container, Heard as Lines};
use domain::{Feed, Link, LogChange, LogLine, ObjectRef, Observation, PodLogs, Source};
use futures::future::join_all;
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Lines of the past that are read of every container, all together.
const PAST: usize = 2_000;

/// Listen to logs.
pub fn logs(cluster: &Cluster, of: &PodLogs) -> Heard {
    let (cluster, of) = (cluster.clone(), of.clone());
    telling(|tell| async move {
        // Nobody listens any more: that is the only way to fail.
        let _ = attend(&cluster, &of, &tell).await;
        futures::future::pending::<()>().await;
    })
}

type Tell = mpsc::Sender<Observation>;

async fn attend(
    cluster: &Cluster,
    of: &PodLogs,
    tell: &Tell,
) -> Result<(), mpsc::error::SendError<Observation>> {
    let feed = Feed::of(Source::Kube, of.feed_part());
    let link = |link: Link| Observation::Link(feed.clone(), link);
    tell.send(link(Link::Connecting)).await?;
    let begun = now();
    let containers = loop {
        match find(cluster, of).await {
            Ok(found) => break found,
            Err(trouble) => {
                tell.send(link(trouble.link(begun))).await?;
                sleep(Duration::from_secs(3)).await;
            }
        }
    };
    let several = containers.iter().any(|it| containers.first().is_some_and(|first| first.pod != it.pod));
    let writers = containers.iter().map(|it| it.shown(several)).collect();
    tell.send(Observation::PodLogs(of.clone(), LogChange::Writers(writers))).await?;
    let share = (PAST / containers.len().max(1)).max(50);
    let past = join_all(containers.iter().map(|it| it.past(cluster, share))).await;
    let mut lines: Vec<(u16, line::Read)> = Vec::new();
    let mut reached = Vec::new();
    let mut trouble = None;
    for (writer, read) in (0u16..).zip(past) {
        let read = read.unwrap_or_else(|err| {
            trouble = Some(err);
            Vec::new()
        });
        reached.push(read.last().map(|it| it.stamp.clone()));
        lines.extend(read.into_iter().map(|it| (writer, it)));
    }
    lines.sort_by(|(_, a), (_, b)| a.stamp.cmp(&b.stamp));
    let told: Vec<LogLine> = lines.into_iter().map(|(writer, it)| it.line(writer)).collect();
    let none = told.is_empty();
    tell.send(Observation::PodLogs(of.clone(), LogChange::Lines(told))).await?;
    match trouble {
        Some(trouble) if none => tell.send(link(trouble.link(begun))).await?,
        _ => tell.send(link(Link::Live)).await?,
    }
    if of.previous {
        return tell.send(Observation::PodLogs(of.clone(), LogChange::End)).await;
    }
    let (found, mut heard) = mpsc::channel::<Lines>(16);
    let follow = join_all((0u16..).zip(&containers).zip(reached).map(|((writer, container), reached)| {
        let found = found.clone();
        async move { container.follow(cluster, writer, reached, found).await }
    }));
    drop(found);
    let pass = async {
        while let Some(lines) = heard.recv().await {
            tell.send(Observation::PodLogs(of.clone(), LogChange::Lines(lines))).await?;
        }
        tell.send(Observation::PodLogs(of.clone(), LogChange::End)).await
    };
    let (_, passed) = futures::future::join(follow, pass).await;
    passed
}

/// The containers of the pods, in the order they stand there.
async fn find(cluster: &Cluster, of: &PodLogs) -> Result<Vec<Container>, Trouble> {
    let mut all = Vec::new();
    let mut pods: Vec<ObjectRef> = Vec::new();
    for object in &of.pods {
        for pod in workload::pods(cluster, object).await? {
            if !pods.contains(&pod) {
                pods.push(pod);
            }
        }
    }
    for pod in &pods {
        let names = match cluster.read::<Pod>(&path(pod)).await {
            Ok(pod) => pod.spec.names(),
            // Of several, one may have gone meanwhile.
            Err(Trouble::Missing(_)) if pods.len() > 1 => continue,
            Err(trouble) => return Err(trouble),
        };
        all.extend(names.into_iter().map(|name| Container { pod: pod.clone(), name, previous: of.previous }));
    }
    Ok(all)
}

fn path(pod: &ObjectRef) -> String {
    format!("/api/v1/namespaces/{}/pods/{}", pod.namespace, pod.name)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pod {
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    init_containers: Vec<Named>,
    containers: Vec<Named>,
    ephemeral_containers: Vec<Named>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    name: String,
}

impl Spec {
    fn names(self) -> Vec<String> {
        let all = self.init_containers.into_iter().chain(self.containers).chain(self.ephemeral_containers);
        all.map(|it| plain(&it.name).into_owned()).collect()
    }
}
