//! A node of a large fleet: a look at it now and then, in turns, where listening would take too many streams.

use super::Talos;
use super::cosi;
use super::decode::node::{Kind, Known};
use super::decode::stats;
use super::node::{down, greet};
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use crate::now::now;
use domain::{Change, Feed, Link, NodeName, Observation, Source};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;

/// How often each node gets its turn; some later than others, so that they spread.
const EVERY: Duration = Duration::from_secs(30);
/// One that was silent is asked again sooner.
const AGAIN: Duration = Duration::from_secs(10);
/// What changes; the rest is told by discovery, or when somebody opens the node.
const KINDS: [Kind; 3] = [Kind::MachineStatus, Kind::Hostname, Kind::NodeStatus];

/// Look until dropped.
pub(super) async fn repeat(
    talos: Arc<Talos>,
    roads: Arc<Roads>,
    name: NodeName,
    at: String,
    heard: Sender<Observation>,
    turns: Arc<Semaphore>,
) {
    let feed = Feed::of(Source::Talos, name.0.clone());
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let spread = Duration::from_millis(hasher.finish() % 5_000);
    let mut well = None;
    loop {
        let Ok(turn) = turns.acquire().await else { return };
        let seen = glance(&talos, &roads, &name, &at, &heard).await;
        drop(turn);
        let (link, pause) = match seen {
            Ok(()) => {
                well = Some(now());
                (Link::Live, EVERY + spread)
            }
            Err(trouble) => (down(&trouble, well), AGAIN),
        };
        let _ = heard.send(Observation::Link(feed.clone(), link)).await;
        tokio::time::sleep(pause).await;
    }
}

async fn glance(
    talos: &Talos,
    roads: &Roads,
    name: &NodeName,
    at: &str,
    heard: &Sender<Observation>,
) -> Result<(), Trouble> {
    greet(talos, roads, name, at).await?;
    let mut known = Known::default();
    for kind in KINDS {
        match cosi::list(roads, at, &kind.of()).await {
            Ok(all) => known.hear(kind, cosi::Told::All(all)),
            Err(trouble) if trouble.is_silence() => return Err(trouble),
            Err(_) => {}
        }
    }
    if let Some(hostname) = known.hostname() {
        talos.name(at, &hostname);
    }
    let node = talos.write(name, |node| known.write(node));
    let _ = heard.send(Observation::Nodes(Change::Upsert(node))).await;
    let (memory, system) = tokio::join!(
        roads.ask(at, |client: Client| async move { client.machine().memory(()).await }),
        roads.ask(at, |client: Client| async move { client.machine().system_stat(()).await }),
    );
    let answers = stats::Answers {
        memory: memory.ok().and_then(|it| it.messages.into_iter().next()?.meminfo),
        system: system.ok().and_then(|it| it.messages.into_iter().next()),
        ..Default::default()
    };
    let uses = talos.count(name, &answers);
    let _ = heard.send(Observation::Uses(Change::Upsert(uses))).await;
    Ok(())
}
