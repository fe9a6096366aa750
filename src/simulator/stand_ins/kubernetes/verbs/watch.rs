//! Watch a collection: what is there, and then whatever happens.

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::http::represent::Represent;
use super::super::selectors::Selector;
use super::super::status::Status;
use super::super::store::{Entry, News, Stored, What};
use super::list::{not_from_the_future, selector};
use bytes::{BufMut, Bytes, BytesMut};
use futures::Stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Bookmarks come about once a minute.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// Frames are closed at about this size.
const FRAME: usize = 128 * 1024;

struct Watch {
    cluster: Arc<Cluster>,
    resource: String,
    namespace: String,
    selector: Selector,
    represent: Represent,
    bell: watch::Receiver<u64>,
    /// Everything up to this revision was told.
    told: u64,
    frames: VecDeque<Bytes>,
    bookmarks: bool,
    next_bookmark: Instant,
    until: Instant,
    over: bool,
}

/// The stream of events, each a line of JSON.
pub fn watch(
    cluster: &Arc<Cluster>,
    call: &Call,
) -> Result<impl Stream<Item = Bytes> + Send + use<>, Status> {
    let (target, query) = (&call.target, &call.query);
    not_from_the_future(cluster, query)?;
    let resource = target.kind.resource();
    let (now, bookmarks) = (Instant::now(), query.flag("allowWatchBookmarks"));
    // A watch without an end of its own ends in 30 to 60 minutes, as the real server does it.
    let span =
        query.seconds("timeoutSeconds").unwrap_or(Duration::from_secs(1800 + cluster.next_number() % 1800));
    let mut watch = Watch {
        cluster: cluster.clone(),
        namespace: target.namespace.clone(),
        selector: selector(target, query)?,
        represent: Represent::new(call, &cluster.clock),
        bell: cluster.store.bell(&resource),
        resource,
        told: query.number("resourceVersion").unwrap_or(0),
        frames: VecDeque::new(),
        bookmarks,
        next_bookmark: now + BOOKMARKS,
        until: now + span,
        over: false,
    };
    let stream_list = query.get("sendInitialEvents").map(|it| it == "true");
    if stream_list == Some(true) && !bookmarks {
        let why = "sendInitialEvents requires setting allowWatchBookmarks to true";
        return Err(Status::new(422, "Invalid", format!("ListOptions.meta.k8s.io \"\" is invalid: {why}")));
    }
    match stream_list {
        Some(true) => watch.begin(true),
        Some(false) if watch.told == 0 => watch.told = cluster.store.revision(),
        None if watch.told == 0 => watch.begin(false),
        _ => {}
    }
    Ok(futures::stream::unfold(watch, |mut watch| async move { Some((watch.next().await?, watch)) }))
}

impl Watch {
    /// What is there already, as if it had just been added.
    fn begin(&mut self, mark_the_end: bool) {
        let namespace = Some(self.namespace.as_str()).filter(|it| !it.is_empty());
        let (items, revision) = self.cluster.store.list(&self.resource, namespace);
        self.told = revision;
        let mut frame = BytesMut::new();
        for item in items.iter().filter(|it| self.selector.matches(it)) {
            let object = self.represent.object(item);
            self.line(&mut frame, "ADDED", &object);
        }
        if mark_the_end {
            let annotations = json!({ "k8s.io/initial-events-end": "true" });
            let bookmark = self.bookmark(annotations);
            self.line(&mut frame, "BOOKMARK", &bookmark);
        }
        if !frame.is_empty() {
            self.frames.push_back(frame.freeze());
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            self.bell.borrow_and_update();
            self.look();
            if self.frames.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    /// Take in what happened since.
    fn look(&mut self) {
        match self.cluster.store.since(&self.resource, self.told) {
            News::TooOld => {
                let why = format!(
                    "too old resource version: {} ({})",
                    self.told,
                    self.cluster.store.floor(&self.resource)
                );
                let mut frame = BytesMut::new();
                self.line(&mut frame, "ERROR", Status::expired(why).to_value().to_string().as_bytes());
                self.frames.push_back(frame.freeze());
                self.over = true;
            }
            News::Entries(entries, revision) => {
                let mut frame = BytesMut::new();
                for entry in entries {
                    self.tell(&mut frame, &entry);
                    if frame.len() > FRAME {
                        self.frames.push_back(frame.split().freeze());
                    }
                }
                if !frame.is_empty() {
                    self.frames.push_back(frame.freeze());
                }
                self.told = revision;
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            rung = self.bell.changed() => self.over |= rung.is_err(),
            () = sleep_until(self.until) => {
                self.mark();
                self.over = true;
            }
            () = sleep_until(self.next_bookmark), if self.bookmarks => {
                self.mark();
                self.next_bookmark = Instant::now() + BOOKMARKS;
            }
        }
    }

    fn mark(&mut self) {
        if self.bookmarks {
            let mut frame = BytesMut::new();
            let bookmark = self.bookmark(Value::Null);
            self.line(&mut frame, "BOOKMARK", &bookmark);
            self.frames.push_back(frame.freeze());
        }
    }

    fn tell(&mut self, frame: &mut BytesMut, entry: &Entry) {
        if !self.namespace.is_empty() && entry.object.key.namespace != self.namespace {
            return;
        }
        let Some(what) = entry.seen(|it| self.selector.matches(it)) else { return };
        let object = match (&entry.before, what) {
            // It left the selection: its last matching state, at the revision at which it left.
            (Some(before), What::Deleted) if !entry.removed => {
                let last = Stored::of(before.key.clone(), entry.revision, before.value());
                self.represent.object(&last)
            }
            _ => self.represent.object(&entry.object),
        };
        self.line(frame, what.word(), &object);
    }

    fn line(&self, frame: &mut BytesMut, what: &str, object: &[u8]) {
        frame.reserve(object.len() + 40);
        frame.put_slice(b"{\"type\":\"");
        frame.put_slice(what.as_bytes());
        frame.put_slice(b"\",\"object\":");
        frame.put_slice(object);
        frame.put_slice(b"}\n");
    }

    fn bookmark(&self, annotations: Value) -> Bytes {
        let mut metadata = json!({ "resourceVersion": self.told.to_string() });
        if !annotations.is_null() {
            metadata["annotations"] = annotations;
        }
        self.represent.bookmark(metadata)
    }
}
