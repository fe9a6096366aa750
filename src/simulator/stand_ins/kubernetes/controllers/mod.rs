//! The controllers every cluster has, working directly on the store.
//!
//! One task hears of every change, notes what has to be looked at, and looks at it; it sleeps while nothing changes.
//! Kubelets are not among them: who runs pods is part of the world, and a client of the API.

mod budget;
mod daemon_set;
mod deployment;
mod desk;
mod endpoints;
mod garbage;
mod index;
mod job;
mod namespace;
mod node;
mod notice;
mod placing;
mod pod_template;
mod queue;
mod replica_set;
mod scheduler;
mod stateful_set;
mod taints;

pub use pod_template::hash;

use super::cluster::Cluster;
use super::store::Change;
use desk::Desk;
use index::Index;
use queue::{Queue, Work};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// How many works are done before others get their turn.
const TURN: usize = 64;

/// Run the controllers until the task is dropped.
pub async fn run(cluster: Arc<Cluster>, mut feed: UnboundedReceiver<Vec<Change>>) {
    let mut desk = Desk { cluster, index: Index::default(), queue: Queue::default() };
    notice::begin(&mut desk);
    loop {
        while let Ok(changes) = feed.try_recv() {
            changes.iter().for_each(|change| notice::notice(&mut desk, change));
        }
        let mut done = 0;
        while done < TURN
            && let Some(work) = desk.queue.next(desk.cluster.clock.course())
        {
            look(&mut desk, work);
            done += 1;
            // What was just done may have changed what the next work needs to know.
            while let Ok(changes) = feed.try_recv() {
                changes.iter().for_each(|change| notice::notice(&mut desk, change));
            }
        }
        if done == TURN {
            tokio::task::yield_now().await;
            continue;
        }
        let wait = desk.queue.due().map(|due| due - desk.cluster.clock.course());
        let clock = desk.cluster.clock.clone();
        let wait = async {
            match wait {
                Some(span) => clock.sleep(Duration::from_millis(u64::try_from(span).unwrap_or(0) + 1)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changes = feed.recv() => match changes {
                Some(changes) => changes.iter().for_each(|change| notice::notice(&mut desk, change)),
                None => return,
            },
            () = wait => {}
        }
    }
}

fn look(desk: &mut Desk, work: Work) {
    match work {
        Work::Namespace(name) => namespace::look(desk, &name),
        Work::Node(name) => node::look(desk, &name),
        Work::Taints(name) => taints::look(desk, &name),
        Work::Lost(name) => node::lost(desk, &name),
        Work::Deployment(key) => deployment::look(desk, &key),
        Work::ReplicaSet(key) => replica_set::look(desk, &key),
        Work::StatefulSet(key) => stateful_set::look(desk, &key),
        Work::DaemonSet(key) => daemon_set::look(desk, &key),
        Work::Job(key) => job::look(desk, &key),
        Work::Pod(key) => scheduler::look(desk, &key),
        Work::Budget(key) => budget::look(desk, &key),
        Work::Service(key) => endpoints::look(desk, &key),
        Work::Garbage(resource, key) => garbage::look(desk, &resource, &key),
    }
}
