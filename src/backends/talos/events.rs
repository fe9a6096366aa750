//! The events of a node, followed through reboots and broken streams.

use super::roads::{Client, Roads};
use crate::backoff::Backoff;
use futures::Stream;
use std::sync::Arc;
use std::time::Duration;
use tonic::Streaming;
use wire::machine as pb;

/// How many of the past are asked for at first.
const PAST: i32 = 100;

/// Every event once, as far as the node still knows where we were. Never ends.
pub(super) fn follow(roads: Arc<Roads>, at: String) -> impl Stream<Item = pb::Event> + Send + 'static {
    let following = Following {
        roads,
        at,
        open: None,
        last: String::new(),
        backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(30), 11),
    };
    futures::stream::unfold(following, |mut it| async move {
        let event = it.next().await;
        Some((event, it))
    })
}

struct Following {
    roads: Arc<Roads>,
    at: String,
    open: Option<Streaming<pb::Event>>,
    /// The id of the last event that was heard.
    last: String,
    backoff: Backoff,
}

impl Following {
    async fn next(&mut self) -> pb::Event {
        loop {
            let Some(stream) = &mut self.open else {
                match self.open().await {
                    Ok(stream) => self.open = Some(stream),
                    Err(_) => tokio::time::sleep(self.backoff.wait()).await,
                }
                continue;
            };
            match stream.message().await {
                // The hello: the stream stands.
                Ok(Some(event)) if event.data.is_none() => self.backoff.reset(),
                Ok(Some(event)) => {
                    self.last = event.id.clone();
                    return event;
                }
                // An overrun ends the stream without an error, too.
                Ok(None) | Err(_) => {
                    self.open = None;
                    tokio::time::sleep(self.backoff.wait()).await;
                }
            }
        }
    }

    async fn open(&self) -> Result<Streaming<pb::Event>, super::trouble::Trouble> {
        let request = match self.last.as_str() {
            "" => pb::EventsRequest { tail_events: PAST, ..Default::default() },
            last => pb::EventsRequest { tail_id: last.to_owned(), ..Default::default() },
        };
        let call = |client: Client| {
            let request = request.clone();
            async move { client.machine().events(request).await }
        };
        self.roads.ask(&self.at, call).await
    }
}
