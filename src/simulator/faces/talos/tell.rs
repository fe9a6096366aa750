//! The event stream: an empty hello, what is kept as far as asked for, and then everything as it happens.

use super::stream::{Streaming, written};
use crate::world::Node;
use std::sync::Arc;
use tonic::{Response, Status};
use wire::machine::{Event, EventsRequest};

pub fn events(node: Arc<Node>, asked: EventsRequest) -> Result<Response<Streaming<Event>>, Status> {
    let tails = [asked.tail_events != 0, !asked.tail_id.is_empty(), asked.tail_seconds != 0];
    if tails.into_iter().filter(|it| *it).count() > 1 {
        return Err(Status::invalid_argument(
            "only one of tail_events, tail_id or tail_seconds can be specified",
        ));
    }
    let kept = node.events.kept();
    let end = node.events.end();
    let from = if !asked.tail_id.is_empty() {
        kept.iter().find(|it| it.id > asked.tail_id).map_or(end, |it| it.position)
    } else if asked.tail_seconds != 0 {
        let since = node.now() - i64::from(asked.tail_seconds) * 1_000;
        kept.iter().find(|it| it.at >= since).map_or(end, |it| it.position)
    } else if asked.tail_events < 0 {
        kept.first().map_or(end, |it| it.position)
    } else {
        let wanted = usize::try_from(asked.tail_events).unwrap_or_default();
        kept.len()
            .checked_sub(wanted)
            .map_or(kept.first(), |index| kept.get(index))
            .map_or(end, |it| it.position)
    };
    Ok(written(node, move |node, sender| async move {
        if sender.send(Ok(Event::default())).await.is_err() {
            return;
        }
        let mut woken = node.events.follow();
        let mut next = from;
        loop {
            woken.borrow_and_update();
            // Too slow: the stream ends without a word, as Talos ends it.
            let Some(new) = node.events.since(next) else { return };
            for it in new {
                next = it.position + 1;
                if !asked.with_actor_id.is_empty() && it.event.actor_id != asked.with_actor_id {
                    continue;
                }
                if sender.send(Ok(it.event)).await.is_err() {
                    return;
                }
            }
            if woken.changed().await.is_err() {
                return;
            }
        }
    }))
}
