//! Asking the project now and then: as often as its budget lets us, and never while others need what is left.

use super::account::Account;
use super::budget::{For, List};
use super::call::{CallFailure, Left, actions, list};
use super::decode;
use crate::Heard;
use crate::backoff::Backoff;
use domain::{
    Change, CloudAction, CloudProject, Feed, Link, LoadBalancer, Moment, Network, Observation, Server,
    ServerId, Source,
};
use futures::StreamExt;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// While too little is left, and nothing says when it is more.
const SILENCE: Duration = Duration::from_secs(600);

pub(super) type Tell = mpsc::Sender<Observation>;
pub(super) type Gone = mpsc::error::SendError<Observation>;

pub(super) fn watch(account: Option<Arc<Account>>) -> Heard {
    let Some(account) = account else {
        let why = "set HCLOUD_TOKEN to a read-only token, or choose a context of the hcloud CLI".into();
        let link = Observation::Link(Feed::of(Source::Hcloud, ""), Link::NotConfigured { why });
        return futures::stream::iter([link]).chain(futures::stream::pending()).boxed();
    };
    heard(async move |tell| follow(&account, &tell).await)
}

/// What is told by somebody who follows something. Both run on whoever holds the stream; dropping it drops the asking
/// too.
pub(super) fn heard<F>(follow: impl FnOnce(Tell) -> F) -> Heard
where
    F: Future<Output = Result<(), Gone>> + Send + 'static,
{
    let (tell, heard) = mpsc::channel(16);
    let follow = follow(tell);
    let follow = async move {
        // The receiver gone is the only way out.
        let _ = follow.await;
        futures::future::pending::<Observation>().await
    };
    let heard = tokio_stream::wrappers::ReceiverStream::new(heard);
    futures::stream::select(heard, futures::stream::once(follow)).boxed()
}

/// One list as it was read last.
#[derive(Default)]
struct Kept {
    items: Vec<Value>,
    due: Option<Instant>,
    unread: u32,
}

impl Kept {
    fn is_due(&self) -> bool {
        self.due.is_none_or(|at| at <= Instant::now())
    }

    /// Read it anew; answers what could be read of it.
    async fn read<T>(
        &mut self,
        account: &Account,
        (collection, of): (&str, List),
        decode: fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, CallFailure> {
        let listed = list(account, collection, For::Rhythm).await?;
        self.due = Some(Instant::now() + account.budget().between(of, listed.pages));
        self.items = listed.items;
        let read: Vec<T> = self.items.iter().filter_map(decode).collect();
        self.unread = (self.items.len() - read.len()) as u32;
        Ok(read)
    }
}

/// What was read last.
#[derive(Default)]
struct Memory {
    servers: Kept,
    balancers: Kept,
    networks: Kept,
    /// The servers that were there.
    there: Option<BTreeSet<ServerId>>,
}

async fn follow(account: &Account, tell: &Tell) -> Result<(), Gone> {
    let feed = Feed::of(Source::Hcloud, "");
    tell.send(Observation::Link(feed.clone(), Link::Connecting)).await?;
    let mut memory = Memory::default();
    let mut heard_well = now();
    let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(300), 11);
    loop {
        let looked = look(account, &mut memory, tell).await?;
        let wait = match &looked {
            Ok(()) => {
                heard_well = now();
                backoff.reset();
                tell.send(Observation::Link(feed.clone(), Link::Live)).await?;
                let due = memory.servers.due.map(|it| it.saturating_duration_since(Instant::now()));
                due.unwrap_or(SILENCE)
            }
            Err(failure) => {
                tell.send(Observation::Link(feed.clone(), link(failure, heard_well))).await?;
                after(failure, &mut backoff)
            }
        };
        let wait = match silent(account, looked.as_ref().err()) {
            Some((why, silence)) => {
                let link = Link::Degraded { since: heard_well, why };
                tell.send(Observation::Link(feed.clone(), link)).await?;
                silence.max(wait)
            }
            None => wait,
        };
        tokio::time::sleep(wait).await;
    }
}

/// How long to wait after a failure.
pub(super) fn after(failure: &CallFailure, backoff: &mut Backoff) -> Duration {
    match failure {
        CallFailure::Unauthorized => backoff.wait().max(SILENCE),
        _ => backoff.wait(),
    }
}

/// Why nothing may be asked for a while, and for how long.
pub(super) fn silent(account: &Account, failure: Option<&CallFailure>) -> Option<(String, Duration)> {
    let left = account.left().filter(|left| !left.enough() || failure == Some(&CallFailure::Limited))?;
    let why = format!("{} of {} calls are left in this hour; we are silent", left.remaining, left.limit);
    Some((why, refilled(left)))
}

/// When a fifth of the limit is there again: it refills evenly until `reset`.
fn refilled(left: Left) -> Duration {
    let until = left.reset - now().seconds();
    match u64::try_from(until) {
        Ok(seconds) if (1..=7_200).contains(&seconds) => Duration::from_secs(seconds.div_ceil(4)),
        _ => SILENCE,
    }
}

pub(super) fn link(failure: &CallFailure, since: Moment) -> Link {
    match failure {
        CallFailure::Unauthorized | CallFailure::Forbidden(_) => Link::Forbidden { why: failure.to_string() },
        _ => Link::Degraded { since, why: failure.to_string() },
    }
}

/// Look once. The outer error is that nobody listens any more.
async fn look(account: &Account, memory: &mut Memory, tell: &Tell) -> Result<Result<(), CallFailure>, Gone> {
    match memory.servers.read(account, ("servers", List::Servers), decode::server).await {
        Ok(servers) => servers_told(account, memory, servers, tell).await?,
        Err(failure) => return Ok(Err(failure)),
    }
    if memory.balancers.is_due() {
        let of = ("load_balancers", List::LoadBalancers);
        let read: Result<Vec<LoadBalancer>, _> =
            memory.balancers.read(account, of, decode::load_balancer).await;
        match read {
            Ok(all) => tell.send(Observation::LoadBalancers(Change::Snapshot(all))).await?,
            Err(failure) => return Ok(Err(failure)),
        }
    }
    if memory.networks.is_due() {
        let of = ("networks", List::Networks);
        let read: Result<Vec<Network>, _> = memory.networks.read(account, of, decode::network).await;
        match read {
            Ok(all) => tell.send(Observation::Networks(Change::Snapshot(all))).await?,
            Err(failure) => return Ok(Err(failure)),
        }
    }
    let all = || memory.servers.items.iter().chain(&memory.balancers.items);
    let costs: Option<Vec<u64>> = all().map(decode::hourly).collect();
    let project = CloudProject {
        cost_per_hour: costs.filter(|it| !it.is_empty()).map(|it| it.iter().sum()),
        currency: "EUR".into(),
        calls_left: account.left().map(|it| (it.remaining, it.limit)),
        unread: memory.servers.unread + memory.balancers.unread + memory.networks.unread,
    };
    tell.send(Observation::CloudProject(project)).await?;
    Ok(Ok(()))
}

/// Tell of the servers, and where one has come or gone, what was done.
async fn servers_told(
    account: &Account,
    memory: &mut Memory,
    servers: Vec<Server>,
    tell: &Tell,
) -> Result<(), Gone> {
    let there: BTreeSet<ServerId> = servers.iter().map(|it| it.id).collect();
    let before = memory.there.replace(there.clone());
    tell.send(Observation::Servers(Change::Snapshot(servers))).await?;
    if before.is_some_and(|it| it != there)
        && let Ok(all) = actions(account, "servers", For::Close).await
    {
        let all: Vec<CloudAction> = all.iter().filter_map(decode::action).collect();
        tell.send(Observation::CloudActions(Change::Part(all))).await?;
    }
    Ok(())
}

pub(super) fn now() -> Moment {
    Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64))
}
