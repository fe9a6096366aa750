//! Streams that end when the machine they come from goes down.

use crate::world::{Node, Wire};
use futures::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

pub type Streaming<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// How long a forwarded stream of a dark machine hangs before the forwarder gives it up.
const HANGS: Duration = Duration::from_secs(15);

/// The machine that a call is for.
pub fn target<T>(request: &Request<T>) -> Result<Arc<Node>, Status> {
    request.extensions().get::<Arc<Node>>().cloned().ok_or_else(|| Status::internal("no target"))
}

/// Everything at once, then the end.
pub fn all<T: Send + 'static>(items: Vec<T>) -> Response<Streaming<T>> {
    Response::new(futures::stream::iter(items.into_iter().map(Ok)).boxed())
}

/// A stream written by a task, which ends when nobody listens any more or the machine goes down.
pub fn written<T, F, W>(node: Arc<Node>, write: W) -> Response<Streaming<T>>
where
    T: Send + 'static,
    W: FnOnce(Arc<Node>, mpsc::Sender<Result<T, Status>>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(64);
    let writing = write(node.clone(), sender.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = writing => {}
            () = sender.closed() => {}
            () = down(&node) => {
                let _ = sender.send(Err(Status::unavailable("error reading from server: EOF"))).await;
            }
        }
    });
    Response::new(ReceiverStream::new(receiver).boxed())
}

async fn down(node: &Node) {
    let mut wire = node.wire.subscribe();
    let left = wire.wait_for(|it| *it != Wire::Answering).await.map(|it| *it);
    if matches!(left, Ok(Wire::Silent)) {
        tokio::select! {
            () = node.clock.sleep(HANGS) => {}
            _ = wire.changed() => {}
        }
    }
}
