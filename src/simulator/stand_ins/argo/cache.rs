//! What is there: watches on every kind that an application speaks of, kept for what belongs to one.

use super::compare::MANAGER;
use super::compared::Live;
use super::resource::{Desired, ResourceId, tracked_by};
use futures::StreamExt as _;
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use kube::discovery::Scope;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

/// A kind as the API serves it.
#[derive(Debug, Clone)]
pub struct Served {
    pub resource: ApiResource,
    pub namespaced: bool,
}

pub struct Cache {
    client: Client,
    served: Mutex<BTreeMap<(String, String, String), Served>>,
    state: Arc<State>,
    /// Names of applications of which something changed.
    changed: broadcast::Sender<String>,
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Debug, Default)]
struct State {
    objects: Mutex<BTreeMap<ResourceId, (String, Arc<Value>)>>,
    /// Kinds (group, kind) under watch, and whether the first list is through.
    watched: Mutex<BTreeMap<(String, String), watch::Receiver<bool>>>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            served: Mutex::default(),
            state: Arc::default(),
            changed: broadcast::channel(1_024).0,
            tasks: Mutex::default(),
        }
    }

    /// Hear of every change of something that belongs to an application, by the application's name.
    pub fn changes(&self) -> broadcast::Receiver<String> {
        self.changed.subscribe()
    }

    /// How the API serves a kind.
    pub async fn served(&self, api_version: &str, kind: &str) -> Result<Served, kube::Error> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let key = (group.to_owned(), version.to_owned(), kind.to_owned());
        if let Some(found) = held(&self.served).get(&key) {
            return Ok(found.clone());
        }
        let wanted = GroupVersionKind::gvk(group, version, kind);
        let (resource, capabilities) = kube::discovery::pinned_kind(&self.client, &wanted).await?;
        let found = Served { resource, namespaced: capabilities.scope == Scope::Namespaced };
        held(&self.served).insert(key, found.clone());
        Ok(found)
    }

    /// An address to read and write resources of this identity.
    pub async fn api(&self, id: &ResourceId, version: &str) -> Result<Api<DynamicObject>, kube::Error> {
        let served = self.served(&id.api_version(version), &id.kind).await?;
        Ok(if served.namespaced {
            Api::namespaced_with(self.client.clone(), &id.namespace, &served.resource)
        } else {
            Api::all_with(self.client.clone(), &served.resource)
        })
    }

    /// Watch these kinds too, and wait until they have been listed. What no watch kept is asked for.
    pub async fn follow(&self, desired: &[Desired]) -> Result<(), kube::Error> {
        let kinds: BTreeSet<(&str, &str, &str)> = desired
            .iter()
            .map(|it| (it.id.group.as_str(), it.version.as_str(), it.id.kind.as_str()))
            .collect();
        for (group, version, kind) in kinds {
            let api_version =
                if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            let served = self.served(&api_version, kind).await?;
            let mut ready = self.watch(group, version, kind, served);
            // An error means that the watch is gone, and the world with it.
            let _ = ready.wait_for(|it| *it).await;
        }
        for wanted in desired.iter().filter(|it| self.get(&it.id).is_none()) {
            if let Some(found) = self.api(&wanted.id, &wanted.version).await?.get_opt(&wanted.id.name).await?
            {
                self.keep(&wanted.version, &found);
            }
        }
        Ok(())
    }

    /// Take in an object that was just read or written.
    pub fn keep(&self, version: &str, object: &DynamicObject) {
        if let Some((id, object)) = projected(object) {
            held(&self.state.objects).insert(id, (version.to_owned(), object));
        }
    }

    pub fn forget(&self, id: &ResourceId) {
        held(&self.state.objects).remove(id);
    }

    fn watch(&self, group: &str, version: &str, kind: &str, served: Served) -> watch::Receiver<bool> {
        let key = (group.to_owned(), kind.to_owned());
        let mut watched = held(&self.state.watched);
        if let Some(ready) = watched.get(&key) {
            return ready.clone();
        }
        let (tell, ready) = watch::channel(false);
        watched.insert(key.clone(), ready.clone());
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &served.resource);
        let follower = Follower {
            key,
            version: version.to_owned(),
            state: self.state.clone(),
            changed: self.changed.clone(),
            fresh: BTreeMap::new(),
        };
        held(&self.tasks).spawn(follower.run(api, tell));
        ready
    }
}

/// One watch on one kind.
struct Follower {
    key: (String, String),
    version: String,
    state: Arc<State>,
    changed: broadcast::Sender<String>,
    fresh: BTreeMap<ResourceId, Arc<Value>>,
}

impl Follower {
    async fn run(mut self, api: Api<DynamicObject>, tell: watch::Sender<bool>) {
        let mut events = watcher::watcher(api, watcher::Config::default()).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => self.fresh.clear(),
                Ok(Event::InitApply(object)) => {
                    if let Some((id, object)) = projected(&object).filter(|(_, it)| tracked_by(it).is_some())
                    {
                        self.fresh.insert(id, object);
                    }
                }
                Ok(Event::InitDone) => {
                    self.replace();
                    tell.send_replace(true);
                }
                Ok(Event::Apply(object)) => self.heard(&object, false),
                Ok(Event::Delete(object)) => self.heard(&object, true),
                // The watcher waits and tries again by itself.
                Err(_) => {}
            }
        }
    }

    fn replace(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        let mut objects = held(&self.state.objects);
        objects.retain(|id, _| (&id.group, &id.kind) != (&self.key.0, &self.key.1));
        for (id, object) in fresh {
            if let Some(application) = tracked_by(&object) {
                let _ = self.changed.send(application.to_owned());
            }
            objects.insert(id, (self.version.clone(), object));
        }
    }

    fn heard(&self, object: &DynamicObject, gone: bool) {
        let Some((id, object)) = projected(object) else { return };
        let owner = tracked_by(&object).map(str::to_owned);
        let mut objects = held(&self.state.objects);
        let before = if gone || owner.is_none() {
            objects.remove(&id)
        } else {
            objects.insert(id, (self.version.clone(), object))
        };
        drop(objects);
        let owner = owner.or_else(|| before.and_then(|(_, it)| tracked_by(&it).map(str::to_owned)));
        if let Some(owner) = owner {
            // Nobody may be listening yet.
            let _ = self.changed.send(owner);
        }
    }
}

/// The object without what others manage; that is most of its bytes.
fn projected(object: &DynamicObject) -> Option<(ResourceId, Arc<Value>)> {
    let mut object = serde_json::to_value(object).ok()?;
    if let Some(entries) = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
        entries.retain(|it| it["manager"] == MANAGER);
    }
    let (id, _) = ResourceId::of(&object)?;
    Some((id, Arc::new(object)))
}

impl Live for Cache {
    fn get(&self, id: &ResourceId) -> Option<Arc<Value>> {
        held(&self.state.objects).get(id).map(|(_, object)| object.clone())
    }

    fn tracked(&self, application: &str) -> Vec<(ResourceId, String)> {
        let objects = held(&self.state.objects);
        let mine = objects.iter().filter(|(_, (_, it))| tracked_by(it) == Some(application));
        mine.map(|(id, (version, _))| (id.clone(), version.clone())).collect()
    }
}
