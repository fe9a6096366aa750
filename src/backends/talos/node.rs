//! One node: watched while it answers, asked again while it does not.

use super::Talos;
use super::cosi::{self, Told, Via};
use super::decode::events;
use super::decode::node::{Kind, Known};
use super::decode::stats;
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use crate::backoff::Backoff;
use crate::now::now;
use crate::talos::tidy::plain;
use domain::{Change, Feed, Link, Moment, NodeName, Observation, Source, Stage};
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, MissedTickBehavior};

/// How often a node is asked what its kernel counts, while nobody looks at it closer.
const FLEET_STATS: Duration = Duration::from_secs(15);

/// Listen to one node until dropped.
pub(super) async fn listen(
    talos: Arc<Talos>,
    roads: Arc<Roads>,
    name: NodeName,
    at: String,
    heard: Sender<Observation>,
) {
    let feed = Feed::of(Source::Talos, name.0.clone());
    let mut heard_well: Option<Moment> = None;
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10), name.0.len() as u64);
    loop {
        match greet(&talos, &roads, &name, &at).await {
            Ok(()) => {
                backoff.reset();
                let mut listener = Listener::new(&talos, &roads, &name, &at, &heard);
                let trouble = listener.run(&feed).await;
                heard_well = Some(now());
                let _ = heard.send(Observation::Link(feed.clone(), down(&trouble, heard_well))).await;
            }
            Err(trouble) => {
                let _ = heard.send(Observation::Link(feed.clone(), down(&trouble, heard_well))).await;
            }
        }
        tokio::time::sleep(backoff.wait()).await;
    }
}

pub(super) fn down(trouble: &Trouble, heard_well: Option<Moment>) -> Link {
    match trouble {
        Trouble::Forbidden(why) => Link::Forbidden { why: why.clone() },
        trouble => Link::Degraded { since: heard_well.unwrap_or_else(now), why: trouble.to_string() },
    }
}

/// The first question: does it answer, and which Talos is it?
pub(super) async fn greet(talos: &Talos, roads: &Roads, name: &NodeName, at: &str) -> Result<(), Trouble> {
    let answer = roads.ask(at, |client| async move { client.machine().version(()).await }).await?;
    let version = answer.messages.into_iter().next().unwrap_or_default();
    talos.write(name, |node| {
        node.version = version.version.map(|it| plain(&it.tag)).filter(|it| !it.is_empty());
        node.platform = version.platform.map(|it| plain(&it.name)).filter(|it| !it.is_empty());
    });
    Ok(())
}

struct Listener<'a> {
    talos: &'a Talos,
    roads: &'a Arc<Roads>,
    name: &'a NodeName,
    at: &'a str,
    heard: &'a Sender<Observation>,
    known: Known,
}

impl<'a> Listener<'a> {
    fn new(
        talos: &'a Talos,
        roads: &'a Arc<Roads>,
        name: &'a NodeName,
        at: &'a str,
        heard: &'a Sender<Observation>,
    ) -> Self {
        Self { talos, roads, name, at, heard, known: Known::default() }
    }

    /// Until the node is silent; says what it was.
    async fn run(&mut self, feed: &Feed) -> Trouble {
        let mut told: SelectAll<BoxStream<'static, (Kind, Told)>> = SelectAll::new();
        for kind in Kind::ALL {
            let watch = cosi::watch(self.roads.clone(), Via::Node(self.at.to_owned()), kind.of());
            told.push(watch.map(move |told| (kind, told)).boxed());
        }
        let mut told = told.ready_chunks(64);
        let mut events = super::events::follow(self.roads.clone(), self.at.to_owned()).boxed();
        let mut stats = tokio::time::interval(FLEET_STATS);
        stats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut live = false;
        let mut last_pulse = Instant::now();
        loop {
            tokio::select! {
                Some(batch) = told.next() => {
                    let mut broken = false;
                    for (kind, told) in batch {
                        broken |= matches!(told, Told::Broken(_));
                        self.known.hear(kind, told);
                    }
                    self.show().await;
                    // One stream may break alone; whether the node is gone, a question tells.
                    if broken && last_pulse.elapsed() > Duration::from_millis(500) {
                        if let Err(trouble) = self.pulse().await { return trouble }
                        last_pulse = Instant::now();
                    }
                }
                Some(event) = events.next() => {
                    if events::is_of_etcd(&event) {
                        self.talos.etcd_moves();
                    }
                    if let Some(news) = events::news(&self.name.0, &event) {
                        let _ = self.heard.send(Observation::News(news)).await;
                    }
                }
                _ = stats.tick() => {
                    if let Err(trouble) = self.count().await { return trouble }
                }
            }
            if !live {
                live = true;
                let _ = self.heard.send(Observation::Link(feed.clone(), Link::Live)).await;
            }
        }
    }

    /// Whether it lives at all.
    async fn pulse(&self) -> Result<(), Trouble> {
        match greet(self.talos, self.roads, self.name, self.at).await {
            Err(trouble) if trouble.is_silence() => Err(trouble),
            _ => Ok(()),
        }
    }

    async fn show(&mut self) {
        if let Some(hostname) = self.known.hostname() {
            self.talos.name(self.at, &hostname);
        }
        let known = &self.known;
        let node = self.talos.write(self.name, |node| known.write(node));
        let _ = self.heard.send(Observation::Nodes(Change::Upsert(node))).await;
    }

    /// One round of counts. Silence is an error, a refusal is not.
    async fn count(&mut self) -> Result<(), Trouble> {
        let answers = stats_of(self.roads, self.at).await?;
        let uses = self.talos.count(self.name, &answers);
        let _ = self.heard.send(Observation::Uses(Change::Upsert(uses))).await;
        Ok(())
    }
}

/// Ask a node for everything its kernel counts.
pub(super) async fn stats_of(roads: &Roads, at: &str) -> Result<stats::Answers, Trouble> {
    let (load, memory, system, mounts) = tokio::join!(
        roads.ask(at, |client: Client| async move { client.machine().load_avg(()).await }),
        roads.ask(at, |client: Client| async move { client.machine().memory(()).await }),
        roads.ask(at, |client: Client| async move { client.machine().system_stat(()).await }),
        roads.ask(at, |client: Client| async move { client.machine().mounts(()).await }),
    );
    if let (Err(trouble), Err(_), Err(_), Err(_)) = (&load, &memory, &system, &mounts)
        && trouble.is_silence()
    {
        return Err(trouble.clone());
    }
    Ok(stats::Answers {
        load: load.ok().and_then(|it| it.messages.into_iter().next()),
        memory: memory.ok().and_then(|it| it.messages.into_iter().next()?.meminfo),
        system: system.ok().and_then(|it| it.messages.into_iter().next()),
        mounts: mounts
            .ok()
            .and_then(|it| it.messages.into_iter().next())
            .map(|it| it.stats)
            .unwrap_or_default(),
    })
}

/// A node that nobody has heard of is in no stage.
pub(super) fn unheard(name: &NodeName, at: &str) -> domain::Node {
    domain::Node { name: name.clone(), address: at.to_owned(), stage: Stage::Unknown, ..Default::default() }
}

/// How often a node is asked what its kernel counts, while somebody looks at it.
const CLOSE_STATS: Duration = Duration::from_secs(3);

/// Figures of one node every few seconds until dropped. In a large fleet its resources too, which nobody else
/// listens to.
pub(super) async fn listen_closely(talos: Arc<Talos>, name: NodeName, heard: Sender<Observation>) {
    let full = async {
        let (Ok(roads), Some(at)) = (talos.roads(), talos.address(&name)) else { return };
        if !talos.is_listened_to(&name) {
            listen(talos.clone(), roads, name.clone(), at, heard.clone()).await;
        }
    };
    let figures = async {
        loop {
            if let (Ok(roads), Some(at)) = (talos.roads(), talos.address(&name))
                && let Ok(answers) = stats_of(&roads, &at).await
            {
                let uses = talos.count(&name, &answers);
                let _ = heard.send(Observation::Uses(Change::Upsert(uses))).await;
            }
            tokio::time::sleep(CLOSE_STATS).await;
        }
    };
    tokio::join!(full, figures);
}
