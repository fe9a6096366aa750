//! The objects of one resource, and its log.

use super::{Entry, Key, Stored};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// How many events are remembered for watches that come back.
const REMEMBERED: usize = 10_000;

#[derive(Debug)]
pub struct Shelf {
    pub objects: BTreeMap<Key, Arc<Stored>>,
    log: VecDeque<Arc<Entry>>,
    /// Nothing is remembered of this revision and before.
    pub floor: u64,
    /// The revision of the last change; rung at each.
    pub bell: watch::Sender<u64>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), log: VecDeque::new(), floor: 0, bell: watch::Sender::new(0) }
    }
}

impl Shelf {
    pub fn append(&mut self, entry: Arc<Entry>) {
        if entry.removed {
            self.objects.remove(&entry.object.key);
        } else {
            self.objects.insert(entry.object.key.clone(), entry.object.clone());
        }
        self.bell.send_replace(entry.revision);
        self.log.push_back(entry);
        if self.log.len() > REMEMBERED
            && let Some(oldest) = self.log.pop_front()
        {
            self.floor = oldest.revision;
        }
    }

    pub fn list(&self, namespace: Option<&str>) -> Vec<Arc<Stored>> {
        let Some(namespace) = namespace else { return self.objects.values().cloned().collect() };
        let from = Key::new(namespace, "");
        let within = self.objects.range(from..).take_while(|(key, _)| key.namespace == namespace);
        within.map(|(_, object)| object.clone()).collect()
    }

    pub fn since(&self, revision: u64) -> Option<Vec<Arc<Entry>>> {
        if revision < self.floor {
            return None;
        }
        let start = self.log.partition_point(|entry| entry.revision <= revision);
        Some(self.log.range(start..).cloned().collect())
    }

    pub fn forget_until(&mut self, revision: u64) {
        self.log.clear();
        self.floor = revision;
        self.bell.send_replace(revision);
    }
}
