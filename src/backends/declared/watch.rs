//! Listening: who delivers what, and the live objects of every kind that is declared. What is told is only what is
//! new of a comparison.

use super::Declared;
use super::deliverer::{Deliverers, Delivery};
use super::live::{Compared, KindOf, watch, why_not};
use super::rendered;
use super::set::{self, Gathered, Set};
use crate::Heard;
use crate::git::{Repository, Tree};
use crate::kubernetes::{Cluster, Kinds, Known, Told, now, telling};
use crate::render::Tools;
use domain::{Change, CommitId, Found, Link, ObjectComparison, ObjectRef, Observation};
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, sleep_until};

/// How long the first lists may take before what is known is told without the rest.
const FIRST: Duration = Duration::from_secs(15);
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
    let mut rendered = rendered::Known::default();
    loop {
        while !deliverers.is_settled() {
            deliverers.hear().await;
        }
        let deliveries = deliverers.deliveries(&followed);
        let kinds = kinds(&mut known).await?;
        let Gathered { mut set, pending } =
            gathered(&tree, &deliveries, deliverers.forbidden, &kinds).await?;
        rendered.add(&pending, &mut set, &kinds);
        // What is written is told while the rest is rendered.
        let renders = !rendered.has_all(&pending);
        let mut rendering = Box::pin(rendered.clone().render(tree.clone(), tools.clone(), pending));
        let mut watching = Watching::begin(&cluster, Arc::new(set), &kinds);
        let first = Instant::now() + FIRST;
        loop {
            let news = tokio::select! {
                () = deliverers.hear() => {
                    if deliverers.deliveries(&followed) != deliveries {
                        sleep(SETTLES).await;
                        break;
                    }
                    Vec::new()
                }
                Some((kind, heard)) = watching.heard.next() => {
                    let touched = watching.take(&kind, heard, &cluster);
                    let tells = told.whole || watching.is_whole();
                    if tells { told.news(&watching, touched) } else { Vec::new() }
                }
                () = sleep_until(first), if !told.whole => told.news(&watching, BTreeSet::new()),
                made = &mut rendering, if renders => {
                    rendered = made;
                    break;
                }
                changed = known.changed() => {
                    changed.ok()?;
                    if let Known::Kinds(other) = &*known.borrow_and_update() && watching.are_others(&kinds, other) {
                        break;
                    }
                    Vec::new()
                }
            };
            for it in news {
                tell.send(it).await.ok()?;
            }
        }
        told.whole = false;
    }
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

/// The live side of a set.
struct Watching {
    set: Arc<Set>,
    by_kind: BTreeMap<KindOf, Vec<ObjectRef>>,
    heard: SelectAll<BoxStream<'static, (Part, Told<Compared>)>>,
    /// How each kind is heard, by the namespaces that it is asked for in.
    state: BTreeMap<Part, State>,
    there: BTreeMap<ObjectRef, Found>,
}

/// A kind, everywhere or in one namespace.
type Part = (KindOf, Option<String>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Asking,
    Whole,
    Not(String),
}

impl Watching {
    fn begin(cluster: &Cluster, set: Arc<Set>, kinds: &Kinds) -> Self {
        let mut by_kind: BTreeMap<KindOf, Vec<ObjectRef>> = BTreeMap::new();
        for it in set.values() {
            by_kind.entry(KindOf::of(it)).or_default().push(it.object.clone());
        }
        let (heard, state, there) = (SelectAll::new(), BTreeMap::new(), BTreeMap::new());
        let mut this = Self { set, by_kind, heard, state, there };
        for kind in this.by_kind.keys().cloned().collect::<Vec<_>>() {
            match kinds.find(&kind.group, &kind.kind, &[]) {
                Some(_) => this.listen(cluster, (kind, None)),
                None => {
                    let why = format!("the server has no kind {}", kind.kind);
                    this.state.insert((kind, None), State::Not(why));
                }
            }
        }
        this
    }

    fn listen(&mut self, cluster: &Cluster, part: Part) {
        let stream = watch(cluster, &part.0, part.1.clone(), &self.set);
        self.state.insert(part.clone(), State::Asking);
        self.heard.push(stream.map(move |told| (part.clone(), told)).boxed());
    }

    /// Take in what was heard of a kind; answers the objects it is about.
    fn take(&mut self, part: &Part, told: Told<Compared>, cluster: &Cluster) -> BTreeSet<ObjectRef> {
        if !self.state.contains_key(part) {
            return BTreeSet::new();
        }
        let all = self.objects(part);
        match told {
            Told::Link(Link::Live) => self.enter(part, State::Whole, all),
            Told::Link(Link::Forbidden { .. }) if part.1.is_none() && self.set_has_namespaces(&all) => {
                // Perhaps it may be seen in the namespaces that are meant.
                self.state.remove(part);
                let namespaces: BTreeSet<String> = all.iter().map(|it| it.namespace.clone()).collect();
                for namespace in namespaces {
                    self.listen(cluster, (part.0.clone(), Some(namespace)));
                }
                BTreeSet::new()
            }
            Told::Link(
                Link::Forbidden { why } | Link::NotInstalled { why } | Link::NotConfigured { why },
            ) => {
                self.there.retain(|it, _| !all.contains(it));
                self.enter(part, State::Not(why_not(&why)), all)
            }
            Told::Link(Link::Degraded { why, .. }) if self.state.get(part) == Some(&State::Asking) => {
                self.enter(part, State::Not(why_not(&why)), all)
            }
            Told::Link(_) => BTreeSet::new(),
            Told::Change(Change::Snapshot(rows)) => {
                self.there.retain(|it, _| !all.contains(it));
                self.put(rows);
                all
            }
            Told::Change(Change::Part(rows)) => self.put(rows),
            Told::Change(Change::Upsert(row)) => self.put(vec![row]),
            Told::Change(Change::Remove(id)) => {
                self.there.remove(&id);
                BTreeSet::from([id])
            }
        }
    }

    fn put(&mut self, rows: Vec<Compared>) -> BTreeSet<ObjectRef> {
        let touched = rows.iter().map(|it| it.object.clone()).collect();
        self.there.extend(rows.into_iter().map(|it| (it.object, it.found)));
        touched
    }

    fn enter(&mut self, part: &Part, state: State, all: BTreeSet<ObjectRef>) -> BTreeSet<ObjectRef> {
        let before = self.state.insert(part.clone(), state.clone());
        if before == Some(state) { BTreeSet::new() } else { all }
    }

    /// The declared objects that are heard by this part.
    fn objects(&self, (kind, namespace): &Part) -> BTreeSet<ObjectRef> {
        let all = self.by_kind.get(kind).into_iter().flatten();
        all.filter(|it| namespace.as_ref().is_none_or(|namespace| it.namespace == *namespace))
            .cloned()
            .collect()
    }

    fn set_has_namespaces(&self, all: &BTreeSet<ObjectRef>) -> bool {
        all.iter().all(|it| !it.namespace.is_empty())
    }

    /// Whether every kind was listed, or cannot be.
    fn is_whole(&self) -> bool {
        !self.state.values().any(|it| *it == State::Asking)
    }

    /// What is known of a declared object; none where there is nothing to tell.
    fn verdict(&self, declared: &Declared) -> Option<Found> {
        if let Some(found) = self.there.get(&declared.object) {
            return Some(found.clone());
        }
        let kind = KindOf::of(declared);
        let parts = [(kind.clone(), None), (kind, Some(declared.object.namespace.clone()))];
        Some(match parts.iter().find_map(|it| self.state.get(it)) {
            // What is only of the same name is not missed.
            _ if declared.delivered_by.is_none() => return None,
            Some(State::Whole) => match &declared.unknown {
                Some(why) => Found::Unknown(why.clone()),
                None if passes_away(declared) => Found::Same,
                None => Found::Absent,
            },
            Some(State::Not(why)) => Found::Unknown(why.clone()),
            Some(State::Asking) | None => Found::Unknown("it has not been listed yet".into()),
        })
    }

    /// Whether a kind that is declared came or went.
    fn are_others(&self, before: &Kinds, after: &Kinds) -> bool {
        let served =
            |kinds: &Kinds, it: &KindOf| kinds.find(&it.group, &it.kind, &[]).map(|it| it.namespaced);
        self.by_kind.keys().any(|it| served(before, it) != served(after, it))
    }
}

/// A Job that takes itself away when it is done.
fn passes_away(declared: &Declared) -> bool {
    declared.object.kind == "Job" && declared.node.at("spec.ttlSecondsAfterFinished").is_some()
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
