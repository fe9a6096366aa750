//! Logs of services and containers, and the kernel's.

use super::stream::{Streaming, written};
use crate::world::{KERNEL, Line, Node, ServiceState};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Response, Status};
use wire::common::Data;
use wire::machine::LogsRequest;

/// Bytes of a chunk; lines run across chunks.
const CHUNK: usize = 4_096;
/// How often a follower looks for lines that only time writes.
const LOOK: Duration = Duration::from_millis(500);

/// Whose logs there are: services, and the kernel.
pub fn sources(node: &Node) -> Vec<String> {
    let state = crate::world::Lock::held(&node.state);
    let known =
        state.services.iter().filter(|it| it.state != ServiceState::Waiting).map(|it| it.id.to_owned());
    let mut found: Vec<String> = known.chain([KERNEL.to_owned()]).collect();
    found.sort();
    found
}

pub fn logs(node: Arc<Node>, asked: &LogsRequest) -> Result<Response<Streaming<Data>>, Status> {
    let source = match asked.namespace.as_str() {
        "system" | "" => {
            if !sources(&node).contains(&asked.id) {
                return Err(Status::not_found(format!("log \"{}\" was not registered", asked.id)));
            }
            Source::Service(asked.id.clone())
        }
        "k8s.io" => {
            let found = node.pods().container(&asked.id);
            Source::Container(
                found.ok_or_else(|| Status::not_found(format!("container \"{}\" not found", asked.id)))?,
            )
        }
        other => return Err(Status::not_found(format!("namespace \"{other}\" not found"))),
    };
    let (follow, tail) = (asked.follow, asked.tail_lines);
    Ok(written(node, move |node, sender| async move {
        let mut until = node.now();
        let mut history = source.lines(&node, i64::MIN / 4, until);
        if let Ok(tail) = usize::try_from(tail) {
            history.drain(..history.len().saturating_sub(tail));
        }
        let text: String = history.iter().flat_map(|line| [&*line.text, "\n"]).collect();
        for chunk in text.as_bytes().chunks(CHUNK) {
            if sender.send(Ok(Data { metadata: None, bytes: chunk.to_vec() })).await.is_err() {
                return;
            }
        }
        let mut woken = node.journal.follow();
        if !follow {
            return;
        }
        loop {
            woken.borrow_and_update();
            let now = node.now();
            let text: String =
                source.lines(&node, until, now).iter().flat_map(|line| [&*line.text, "\n"]).collect();
            until = now;
            if !text.is_empty()
                && sender.send(Ok(Data { metadata: None, bytes: text.into_bytes() })).await.is_err()
            {
                return;
            }
            let _ = tokio::time::timeout(LOOK, woken.changed()).await;
        }
    }))
}

enum Source {
    Service(String),
    Container(crate::world::ContainerOnNode),
}

impl Source {
    fn lines(&self, node: &Node, after: i64, until: i64) -> Vec<Line> {
        match self {
            Self::Service(id) => node.lines(id, after, until),
            Self::Container(it) => it.lines(after, until),
        }
    }
}

/// One message a line, from the beginning or from now on.
pub fn dmesg(node: Arc<Node>, follow: bool, tail: bool) -> Response<Streaming<Data>> {
    written(node, move |node, sender| async move {
        let mut until = if tail { node.now() } else { i64::MIN / 4 };
        let mut woken = node.journal.follow();
        loop {
            woken.borrow_and_update();
            let now = node.now();
            for line in node.lines(KERNEL, until, now) {
                let bytes = format!("{}\n", line.text).into_bytes();
                if sender.send(Ok(Data { metadata: None, bytes })).await.is_err() {
                    return;
                }
            }
            until = now;
            if !follow {
                return;
            }
            let _ = tokio::time::timeout(LOOK, woken.changed()).await;
        }
    })
}
