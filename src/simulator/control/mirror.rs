//! What the Kubernetes API last said, kept for reading, and the few ways to write to it.
//!
//! Several controllers may share one mirror: each kind is watched once. A write is remembered as soon as the API has
//! answered, so that nobody decides on what it has itself just changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, Request};
use kube::Client;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::{Event, Key, Kind, difference, key, name, namespace, uid};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Somebody else wrote in between: look again.
    #[error("the object has been modified; please apply your changes to the latest version and try again")]
    Conflict,
    /// What was to be written is not there any more: nothing is left to do.
    #[error("{0}")]
    Gone(String),
    #[error("{0}")]
    Api(String),
    #[error("request: {0}")]
    Request(#[from] http::Error),
    #[error("encode: {0}")]
    Encode(#[from] serde_json::Error),
    /// Anything else that a controller runs into; the text is the real controller's.
    #[error("{0}")]
    Other(String),
}

#[derive(Clone)]
pub(crate) struct Mirror {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub client: Client,
    tables: Mutex<BTreeMap<Kind, Table>>,
    listeners: Mutex<Vec<(BTreeSet<Kind>, mpsc::UnboundedSender<Event>)>>,
    /// The kinds that have been listed once.
    synced: watch::Sender<BTreeSet<Kind>>,
}

#[derive(Default)]
struct Table {
    objects: BTreeMap<Key, Arc<Value>>,
    /// The identities of those that are gone: an answer that was under way meanwhile must not bring them back.
    gone: BTreeSet<String>,
}

impl Table {
    /// Keep the object, unless something newer is known of it.
    fn keep(&mut self, object: Arc<Value>) -> bool {
        let at = key(&object);
        let outdated = self.objects.get(&at).is_some_and(|old| version(old) > version(&object));
        if outdated || self.gone.contains(uid(&object)) {
            return false;
        }
        self.objects.insert(at, object);
        true
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resource versions count up; zero where the text is no number.
fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default()
}

impl Mirror {
    pub fn new(client: Client) -> Self {
        let (tables, listeners) = Default::default();
        Self { inner: Arc::new(Inner { client, tables, listeners, synced: watch::Sender::default() }) }
    }

    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// Mark the kinds as watched and answer those that were not yet.
    pub(super) fn claim(&self, kinds: &[Kind]) -> Vec<Kind> {
        let mut tables = locked(&self.inner.tables);
        let new: Vec<Kind> = kinds.iter().copied().filter(|kind| !tables.contains_key(kind)).collect();
        for kind in &new {
            tables.insert(*kind, Table::default());
        }
        new
    }

    /// Hear of every change of these kinds, beginning with what there is already.
    pub fn listen(&self, kinds: &[Kind]) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let tables = locked(&self.inner.tables);
        for kind in kinds {
            for object in tables.get(kind).into_iter().flat_map(|table| table.objects.values()) {
                // The receiver is still in our hands.
                let _ = sender.send(Event { kind: *kind, object: object.clone() });
            }
        }
        locked(&self.inner.listeners).push((kinds.iter().copied().collect(), sender));
        receiver
    }

    /// Wait until each of the kinds has been listed once.
    pub async fn synced(&self, kinds: &[Kind]) {
        let mut synced = self.inner.synced.subscribe();
        // An error means that the mirror is gone, and with it whoever waits.
        let _ = synced.wait_for(|done| kinds.iter().all(|kind| done.contains(kind))).await;
    }

    pub fn get(&self, kind: Kind, key: &Key) -> Option<Arc<Value>> {
        locked(&self.inner.tables).get(&kind)?.objects.get(key).cloned()
    }

    pub fn list(&self, kind: Kind) -> Vec<Arc<Value>> {
        let tables = locked(&self.inner.tables);
        tables.get(&kind).map(|table| table.objects.values().cloned().collect()).unwrap_or_default()
    }

    /// Wait until the mirror looks as `wanted`.
    #[cfg(test)]
    pub async fn until(&self, kinds: &[Kind], mut wanted: impl FnMut(&Self) -> bool) {
        let mut events = self.listen(kinds);
        while !wanted(self) {
            if events.recv().await.is_none() {
                return;
            }
        }
    }

    fn tell(&self, event: &Event) {
        locked(&self.inner.listeners)
            .retain(|(kinds, sender)| !kinds.contains(&event.kind) || sender.send(event.clone()).is_ok());
    }

    /// A watch says that this is how the object looks now.
    pub(super) fn heard(&self, kind: Kind, object: Value) {
        let object = Arc::new(object);
        if locked(&self.inner.tables).entry(kind).or_default().keep(object.clone()) {
            self.tell(&Event { kind, object });
        }
    }

    pub(super) fn heard_gone(&self, kind: Kind, object: Value) {
        let mut tables = locked(&self.inner.tables);
        let table = tables.entry(kind).or_default();
        let at = key(&object);
        if table.objects.get(&at).is_some_and(|it| uid(it) == uid(&object)) {
            table.objects.remove(&at);
        }
        table.gone.insert(uid(&object).to_owned());
        drop(tables);
        self.tell(&Event { kind, object: Arc::new(object) });
    }

    /// A watch has listed the kind anew: whatever is not in the list is gone, unless it is newer than the list.
    pub(super) fn listed(&self, kind: Kind, objects: Vec<Value>) {
        let newest = objects.iter().map(version).max().unwrap_or_default();
        let present: BTreeSet<Key> = objects.iter().map(key).collect();
        let lost: Vec<Arc<Value>> = self
            .list(kind)
            .into_iter()
            .filter(|object| !present.contains(&key(object)) && version(object) <= newest)
            .collect();
        for object in lost {
            self.heard_gone(kind, Value::clone(&object));
        }
        for object in objects {
            self.heard(kind, object);
        }
        self.inner.synced.send_if_modified(|done| done.insert(kind));
    }

    fn remember(&self, kind: Kind, object: &Value) {
        let mut tables = locked(&self.inner.tables);
        if let Some(table) = tables.get_mut(&kind) {
            table.keep(Arc::new(object.clone()));
        }
    }

    async fn request(&self, request: Request<Vec<u8>>) -> Result<Value, Problem> {
        self.inner.client.request::<Value>(request).await.map_err(|error| match error {
            kube::Error::Api(status) if status.code == 409 && status.reason == "Conflict" => {
                Problem::Conflict
            }
            kube::Error::Api(status) if status.code == 404 => Problem::Gone(status.message.to_string()),
            kube::Error::Api(status) => Problem::Api(status.message.to_string()),
            other => Problem::Api(other.to_string()),
        })
    }

    /// Ask the API itself rather than the mirror.
    pub async fn fetch(&self, kind: Kind, at: &Key) -> Result<Option<Value>, Problem> {
        let request = Request::get(path(kind, &at.namespace, &at.name)).body(Vec::new())?;
        match self.inner.client.request::<Value>(request).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(other) => Err(Problem::Api(other.to_string())),
        }
    }

    /// List a kind that is not mirrored, with selectors such as `fieldSelector=spec.nodeName=x`.
    pub async fn search(&self, kind: Kind, query: &str) -> Result<Vec<Value>, Problem> {
        let request = Request::get(format!("{}?{query}", path(kind, "", ""))).body(Vec::new())?;
        let mut list = self.request(request).await?;
        Ok(match list["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        })
    }

    /// Create the object in its namespace; the kind and version are filled in.
    pub async fn create(&self, kind: Kind, mut object: Value) -> Result<Value, Problem> {
        object["apiVersion"] = json!(kind.api_version());
        object["kind"] = json!(kind.kind);
        let request = json_request(Method::POST, path(kind, namespace(&object), ""), &object)?;
        let created = self.request(request).await?;
        self.remember(kind, &created);
        Ok(created)
    }

    /// Write what differs between `old`, as it was read, and `new`: first the object, then its status. Answers the
    /// object as it is then. Refused with a conflict if somebody else wrote since `old`.
    pub async fn write(&self, kind: Kind, old: &Value, new: &Value) -> Result<Value, Problem> {
        let (mut before, mut after) = (old.clone(), new.clone());
        let (status_before, status_after) = (before["status"].take(), after["status"].take());
        let mut current = old.clone();
        if let Some(patch) = difference(&before, &after) {
            current = self.patch(kind, &current, patch, "").await?;
        }
        let emptied = |status: Value| if status.is_null() { json!({}) } else { status };
        if let Some(patch) = difference(&emptied(status_before), &emptied(status_after)) {
            let gone = deleted(&current);
            if !gone {
                current = self.patch(kind, &current, json!({"status": patch}), "/status").await?;
            }
        }
        Ok(current)
    }

    async fn patch(
        &self,
        kind: Kind,
        current: &Value,
        mut patch: Value,
        part: &str,
    ) -> Result<Value, Problem> {
        patch["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"].clone();
        let at = format!("{}{part}", path(kind, namespace(current), name(current)));
        let body = serde_json::to_vec(&patch)?;
        let request = Request::patch(at).header("content-type", "application/merge-patch+json").body(body)?;
        let written = self.request(request).await?;
        if !deleted(&written) {
            self.remember(kind, &written);
        }
        Ok(written)
    }

    /// A merge patch on whatever is there, without looking first.
    pub async fn merge(&self, kind: Kind, at: &Key, patch: &Value) -> Result<Value, Problem> {
        let body = serde_json::to_vec(patch)?;
        let request = Request::patch(path(kind, &at.namespace, &at.name))
            .header("content-type", "application/merge-patch+json")
            .body(body)?;
        let written = self.request(request).await?;
        self.remember(kind, &written);
        Ok(written)
    }

    /// Ask for the object to go. Nothing happens where it is gone already.
    pub async fn delete(&self, kind: Kind, at: &Key) -> Result<(), Problem> {
        let request = json_request(Method::DELETE, path(kind, &at.namespace, &at.name), &json!({}))?;
        match self.inner.client.request::<Value>(request).await {
            Ok(object) => {
                if object["metadata"]["deletionTimestamp"].is_string() && object["kind"] == kind.kind {
                    self.remember(kind, &object);
                }
                Ok(())
            }
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(other) => Err(Problem::Api(other.to_string())),
        }
    }
}

/// The last finalizer of a deleted object went with this write: nothing is left to write a status to.
fn deleted(object: &Value) -> bool {
    super::deleting(object) && object["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty)
}

pub(super) fn path(kind: Kind, namespace: &str, name: &str) -> String {
    let mut path = if kind.group.is_empty() { "/api/".to_owned() } else { format!("/apis/{}/", kind.group) };
    path.push_str(kind.version);
    if kind.namespaced && !namespace.is_empty() {
        path.push_str(&format!("/namespaces/{namespace}"));
    }
    path.push_str(&format!("/{}", kind.plural));
    if !name.is_empty() {
        path.push_str(&format!("/{name}"));
    }
    path
}

pub(super) fn json_request(method: Method, path: String, body: &Value) -> Result<Request<Vec<u8>>, Problem> {
    let body = serde_json::to_vec(body)?;
    Ok(Request::builder().method(method).uri(path).header("content-type", "application/json").body(body)?)
}
