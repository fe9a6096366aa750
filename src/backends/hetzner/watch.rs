//! Asking the project now and then: at most sixty calls an hour, none while others need what is left.

use super::account::Account;
use super::call::{CallFailure, Left, list};
use super::decode;
use crate::Heard;
use crate::backoff::Backoff;
use domain::{Change, CloudProject, Feed, Link, LoadBalancer, Moment, Observation, Server, Source};
use futures::StreamExt;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// Between two looks at the servers: 48 an hour.
const SERVERS: Duration = Duration::from_secs(75);
/// Between two looks at the load balancers: 8 an hour.
const BALANCERS: Duration = Duration::from_secs(450);
/// While too little is left, and nothing says when it is more.
const SILENCE: Duration = Duration::from_secs(600);

type Tell = mpsc::Sender<Observation>;
type Gone = mpsc::error::SendError<Observation>;

pub(super) fn watch(account: Option<Arc<Account>>) -> Heard {
    let Some(account) = account else {
        let why = "set HCLOUD_TOKEN to a read-only token, or choose a context of the hcloud CLI".into();
        let link = Observation::Link(Feed::of(Source::Hcloud, ""), Link::NotConfigured { why });
        return futures::stream::iter([link]).chain(futures::stream::pending()).boxed();
    };
    let (tell, heard) = mpsc::channel(16);
    let follow = async move {
        // The receiver gone is the only way out.
        let _ = follow(&account, &tell).await;
        futures::future::pending::<Observation>().await
    };
    let heard = tokio_stream::wrappers::ReceiverStream::new(heard);
    // Both run on whoever holds the stream; dropping it drops the asking too.
    futures::stream::select(heard, futures::stream::once(follow)).boxed()
}

/// What was read last.
#[derive(Default)]
struct Memory {
    servers: Vec<Value>,
    balancers: Vec<Value>,
    balancers_at: Option<Instant>,
    unread: [u32; 2],
}

async fn follow(account: &Account, tell: &Tell) -> Result<(), Gone> {
    let feed = Feed::of(Source::Hcloud, "");
    tell.send(Observation::Link(feed.clone(), Link::Connecting)).await?;
    let mut memory = Memory::default();
    let mut left: Option<Left> = None;
    let mut heard_well = now();
    let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(300), 11);
    loop {
        let looked = look(account, &mut memory, &mut left, tell).await?;
        let wait = match &looked {
            Ok(()) => {
                heard_well = now();
                backoff.reset();
                tell.send(Observation::Link(feed.clone(), Link::Live)).await?;
                SERVERS
            }
            Err(failure) => {
                tell.send(Observation::Link(feed.clone(), link(failure, heard_well))).await?;
                backoff.wait().max(if *failure == CallFailure::Unauthorized {
                    SILENCE
                } else {
                    Duration::ZERO
                })
            }
        };
        let wait = match left.filter(|left| !left.enough() || looked == Err(CallFailure::Limited)) {
            Some(left) => {
                let why = format!(
                    "{} of {} calls are left in this hour; we are silent",
                    left.remaining, left.limit
                );
                let link = Link::Degraded { since: heard_well, why };
                tell.send(Observation::Link(feed.clone(), link)).await?;
                refilled(left).max(wait)
            }
            None => wait,
        };
        tokio::time::sleep(wait).await;
    }
}

/// When a fifth of the limit is there again: it refills evenly until `reset`.
fn refilled(left: Left) -> Duration {
    let until = left.reset - now().seconds();
    match u64::try_from(until) {
        Ok(seconds) if (1..=7_200).contains(&seconds) => Duration::from_secs(seconds.div_ceil(4)),
        _ => SILENCE,
    }
}

fn link(failure: &CallFailure, since: Moment) -> Link {
    match failure {
        CallFailure::Unauthorized | CallFailure::Forbidden(_) => Link::Forbidden { why: failure.to_string() },
        _ => Link::Degraded { since, why: failure.to_string() },
    }
}

/// Look once. The outer error is that nobody listens any more.
async fn look(
    account: &Account,
    memory: &mut Memory,
    left: &mut Option<Left>,
    tell: &Tell,
) -> Result<Result<(), CallFailure>, Gone> {
    let listed = match list(account, "servers", left).await {
        Ok(listed) => listed,
        Err(failure) => return Ok(Err(failure)),
    };
    memory.servers = listed.items;
    let servers: Vec<Server> = memory.servers.iter().filter_map(decode::server).collect();
    memory.unread[0] = (memory.servers.len() - servers.len()) as u32;
    tell.send(Observation::Servers(Change::Snapshot(servers))).await?;
    if memory.balancers_at.is_none_or(|at| at.elapsed() >= BALANCERS) {
        let listed = match list(account, "load_balancers", left).await {
            Ok(listed) => listed,
            Err(failure) => return Ok(Err(failure)),
        };
        memory.balancers_at = Some(Instant::now());
        memory.balancers = listed.items;
        let balancers: Vec<LoadBalancer> =
            memory.balancers.iter().filter_map(decode::load_balancer).collect();
        memory.unread[1] = (memory.balancers.len() - balancers.len()) as u32;
        tell.send(Observation::LoadBalancers(Change::Snapshot(balancers))).await?;
    }
    let all = || memory.servers.iter().chain(&memory.balancers);
    let costs: Option<Vec<u64>> = all().map(decode::hourly).collect();
    let project = CloudProject {
        cost_per_hour: costs.filter(|it| !it.is_empty()).map(|it| it.iter().sum()),
        currency: "EUR".into(),
        calls_left: left.map(|it| (it.remaining, it.limit)),
        unread: memory.unread.iter().sum(),
    };
    tell.send(Observation::CloudProject(project)).await?;
    Ok(Ok(()))
}

fn now() -> Moment {
    Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64))
}
