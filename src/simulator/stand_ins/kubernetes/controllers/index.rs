//! What the controllers remember of everything, so that no change makes them look at everything again.

use super::super::selectors::{Requirement, label_map, label_selector};
use super::super::store::{Change, Key, Stored};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A resource and a place in it.
pub type Place = (String, Key);

#[derive(Debug, Default)]
pub struct Index {
    /// Where the object of a uid is.
    pub places: HashMap<String, Place>,
    /// What names a uid as its owner.
    pub owned: HashMap<String, BTreeSet<Place>>,
    pub nodes: BTreeMap<String, NodeFacts>,
    pub pods_on: HashMap<String, BTreeSet<Key>>,
    /// Pods without a node.
    pub waiting: BTreeSet<Key>,
    pub services: BTreeMap<Key, Vec<Requirement>>,
    pub budgets: BTreeMap<Key, Vec<Requirement>>,
    pub daemon_sets: BTreeSet<Key>,
    /// When a kubelet last gave a sign of life, on the world's course.
    pub heard: HashMap<String, i64>,
    /// When each kubelet's silence is next looked at.
    pub looked_at: HashMap<String, i64>,
}

/// What placing a pod needs to know of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFacts {
    pub labels: Vec<(String, String)>,
    pub taints: Vec<Taint>,
    pub unschedulable: bool,
    /// `True`, `False`, `Unknown` or empty.
    pub ready: String,
    pub capacity: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
}

impl NodeFacts {
    pub fn of(node: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let taint = |it: &Value| Taint {
            key: text(&it["key"]),
            value: text(&it["value"]),
            effect: text(&it["effect"]),
        };
        let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
        let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
        let pods = &node["status"]["allocatable"]["pods"];
        Self {
            labels: labels.map(|(key, value)| (key.clone(), text(value))).collect(),
            taints: node["spec"]["taints"].as_array().into_iter().flatten().map(taint).collect(),
            unschedulable: node["spec"]["unschedulable"] == true,
            ready: conditions
                .into_iter()
                .find(|it| it["type"] == "Ready")
                .map(|it| text(&it["status"]))
                .unwrap_or_default(),
            capacity: pods.as_str().and_then(|it| it.parse().ok()).unwrap_or(110),
        }
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Index {
    /// Take in an object as it is now.
    pub fn put(&mut self, resource: &str, before: Option<&Stored>, object: &Stored) {
        let place = || (resource.to_owned(), object.key.clone());
        if before.is_none() {
            self.places.insert(object.uid.clone(), place());
        }
        if before.is_none_or(|it| it.owners != object.owners) {
            before.into_iter().for_each(|it| self.disown(resource, it));
            for owner in &object.owners {
                self.owned.entry(owner.uid.clone()).or_default().insert(place());
            }
        }
        match resource {
            "pods" if before.is_none_or(|it| it.node != object.node) => {
                before.into_iter().for_each(|it| self.leave(it));
                if object.node.is_empty() {
                    self.waiting.insert(object.key.clone());
                } else {
                    self.pods_on.entry(object.node.clone()).or_default().insert(object.key.clone());
                }
            }
            "nodes" => {
                self.nodes.insert(object.key.name.clone(), NodeFacts::of(&object.value()));
            }
            "services" => {
                let selector = label_map(&object.value()["spec"]["selector"]).filter(|it| !it.is_empty());
                match selector {
                    Some(selector) => self.services.insert(object.key.clone(), selector),
                    None => self.services.remove(&object.key),
                };
            }
            "poddisruptionbudgets.policy" => {
                let selector = label_selector(&object.value()["spec"]["selector"]).unwrap_or_default();
                self.budgets.insert(object.key.clone(), selector);
            }
            "daemonsets.apps" => {
                self.daemon_sets.insert(object.key.clone());
            }
            _ => {}
        }
    }

    /// Forget an object that is gone.
    pub fn remove(&mut self, resource: &str, object: &Stored) {
        self.places.remove(&object.uid);
        self.disown(resource, object);
        match resource {
            "pods" => self.leave(object),
            "nodes" => {
                self.nodes.remove(&object.key.name);
                self.heard.remove(&object.key.name);
                self.looked_at.remove(&object.key.name);
            }
            "services" => {
                self.services.remove(&object.key);
            }
            "poddisruptionbudgets.policy" => {
                self.budgets.remove(&object.key);
            }
            "daemonsets.apps" => {
                self.daemon_sets.remove(&object.key);
            }
            _ => {}
        }
    }

    pub fn take(&mut self, change: &Change) {
        let entry = &change.entry;
        if entry.removed {
            // The last state may have other owners than the one before it.
            entry.before.iter().for_each(|it| self.remove(&change.resource, it));
            self.remove(&change.resource, &entry.object);
        } else {
            self.put(&change.resource, entry.before.as_deref(), &entry.object);
        }
    }

    fn disown(&mut self, resource: &str, object: &Stored) {
        let place = (resource.to_owned(), object.key.clone());
        for owner in &object.owners {
            if let Some(owned) = self.owned.get_mut(&owner.uid) {
                owned.remove(&place);
                if owned.is_empty() {
                    self.owned.remove(&owner.uid);
                }
            }
        }
    }

    fn leave(&mut self, pod: &Stored) {
        self.waiting.remove(&pod.key);
        if let Some(pods) = self.pods_on.get_mut(&pod.node) {
            pods.remove(&pod.key);
        }
    }

    /// The objects of one resource that a uid owns.
    pub fn owned_by<'a>(&'a self, uid: &str, resource: &'a str) -> impl Iterator<Item = &'a Key> {
        let owned = self.owned.get(uid).into_iter().flatten();
        owned.filter(move |(it, _)| it == resource).map(|(_, key)| key)
    }
}
