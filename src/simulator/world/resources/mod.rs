//! A machine's resources, as `cosi.resource.State` tells them: computed from its facts when somebody asks, versioned,
//! and from then on kept up with every change.

mod kinds;
mod specs;

pub use kinds::{Kind, is_namespace, kind};
pub use specs::cluster::node_id;
pub use specs::kubernetes::STATIC_PODS;
pub use specs::machine::schematic_id;

use super::lock::Lock;
use super::node::Node;
use super::{seeded, services};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use wire::cosi::resource::{Event, EventType, Metadata, Resource, Spec};

/// Changes kept for followers and for bookmarks.
const KEPT: usize = 1_000;

#[derive(Debug, Clone)]
pub struct Entry {
    pub resource: Arc<Resource>,
}

#[derive(Debug, Clone)]
pub struct Happened {
    pub position: u64,
    pub kind: &'static str,
    pub id: String,
    pub event: EventType,
    pub resource: Arc<Resource>,
    pub old: Option<Arc<Resource>>,
}

#[derive(Debug)]
pub struct Store {
    seed: u64,
    inner: Mutex<Inner>,
    position: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Only the kinds that somebody asked for since boot.
    kinds: BTreeMap<&'static str, BTreeMap<String, Entry>>,
    happened: VecDeque<Happened>,
    boots: u64,
}

impl Store {
    pub fn new(seed: u64) -> Self {
        Self { seed, inner: Mutex::default(), position: watch::Sender::new(0) }
    }

    /// A boot: everything is made anew, and bookmarks of before are worth nothing.
    pub fn forget(&self) {
        let mut inner = self.inner.held();
        inner.kinds.clear();
        inner.happened.clear();
        inner.boots += 1;
    }

    /// All of a kind, by id, and the position to follow from.
    pub fn list(&self, node: &Node, kind: &'static Kind) -> (Vec<Arc<Resource>>, u64) {
        let mut inner = self.inner.held();
        self.bring_up(&mut inner, node, kind);
        let entries = inner.kinds.get(kind.name).into_iter().flat_map(BTreeMap::values);
        (entries.map(|it| it.resource.clone()).collect(), *self.position.borrow())
    }

    /// What happened from a position on; None if it is too long ago.
    pub fn since(&self, position: u64) -> Option<Vec<Happened>> {
        let inner = self.inner.held();
        let end = *self.position.borrow();
        let first = inner.happened.front().map_or(end, |it| it.position);
        if position < first || position > end {
            return None;
        }
        Some(inner.happened.iter().filter(|it| it.position >= position).cloned().collect())
    }

    pub fn follow(&self) -> watch::Receiver<u64> {
        self.position.subscribe()
    }

    /// What tells this boot's bookmarks from another's.
    pub fn cookie(&self) -> [u8; 8] {
        let boots = self.inner.held().boots;
        seeded::mix(self.seed, "cookie", boots).to_be_bytes()
    }

    /// Compare every kind that is read with the facts.
    pub fn refresh(&self, node: &Node) {
        let mut inner = self.inner.held();
        let read: Vec<&'static str> = inner.kinds.keys().copied().collect();
        for name in read {
            if let Some(kind) = kind(name) {
                self.bring_up(&mut inner, node, kind);
            }
        }
    }

    /// Compare one kind with the facts, if it is read.
    pub fn refresh_kind(&self, node: &Node, name: &str) {
        let mut inner = self.inner.held();
        if let Some(kind) = kind(name).filter(|it| inner.kinds.contains_key(it.name)) {
            self.bring_up(&mut inner, node, kind);
        }
    }

    fn bring_up(&self, inner: &mut Inner, node: &Node, kind: &'static Kind) {
        let specs = (kind.specs)(node);
        let now = node.now();
        let fresh = !inner.kinds.contains_key(kind.name);
        let entries = inner.kinds.entry(kind.name).or_default();
        let mut happened = Vec::new();
        let gone: Vec<String> =
            entries.keys().filter(|id| !specs.iter().any(|it| it.id == **id)).cloned().collect();
        for id in gone {
            if let Some(old) = entries.remove(&id) {
                let resource = Arc::new(tombstone(kind, &id));
                happened.push((id, EventType::Destroyed, resource, Some(old.resource)));
            }
        }
        for spec in specs {
            let old = entries.get(&spec.id).map(|it| it.resource.clone());
            let same = |old: &Arc<Resource>| old.spec.as_ref().is_some_and(|it| it.yaml_spec == spec.yaml);
            if old.as_ref().is_some_and(same) {
                continue;
            }
            let created = if fresh { super::Lock::held(&node.state).booted_at + 9_000 } else { now };
            let resource = Arc::new(resource(kind, spec, old.as_deref(), created.min(now), now));
            let id = resource.metadata.as_ref().map(|it| it.id.clone()).unwrap_or_default();
            entries.insert(id.clone(), Entry { resource: resource.clone() });
            if !fresh {
                let event = if old.is_some() { EventType::Updated } else { EventType::Created };
                happened.push((id, event, resource, old));
            }
        }
        for (id, event, resource, old) in happened {
            let position = *self.position.borrow();
            inner.happened.push_back(Happened { position, kind: kind.name, id, event, resource, old });
            if inner.happened.len() > KEPT {
                inner.happened.pop_front();
            }
            self.position.send_modify(|it| *it += 1);
        }
    }
}

/// What a kind's facts say of one resource.
#[derive(Debug, Clone)]
pub struct Specified {
    pub id: String,
    pub yaml: String,
    /// The protobuf form, where somebody reads it.
    pub proto: Vec<u8>,
    pub annotations: BTreeMap<String, String>,
}

fn resource(kind: &Kind, spec: Specified, old: Option<&Resource>, created: i64, now: i64) -> Resource {
    let before = old.and_then(|it| it.metadata.as_ref());
    let version = before.and_then(|it| it.version.parse::<u64>().ok()).unwrap_or_default() + 1;
    let created = before.and_then(|it| it.created).unwrap_or_else(|| services::timestamp(created));
    let updated = if before.is_some() { services::timestamp(now) } else { created };
    let metadata = Metadata {
        namespace: kind.namespace.into(),
        r#type: kind.name.into(),
        id: spec.id,
        version: version.to_string(),
        owner: kind.owner.into(),
        phase: "running".into(),
        created: Some(created),
        updated: Some(updated),
        finalizers: Vec::new(),
        labels: Default::default(),
        annotations: spec.annotations.into_iter().collect(),
    };
    Resource { metadata: Some(metadata), spec: Some(Spec { proto_spec: spec.proto, yaml_spec: spec.yaml }) }
}

/// A resource that is not there: its name only.
pub fn tombstone(kind: &Kind, id: &str) -> Resource {
    let metadata = Metadata {
        namespace: kind.namespace.into(),
        r#type: kind.name.into(),
        id: id.into(),
        version: "undefined".into(),
        phase: "running".into(),
        ..Metadata::default()
    };
    // There is a spec, and nothing in it: the official client refuses a resource without one.
    Resource { metadata: Some(metadata), spec: Some(Spec::default()) }
}

/// An event as it goes over the wire; `position` is where to go on from.
pub fn event(resource: &Resource, event: EventType, old: Option<&Resource>, bookmark: Vec<u8>) -> Event {
    Event {
        resource: Some(resource.clone()),
        event_type: event.into(),
        old: old.cloned(),
        error: None,
        bookmark: Some(bookmark),
    }
}
