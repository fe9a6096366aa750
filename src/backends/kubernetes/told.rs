//! What a watch tells, and a stream made of a task that lives and dies with it.

use domain::{Change, Entity, Link};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use std::future::Future;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// One thing that a watch of `T` tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<T: Entity> {
    Link(Link),
    Change(Change<T>),
}

/// The mouth of a teller. Waits while the listener is behind.
pub type Tell<T> = mpsc::Sender<T>;

/// A stream of what `teller` tells. It is polled with the stream and dropped with it: nothing is left running.
pub fn telling<T, F>(teller: impl FnOnce(Tell<T>) -> F) -> BoxStream<'static, T>
where
    T: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (tell, heard) = mpsc::channel(16);
    let run = stream::once(teller(tell)).filter_map(|()| async { None });
    stream::select(ReceiverStream::new(heard), run).boxed()
}
