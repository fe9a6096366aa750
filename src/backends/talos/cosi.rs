//! COSI: Talos's typed resources, listed and watched.

use super::roads::{Client, Endpoint, Roads};
use super::trouble::Trouble;
use crate::backoff::Backoff;
use bytes::Bytes;
use futures::Stream;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Response, Streaming};
use wire::cosi::resource as pb;

/// Whom to ask.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    /// A node, on whichever road reaches it.
    Node(String),
    /// The server at an endpoint, about itself.
    Endpoint(Arc<Endpoint>),
}

/// A kind of resource: its namespace and its canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Type {
    pub namespace: String,
    pub name: String,
}

impl Type {
    pub(crate) fn of(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// One resource as it stood on the wire.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Resource {
    pub id: String,
    pub version: String,
    pub phase: String,
    pub owner: String,
    pub yaml: String,
    pub proto: Bytes,
    /// Unix seconds of when it came to be, since the node booted.
    pub created: Option<i64>,
    /// Unix seconds of its last change.
    pub updated: Option<i64>,
}

impl From<pb::Resource> for Resource {
    fn from(it: pb::Resource) -> Self {
        let (metadata, spec) = (it.metadata.unwrap_or_default(), it.spec.unwrap_or_default());
        Self {
            id: metadata.id,
            version: metadata.version,
            phase: metadata.phase,
            owner: metadata.owner,
            yaml: spec.yaml_spec,
            proto: spec.proto_spec.into(),
            created: metadata.created.map(|it| it.seconds),
            updated: metadata.updated.map(|it| it.seconds),
        }
    }
}

/// What a watch on one type says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// All there are; what was told before is void.
    All(Vec<Resource>),
    Put(Resource),
    Gone(String),
    /// It will not be told: forbidden, or this Talos has no such type. Asked again now and then.
    Withheld(Trouble),
    /// The stream broke; it is opened again.
    Broken(Trouble),
}

/// Ask for everything of one type, once. All of it has to come in the time of one question: a node that begins to
/// answer and falls silent is as silent as any other.
pub(crate) async fn list(roads: &Roads, node: &str, of: &Type) -> Result<Vec<Resource>, Trouble> {
    let request = pb::ListRequest { namespace: of.namespace.clone(), r#type: of.name.clone(), options: None };
    let ask = |client: Client| {
        let request = request.clone();
        async move {
            let mut answers = client.state().list(request).await?.into_inner();
            let mut found = Vec::new();
            while let Some(answer) = answers.message().await? {
                found.extend(answer.resource.map(Resource::from));
            }
            Ok(Response::new(found))
        }
    };
    roads.ask(node, ask).await
}

/// Watch one type: all there are, then every change. Never ends; resumes where it broke off where the node still
/// knows the place, else begins anew.
pub(crate) fn watch(roads: Arc<Roads>, via: Via, of: Type) -> impl Stream<Item = Told> + Send + 'static {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let watching = Watching {
        roads,
        via,
        of,
        open: None,
        bookmark: None,
        gathered: None,
        ready: VecDeque::new(),
        wait: None,
        backoff: Backoff::new(Duration::from_millis(500), Duration::from_secs(15), hasher.finish()),
    };
    futures::stream::unfold(watching, |mut it| async move {
        let told = it.next().await;
        Some((told, it))
    })
}

struct Watching {
    roads: Arc<Roads>,
    via: Via,
    of: Type,
    open: Option<Streaming<pb::WatchResponse>>,
    bookmark: Option<Vec<u8>>,
    /// What the bootstrap has brought so far, while it lasts.
    gathered: Option<Vec<Resource>>,
    ready: VecDeque<Told>,
    wait: Option<Duration>,
    backoff: Backoff,
}

/// What was withheld may be granted, or the node be upgraded: asked for again after this.
const WITHHELD_FOR: Duration = Duration::from_secs(60);

impl Watching {
    async fn next(&mut self) -> Told {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return told;
            }
            if let Some(wait) = self.wait.take() {
                tokio::time::sleep(wait).await;
            }
            let Some(stream) = &mut self.open else {
                match self.open().await {
                    Ok(stream) => self.open = Some(stream),
                    Err(trouble) => self.failed(trouble),
                }
                continue;
            };
            match stream.message().await {
                Ok(Some(response)) => {
                    for event in response.event {
                        self.absorb(event);
                    }
                }
                Ok(None) => self.failed(Trouble::Unreachable("the stream ended".into())),
                Err(status) => self.failed(status.into()),
            }
        }
    }

    async fn open(&mut self) -> Result<Streaming<pb::WatchResponse>, Trouble> {
        let fresh = self.bookmark.is_none();
        self.gathered = fresh.then(Vec::new);
        let request = pb::WatchRequest {
            namespace: self.of.namespace.clone(),
            r#type: self.of.name.clone(),
            id: None,
            options: Some(pb::WatchOptions {
                bootstrap_contents: fresh,
                aggregated: true,
                start_from_bookmark: self.bookmark.clone(),
                ..Default::default()
            }),
            api_version: 1,
        };
        let call = |client: Client| {
            let request = request.clone();
            async move { client.state().watch(request).await }
        };
        match &self.via {
            Via::Node(address) => self.roads.ask(address, call).await,
            Via::Endpoint(endpoint) => self.roads.ask_at(endpoint, call).await,
        }
    }

    fn failed(&mut self, trouble: Trouble) {
        self.open = None;
        self.gathered = None;
        match trouble {
            // The node has booted since, or the bookmark is too old: begin anew, at once.
            Trouble::Busy(_) if self.bookmark.take().is_some() => {}
            Trouble::Forbidden(_) | Trouble::NotServed(_) => {
                self.bookmark = None;
                self.wait = Some(WITHHELD_FOR);
                self.ready.push_back(Told::Withheld(trouble));
            }
            _ => {
                self.wait = Some(self.backoff.wait());
                self.ready.push_back(Told::Broken(trouble));
            }
        }
    }

    fn absorb(&mut self, event: pb::Event) {
        if event.bookmark.as_ref().is_some_and(|it| !it.is_empty()) {
            self.bookmark = event.bookmark.clone();
        }
        let kind = event.event_type();
        let resource = event.resource.map(Resource::from).unwrap_or_default();
        match (kind, &mut self.gathered) {
            (pb::EventType::Created | pb::EventType::Updated, Some(gathered)) => gathered.push(resource),
            (pb::EventType::Created | pb::EventType::Updated, None) => {
                self.ready.push_back(Told::Put(resource))
            }
            (pb::EventType::Destroyed, Some(gathered)) => gathered.retain(|it| it.id != resource.id),
            (pb::EventType::Destroyed, None) => self.ready.push_back(Told::Gone(resource.id)),
            (pb::EventType::Bootstrapped, gathered) => {
                let all = gathered.take().unwrap_or_default();
                self.backoff.reset();
                self.ready.push_back(Told::All(all));
            }
            // The node lost events on the way to us: nothing that was told can be built upon.
            (pb::EventType::Errored, _) => {
                self.bookmark = None;
                self.open = None;
                self.gathered = None;
            }
            (pb::EventType::Noop, _) => {}
        }
    }
}
