//! `cosi.resource.State`: get, list and watch a machine's resources.

use super::roles::Roles;
use super::stream::{Streaming, all, target, written};
use crate::world::{Happened, Kind, Node, kind, tombstone};
use std::sync::Arc;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, async_trait};
use wire::cosi::resource as w;
use wire::cosi::resource::state_server::State;

#[derive(Debug, Clone, Copy)]
pub struct Resources;

/// The kind, if this caller may read it on this machine. Unknown and forbidden are the same code.
fn allowed(node: &Node, roles: Option<&Roles>, namespace: &str, name: &str) -> Result<&'static Kind, Status> {
    let found = kind(name).filter(|it| node.talos_minor() >= it.since);
    let Some(found) = found else {
        return Err(Status::permission_denied(format!("resource type \"{name}\" is not supported")));
    };
    if !namespace.is_empty() && !crate::world::is_namespace(namespace) {
        return Err(Status::permission_denied(format!("namespace \"{namespace}\" is not supported")));
    }
    // Talos 1.14 made the kubelet's spec one of its secrets.
    let sensitive = found.sensitive || (found.name.starts_with("KubeletSpecs.") && node.talos_minor() >= 14);
    if sensitive && !roles.is_some_and(Roles::is_admin) {
        return Err(Status::permission_denied("not authorized"));
    }
    Ok(found)
}

#[async_trait]
impl State for Resources {
    type ListStream = Streaming<w::ListResponse>;
    type WatchStream = Streaming<w::WatchResponse>;

    async fn get(&self, request: Request<w::GetRequest>) -> Result<Response<w::GetResponse>, Status> {
        let node = target(&request)?;
        let roles = request.extensions().get::<Roles>().cloned();
        let asked = request.into_inner();
        let kind = allowed(&node, roles.as_ref(), &asked.namespace, &asked.r#type)?;
        let found = fresh(&node, kind, &asked.namespace).0.into_iter().find(|it| id(it) == asked.id);
        let Some(found) = found else {
            let text =
                format!("resource {}({}/{}@undefined) doesn't exist", kind.name, asked.namespace, asked.id);
            return Err(Status::not_found(text));
        };
        Ok(Response::new(w::GetResponse { resource: Some((*found).clone()) }))
    }

    async fn list(&self, request: Request<w::ListRequest>) -> Result<Response<Self::ListStream>, Status> {
        let node = target(&request)?;
        let roles = request.extensions().get::<Roles>().cloned();
        let asked = request.into_inner();
        let kind = allowed(&node, roles.as_ref(), &asked.namespace, &asked.r#type)?;
        let found = fresh(&node, kind, &asked.namespace).0;
        Ok(all(found.into_iter().map(|it| w::ListResponse { resource: Some((*it).clone()) }).collect()))
    }

    async fn watch(&self, request: Request<w::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let node = target(&request)?;
        let roles = request.extensions().get::<Roles>().cloned();
        let asked = request.into_inner();
        let kind = allowed(&node, roles.as_ref(), &asked.namespace, &asked.r#type)?;
        let options = asked.options.clone().unwrap_or_default();
        let resumed = options.start_from_bookmark.clone();
        if asked.id.is_some() && (options.bootstrap_contents || !options.label_query.is_empty()) {
            return Err(Status::unimplemented("bootstrap contents and label queries are for kinds"));
        }
        if options.bootstrap_contents && (options.tail_events != 0 || resumed.is_some()) {
            return Err(Status::invalid_argument("bootstrap contents excludes tail events and bookmarks"));
        }
        let (contents, end) = fresh(&node, kind, &asked.namespace);
        let from = match resumed {
            None => end,
            Some(bookmark) => {
                let position = position(&node, &bookmark).filter(|it| node.resources.since(*it).is_some());
                position.ok_or_else(|| Status::failed_precondition("invalid bookmark"))?
            }
        };
        let watch =
            Watch { kind, id: asked.id, aggregated: options.aggregated, api_version: asked.api_version };
        let begin = watch.beginning(&node, &options, contents, from);
        Ok(written(node, move |node, sender| watch.run(node, sender, begin, from)))
    }
}

/// All of a kind as it is now; nothing in a namespace where the kind does not live.
fn fresh(node: &Node, kind: &'static Kind, namespace: &str) -> (Vec<Arc<w::Resource>>, u64) {
    let (found, end) = node.resources.list(node, kind);
    if namespace.is_empty() || namespace == kind.namespace { (found, end) } else { (Vec::new(), end) }
}

fn id(resource: &w::Resource) -> &str {
    resource.metadata.as_ref().map_or("", |it| it.id.as_str())
}

/// This boot's cookie and a position: 16 bytes.
fn bookmark(node: &Node, position: u64) -> Vec<u8> {
    [node.resources.cookie(), position.to_be_bytes()].concat()
}

fn position(node: &Node, bookmark: &[u8]) -> Option<u64> {
    let (cookie, position) = bookmark.split_at_checked(8)?;
    (cookie == node.resources.cookie()).then_some(())?;
    Some(u64::from_be_bytes(position.try_into().ok()?))
}

struct Watch {
    kind: &'static Kind,
    id: Option<String>,
    aggregated: bool,
    api_version: i32,
}

impl Watch {
    /// What is sent before anything happens.
    fn beginning(
        &self,
        node: &Node,
        options: &w::WatchOptions,
        contents: Vec<Arc<w::Resource>>,
        from: u64,
    ) -> Vec<w::Event> {
        let mark = bookmark(node, from);
        let event = |resource: &w::Resource, kind| crate::world::event(resource, kind, None, mark.clone());
        if let Some(wanted) = &self.id {
            if options.start_from_bookmark.is_some() {
                return Vec::new();
            }
            let found = contents.iter().find(|it| id(it) == wanted);
            return vec![match found {
                Some(found) => event(found, w::EventType::Created),
                None => event(&tombstone(self.kind, wanted), w::EventType::Destroyed),
            }];
        }
        let mut events = Vec::new();
        if options.bootstrap_contents {
            events.extend(contents.iter().map(|it| event(it, w::EventType::Created)));
        }
        if options.bootstrap_contents && self.api_version >= 1 {
            events.push(event(&tombstone(self.kind, ""), w::EventType::Bootstrapped));
        } else if options.bootstrap_bookmark && self.api_version >= 1 {
            events.push(event(&tombstone(self.kind, ""), w::EventType::Noop));
        }
        events
    }

    async fn run(
        self,
        node: Arc<Node>,
        sender: mpsc::Sender<Result<w::WatchResponse, Status>>,
        begin: Vec<w::Event>,
        from: u64,
    ) {
        // The first answer has no events: it says that the watch stands.
        if sender.send(Ok(w::WatchResponse::default())).await.is_err() || !self.send(&sender, begin).await {
            return;
        }
        let mut woken = node.resources.follow();
        let mut next = from;
        loop {
            woken.borrow_and_update();
            let Some(happened) = node.resources.since(next) else {
                let error = Some("buffer overrun: namespace watch".to_owned());
                let event =
                    w::Event { event_type: w::EventType::Errored.into(), error, ..w::Event::default() };
                if self.api_version >= 1 {
                    self.send(&sender, vec![event]).await;
                }
                // Nothing comes any more; whoever listens has to begin anew.
                return std::future::pending().await;
            };
            let mut events = Vec::new();
            for it in happened {
                next = it.position + 1;
                if it.kind == self.kind.name && self.id.as_ref().is_none_or(|wanted| *wanted == it.id) {
                    events.push(told(&node, &it));
                }
            }
            if !self.send(&sender, events).await || woken.changed().await.is_err() {
                return;
            }
        }
    }

    async fn send(
        &self,
        sender: &mpsc::Sender<Result<w::WatchResponse, Status>>,
        events: Vec<w::Event>,
    ) -> bool {
        let at_once = if self.aggregated { events.len().max(1) } else { 1 };
        for event in events.chunks(at_once) {
            if sender.send(Ok(w::WatchResponse { event: event.to_vec() })).await.is_err() {
                return false;
            }
        }
        true
    }
}

fn told(node: &Node, it: &Happened) -> w::Event {
    crate::world::event(&it.resource, it.event, it.old.as_deref(), bookmark(node, it.position + 1))
}
