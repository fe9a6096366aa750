//! What a controller works with: the cluster, what is remembered of it, and the queue.

use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Key, NoSpace, Stored, Write, Written};
use super::super::verbs::delete::{DeleteOptions, delete};
use super::super::verbs::fill::has_generation;
use super::super::verbs::{How, create};
use super::index::Index;
use super::queue::Queue;
use serde_json::{Value, json};
use std::sync::Arc;

pub struct Desk {
    pub cluster: Arc<Cluster>,
    pub index: Index,
    pub queue: Queue,
}

impl Desk {
    pub fn get(&self, resource: &str, key: &Key) -> Option<Arc<Stored>> {
        self.cluster.store.get(resource, key)
    }

    /// The pods that a controller owns and that are not finished or going.
    pub fn active_pods(&self, owner: &str) -> Vec<Arc<Stored>> {
        let mut pods = self.pods_of(owner);
        pods.retain(|it| !it.deleting && !matches!(it.phase.as_str(), "Succeeded" | "Failed"));
        pods
    }

    pub fn pods_of(&self, owner: &str) -> Vec<Arc<Stored>> {
        let pods = self.index.owned_by(owner, "pods").filter_map(|key| self.get("pods", key));
        pods.filter(|it| it.controller() == Some(owner)).collect()
    }

    fn target(&self, resource: &str, key: &Key) -> Option<Target> {
        let kind = self.cluster.kinds.named(resource)?;
        Some(Target {
            version: kind.versions.first()?.clone(),
            kind,
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            subresource: String::new(),
        })
    }

    /// Create an object; one that is there already is no error.
    pub fn create(&self, resource: &str, object: Value) -> Option<Arc<Stored>> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let target = self.target(resource, &Key::new(namespace, ""))?;
        create::create(&self.cluster, &target, object, &How::default()).ok()
    }

    /// Delete an object as a client would, with the grace it has.
    pub fn delete(&self, resource: &str, key: &Key, options: &DeleteOptions) {
        if let Some(target) = self.target(resource, key) {
            // Gone already is what was wanted.
            let _: Result<_, Status> = delete(&self.cluster, &target, options);
        }
    }

    pub fn delete_pod(&self, key: &Key) {
        self.delete("pods", key, &DeleteOptions::default());
    }

    /// Change an object in place; nothing is written where nothing differs, or where etcd has no space.
    pub fn edit(&self, resource: &str, key: &Key, change: impl FnOnce(&mut Value)) {
        let counted = self.target(resource, key).is_some_and(|it| has_generation(&it.kind));
        let written: Result<Written, NoSpace> = self.cluster.store.write(resource, key, |stored| {
            let Some(stored) = stored else { return Ok(Write::Nothing) };
            let old = stored.value();
            let mut new = old.clone();
            change(&mut new);
            if new == old {
                return Ok(Write::Nothing);
            }
            if counted && new["spec"] != old["spec"] {
                new["metadata"]["generation"] =
                    (old["metadata"]["generation"].as_i64().unwrap_or(0) + 1).into();
            }
            let metadata = &new["metadata"];
            let empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
            let over = metadata["deletionTimestamp"].is_string()
                && empty(&metadata["finalizers"])
                && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
                && (resource != "namespaces" || empty(&new["spec"]["finalizers"]));
            Ok(if over { Write::Remove(new) } else { Write::Put(new) })
        });
        if let Ok(written) = written {
            self.cluster.notice(resource, &written);
        }
    }

    /// Take an object away without further questions.
    pub fn forget(&self, resource: &str, key: &Key) {
        let _: Result<Written, NoSpace> = self
            .cluster
            .store
            .write(resource, key, |stored| Ok(stored.map_or(Write::Nothing, |it| Write::Remove(it.value()))));
    }

    /// Leave an event about an object.
    pub fn say(&self, about: &About<'_>, reason: &str, message: &str) {
        let now = self.cluster.now();
        let namespace = if about.key.namespace.is_empty() { "default" } else { &about.key.namespace };
        self.create(
            "events",
            json!({
                "apiVersion": "v1", "kind": "Event",
                "metadata": {
                    "namespace": namespace,
                    "name": format!("{}.{:016x}", about.key.name, self.cluster.next_number()),
                },
                "involvedObject": {
                    "kind": about.kind, "apiVersion": about.api_version, "name": about.key.name,
                    "namespace": about.key.namespace, "uid": about.uid,
                },
                "reason": reason, "message": message, "type": about.severity,
                "source": { "component": about.component }, "reportingComponent": about.component, "reportingInstance": "",
                "firstTimestamp": now, "lastTimestamp": now, "count": 1,
            }),
        );
    }
}

/// Whom an event is about, and who says it.
pub struct About<'a> {
    pub kind: &'a str,
    pub api_version: &'a str,
    pub key: &'a Key,
    pub uid: &'a str,
    /// `Normal` or `Warning`.
    pub severity: &'a str,
    pub component: &'a str,
}

/// The `ownerReferences` of something a controller makes.
pub fn owned_by(api_version: &str, kind: &str, owner: &Stored) -> Value {
    json!([{
        "apiVersion": api_version, "kind": kind, "name": owner.key.name, "uid": owner.uid,
        "controller": true, "blockOwnerDeletion": true,
    }])
}

/// Set the condition of a type in a list, keeping the time of its last transition where the status stays.
pub fn set_condition(object: &mut Value, now: &str, kind: &str, status: &str, reason: &str, message: &str) {
    let mut list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let known = list.iter_mut().find(|it| it["type"] == kind);
    match known {
        Some(it) => {
            if it["status"] != status {
                it["lastTransitionTime"] = now.into();
                it["status"] = status.into();
            }
            it["reason"] = reason.into();
            it["message"] = message.into();
        }
        None => list.push(json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now,
        })),
    }
    object["status"]["conditions"] = list.into();
}
