//! The state behind the API: what the verbs of clients and the controllers share.

use super::kinds::{Kind, Kinds};
use super::moments::rfc3339;
use super::options::PodLogs;
use super::store::{Key, NoSpace, Store, Write, Written, unique_id};
use super::verbs::fill;
use crate::Clock;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

pub const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Nobody can reach the API.
pub const CUT: i64 = i64::MAX;

pub struct Cluster {
    pub store: Store,
    pub kinds: Kinds,
    pub clock: Clock,
    pub pod_logs: Option<PodLogs>,
    /// Since when, on the world's course, the API answers; nothing is judged by silence before. [`CUT`] while it does not.
    pub answers_since: AtomicI64,
    /// How many ids and names were made so far.
    made: AtomicU64,
}

impl Cluster {
    pub fn new(clock: Clock, pod_logs: Option<PodLogs>) -> Self {
        Self {
            store: Store::default(),
            kinds: Kinds::builtin(),
            clock,
            pod_logs,
            answers_since: AtomicI64::new(0),
            made: AtomicU64::new(1),
        }
    }

    /// This moment as it is written into objects.
    pub fn now(&self) -> String {
        rfc3339(self.clock.now())
    }

    pub fn next_number(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    pub fn next_uid(&self) -> String {
        unique_id(self.next_number())
    }

    /// Put objects on the shelves as they are, with their status. Those of unknown kinds are left out and counted.
    pub fn seed(&self, objects: Vec<Value>) -> usize {
        let (definitions, others): (Vec<Value>, Vec<Value>) =
            objects.into_iter().partition(|it| it["kind"] == "CustomResourceDefinition");
        let now = self.now();
        let mut unknown = 0;
        for mut definition in definitions {
            fill::definition(&mut definition, &now);
            self.kinds.define(&definition);
            self.store.seed(self.placed(definition, &now).into_iter());
        }
        let mut kinds: Vec<((String, String), Arc<Kind>)> = Vec::new();
        let mut placed = Vec::with_capacity(others.len());
        for object in others {
            let text = |key: &str| object[key].as_str().unwrap_or_default();
            let known =
                kinds.iter().find(|((api, kind), _)| api == text("apiVersion") && kind == text("kind"));
            if known.is_none() {
                match self.kinds.of(text("apiVersion"), text("kind")) {
                    Some(kind) => kinds.push(((text("apiVersion").into(), text("kind").into()), kind)),
                    None => {
                        unknown += 1;
                        continue;
                    }
                }
            }
            placed.extend(self.placed(object, &now));
        }
        self.store.seed(placed.into_iter());
        unknown
    }

    /// Put one object on its shelf as it is, in place of what was there. Says whether it is there: its kind must be known,
    /// and etcd must have space.
    pub fn put(&self, object: Value) -> bool {
        let Some((resource, key, value)) = self.placed(object, &self.now()) else { return false };
        let written: Result<Written, NoSpace> = self.store.write(&resource, &key, |_| Ok(Write::Put(value)));
        if let Ok(written) = &written {
            self.notice(&resource, written);
        }
        written.is_ok()
    }

    /// Where an object belongs, with what the server fills in.
    fn placed(&self, mut object: Value, now: &str) -> Option<(String, Key, Value)> {
        let kind = self.kinds.of(object["apiVersion"].as_str()?, object["kind"].as_str()?)?;
        if kind.namespaced && object["metadata"]["namespace"].as_str().is_none() {
            object["metadata"]["namespace"] = "default".into();
        }
        fill::metadata(self, &kind, &mut object, now);
        fill::defaults(&kind, &mut object);
        let key = Key::new(
            if kind.namespaced { object["metadata"]["namespace"].as_str()? } else { "" },
            object["metadata"]["name"].as_str()?,
        );
        Some((kind.resource(), key, object))
    }

    /// A definition that was written changes what is served.
    pub fn notice(&self, resource: &str, written: &Written) {
        if resource != DEFINITIONS {
            return;
        }
        match written {
            Written::Put(stored) => {
                self.kinds.define(&stored.value());
            }
            Written::Removed(stored) => {
                let spec = &stored.value()["spec"];
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                self.kinds.forget(&text(&spec["group"]), &text(&spec["names"]["plural"]));
            }
            Written::Nothing => {}
        }
    }
}
