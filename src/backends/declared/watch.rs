//! Listening: who delivers what, and what is live of it. What is told is only what is new of a comparison.

use super::Declared;
use super::deliverer::{Deliverers, Delivery};
use super::rendered::{News, Renderer};
use super::set::{self, Gathered, Set};
use super::watching::Watching;
use crate::Heard;
use crate::git::{Repository, Tree};
use crate::kubernetes::{Cluster, Kinds, Known, now, telling};
use crate::render::{Capabilities, Tools};
use domain::{Change, CommitId, Found, ObjectComparison, ObjectRef, Observation};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// How long the first lists may take before what is known is told without the rest.
const FIRST: Duration = Duration::from_secs(15);
/// How long the server may take to say its version, and when one that did not is asked again.
const VERSION: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(60);
/// Deliverers change in bursts.
const SETTLES: Duration = Duration::from_millis(500);

/// Every object that a commit declares for the cluster, beside the one that is there.
pub(crate) fn objects(repository: &Repository, cluster: &Cluster, tools: &Tools, tip: &CommitId) -> Heard {
    let (repository, cluster, tip) = (repository.clone(), cluster.clone(), tip.clone());
    let tools = tools.clone();
    telling(|tell| async move {
        // Nobody listens any more, or the commit cannot be read: the repository's own watch tells why.
        let _ = listen(repository, cluster, tools, tip, tell).await;
    })
}

async fn listen(
    repository: Repository,
    cluster: Cluster,
    tools: Tools,
    tip: CommitId,
    tell: Sender<Observation>,
) -> Option<()> {
    let followed = repository.followed().await.ok()?;
    let tree: Tree = repository.tree(tip).await.ok()?.content().clone();
    let mut deliverers = Deliverers::listen(&cluster);
    let mut known = cluster.kinds();
    let mut told = Teller::default();
    let mut renderer = Renderer::new(tree.clone(), tools);
    let (mut first, mut version) = (None, None);
    loop {
        while !deliverers.is_settled() {
            deliverers.hear().await;
        }
        let deliveries = deliverers.deliveries(&followed);
        let kinds = kinds(&mut known).await?;
        let Gathered { mut set, pending } =
            gathered(&tree, &deliveries, deliverers.forbidden, &kinds).await?;
        renderer.keep(&pending);
        if !pending.is_empty() {
            // What it was is what it is, where it does not say now.
            version = asked_version(&cluster).await.or(version);
            let version = version.clone().unwrap_or_default();
            renderer.able(Capabilities { version, apis: kinds.api_versions() });
        }
        let versionless = version.is_none() && !pending.is_empty();
        let ask_again = Instant::now() + AGAIN;
        renderer.add(&pending, &mut set, &kinds);
        let mut watching = Watching::begin(&cluster, Arc::new(set), &kinds);
        let until = *first.get_or_insert_with(|| Instant::now() + FIRST);
        loop {
            let news = tokio::select! {
                () = deliverers.hear() => {
                    if deliverers.deliveries(&followed) != deliveries {
                        let quiet = Instant::now() + SETTLES;
                        while timeout_at(quiet, deliverers.hear()).await.is_ok() {}
                        break;
                    }
                    Vec::new()
                }
                Some((kind, heard)) = watching.heard.next() => {
                    let touched = watching.take(&kind, heard, &cluster);
                    let tells = told.whole || watching.is_whole();
                    if tells { told.news(&watching, touched) } else { Vec::new() }
                }
                () = sleep_until(until), if !told.whole => told.news(&watching, BTreeSet::new()),
                () = sleep_until(ask_again), if versionless => break,
                // What is written is told while the rest is rendered.
                news = renderer.news(&pending) => {
                    // What was declared until now has to go.
                    let News::More(made) = news else { break };
                    let more = made.iter().flat_map(|it| renderer.declared(it, &kinds)).collect();
                    let gone = renderer.stood_for(&made, &pending);
                    match watching.add(&cluster, gone, more, &kinds) {
                        Some(touched) if told.whole => told.news(&watching, touched),
                        Some(_) => Vec::new(),
                        // Somebody else declares it too: the first of them has it.
                        None => break,
                    }
                }
                changed = known.changed() => {
                    changed.ok()?;
                    if let Known::Kinds(other) = &*known.borrow_and_update() {
                        // Charts may ask for any kind.
                        let asked = || !pending.is_empty() && kinds.api_versions() != other.api_versions();
                        if watching.are_others(&kinds, other) || asked() {
                            break;
                        }
                    }
                    Vec::new()
                }
            };
            for it in news {
                tell.send(it).await.ok()?;
            }
        }
        // Who delivers may change again and again: what is known is told once that has taken too long.
        if std::mem::take(&mut told.whole) {
            first = None;
        }
    }
}

/// The version of the server, as charts may ask for it.
async fn asked_version(cluster: &Cluster) -> Option<String> {
    let asked = timeout(VERSION, cluster.read::<serde_json::Value>("/version")).await;
    let said = asked.ok().and_then(Result::ok)?;
    Some(said.get("gitVersion")?.as_str()?.to_owned())
}

/// What a tree declares for the cluster as it is written, once the kinds that it has are known.
pub(super) async fn set_of(
    cluster: &Cluster,
    tree: &Tree,
    deliveries: &[Delivery],
    hidden: bool,
) -> Option<Set> {
    let kinds = kinds(&mut cluster.kinds()).await?;
    gathered(tree, deliveries, hidden, &kinds).await.map(|it| it.set)
}

async fn kinds(known: &mut tokio::sync::watch::Receiver<Known>) -> Option<Arc<Kinds>> {
    loop {
        if let Known::Kinds(kinds) = &*known.borrow_and_update() {
            return Some(kinds.clone());
        }
        known.changed().await.ok()?;
    }
}

async fn gathered(
    tree: &Tree,
    deliveries: &[Delivery],
    hidden: bool,
    kinds: &Arc<Kinds>,
) -> Option<Gathered> {
    let (tree, deliveries, kinds) = (tree.clone(), deliveries.to_vec(), kinds.clone());
    tokio::task::spawn_blocking(move || set::of(&tree, &deliveries, hidden, &kinds)).await.ok()
}

/// What was told, so that nothing is told twice.
#[derive(Default)]
struct Teller {
    told: BTreeMap<ObjectRef, Found>,
    /// Whether the whole of this set was told.
    whole: bool,
}

impl Teller {
    /// What is new to tell: of the objects that were touched, or for the first time of all.
    fn news(&mut self, watching: &Watching, touched: BTreeSet<ObjectRef>) -> Vec<Observation> {
        let asked = now();
        let comparison = |declared: &Arc<Declared>| {
            Some(ObjectComparison {
                object: declared.object.clone(),
                written: declared.origin.written(declared.node.line, "", None),
                delivered_by: declared.delivered_by.clone(),
                found: watching.verdict(declared)?,
                asked,
            })
        };
        if !self.whole {
            self.whole = true;
            let all: Vec<ObjectComparison> = watching.set.values().filter_map(comparison).collect();
            self.told = all.iter().map(|it| (it.object.clone(), it.found.clone())).collect();
            return vec![Observation::Objects(Change::Snapshot(all))];
        }
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for object in touched {
            match watching.set.get(&object).and_then(comparison) {
                Some(it) if self.told.get(&object) != Some(&it.found) => {
                    self.told.insert(object, it.found.clone());
                    changed.push(it);
                }
                Some(_) => {}
                None if self.told.remove(&object).is_some() => {
                    gone.push(Observation::Objects(Change::Remove(object)));
                }
                None => {}
            }
        }
        if !changed.is_empty() {
            gone.push(Observation::Objects(Change::Part(changed)));
        }
        gone
    }
}
