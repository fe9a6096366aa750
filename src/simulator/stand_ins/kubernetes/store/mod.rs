//! Objects, their revisions, and what happened to them lately.

mod feed;
mod log;
mod naming;
mod shelf;
mod stored;

pub use feed::Change;
pub use log::{Entry, What};
pub use naming::{random_suffix, unique_id};
pub use stored::{Key, Stored};

use serde_json::Value;
use shelf::Shelf;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// The store: one shelf per resource (`pods`, `deployments.apps`), one revision for all.
#[derive(Debug, Default)]
pub struct Store {
    inner: Mutex<Inner>,
    /// The etcd below has raised NOSPACE.
    full: AtomicBool,
}

/// etcd's own words while it has no space: it takes nothing in, but lets go of what is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("etcdserver: mvcc: database space exceeded")]
pub struct NoSpace;

#[derive(Debug, Default)]
struct Inner {
    revision: u64,
    shelves: BTreeMap<String, Shelf>,
    feed: Option<mpsc::UnboundedSender<Vec<Change>>>,
}

/// What shall become of an object.
pub enum Write {
    /// Keep this as its new state.
    Put(Value),
    /// Take it away; this is its last state.
    Remove(Value),
    /// Leave all as it is.
    Nothing,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Written {
    Put(Arc<Stored>),
    Removed(Arc<Stored>),
    Nothing,
}

/// What a watch has to tell since it last looked.
pub enum News {
    /// The entries since then, and the revision up to which this is everything.
    Entries(Vec<Arc<Entry>>, u64),
    /// The log does not reach back so far.
    TooOld,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is no space for anything new.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    pub fn get(&self, resource: &str, key: &Key) -> Option<Arc<Stored>> {
        self.lock().shelves.get(resource)?.objects.get(key).cloned()
    }

    /// The objects of a resource in order, of one namespace or of all, and the revision they are of.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> (Vec<Arc<Stored>>, u64) {
        let inner = self.lock();
        let found = inner.shelves.get(resource).map(|shelf| shelf.list(namespace)).unwrap_or_default();
        (found, inner.revision)
    }

    /// Everything there is, with the resource it is of.
    pub fn everything(&self) -> Vec<(String, Arc<Stored>)> {
        let inner = self.lock();
        let each = |(name, shelf): (&String, &Shelf)| -> Vec<_> {
            shelf.objects.values().map(|it| (name.clone(), it.clone())).collect()
        };
        inner.shelves.iter().flat_map(each).collect()
    }

    /// Decide over one object while nobody else can touch it. `decide` must not use the store.
    pub fn write<E: From<NoSpace>>(
        &self,
        resource: &str,
        key: &Key,
        decide: impl FnOnce(Option<&Arc<Stored>>) -> Result<Write, E>,
    ) -> Result<Written, E> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let before = inner.shelves.get(resource).and_then(|shelf| shelf.objects.get(key)).cloned();
        let (value, remove) = match decide(before.as_ref())? {
            Write::Nothing => return Ok(Written::Nothing),
            Write::Put(_) if self.full.load(Ordering::Relaxed) => return Err(NoSpace.into()),
            Write::Put(value) => (value, false),
            Write::Remove(value) => (value, true),
        };
        inner.revision += 1;
        let stored = Arc::new(Stored::of(key.clone(), inner.revision, value));
        if !inner.shelves.contains_key(resource) {
            inner.shelves.insert(resource.to_owned(), Shelf::default());
        }
        if let Some(shelf) = inner.shelves.get_mut(resource) {
            let entry =
                Arc::new(Entry { revision: inner.revision, before, object: stored.clone(), removed: remove });
            shelf.append(entry.clone());
            if let Some(feed) = &inner.feed {
                // The controllers may be gone already while the server is being dropped.
                let _ = feed.send(vec![Change { resource: resource.to_owned(), entry }]);
            }
        }
        Ok(if remove { Written::Removed(stored) } else { Written::Put(stored) })
    }

    /// Put many objects on the shelves at once, without a log: what was there at the first moment. The controllers
    /// hear of all of them in one piece, so that nobody sees what is owned before its owner; watches that run become too old.
    pub fn seed(&self, objects: impl Iterator<Item = (String, Key, Value)>) {
        let mut inner = self.lock();
        let mut news = Vec::new();
        for (resource, key, value) in objects {
            inner.revision += 1;
            let revision = inner.revision;
            let object = Arc::new(Stored::of(key.clone(), revision, value));
            let shelf = inner.shelves.entry(resource.clone()).or_default();
            let before = shelf.objects.insert(key, object.clone());
            let entry = Arc::new(Entry { revision, before, object, removed: false });
            news.push(Change { resource, entry });
        }
        if let Some(feed) = &inner.feed {
            // The controllers may be gone already while the server is being dropped.
            let _ = feed.send(news);
        }
        let revision = inner.revision;
        for shelf in inner.shelves.values_mut() {
            shelf.forget_until(revision);
        }
    }

    /// Hear of every change from now on; what changed in one piece is heard in one piece.
    pub fn feed(&self) -> mpsc::UnboundedReceiver<Vec<Change>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.lock().feed = Some(sender);
        receiver
    }

    /// Wakes when something changes on a shelf.
    pub fn bell(&self, resource: &str) -> watch::Receiver<u64> {
        self.lock().shelves.entry(resource.to_owned()).or_default().bell.subscribe()
    }

    /// What happened on a shelf after `revision`.
    pub fn since(&self, resource: &str, revision: u64) -> News {
        let inner = self.lock();
        let Some(shelf) = inner.shelves.get(resource) else {
            return News::Entries(Vec::new(), inner.revision);
        };
        match shelf.since(revision) {
            Some(entries) => News::Entries(entries, inner.revision),
            None => News::TooOld,
        }
    }

    /// Forget what happened, as etcd does when it compacts: watches and pages of before become too old.
    pub fn compact(&self) {
        let mut inner = self.lock();
        let revision = inner.revision;
        for shelf in inner.shelves.values_mut() {
            shelf.forget_until(revision);
        }
    }

    /// The oldest revision a page of a list may still be of.
    pub fn floor(&self, resource: &str) -> u64 {
        self.lock().shelves.get(resource).map_or(0, |shelf| shelf.floor)
    }
}
