//! What the firewalls let through: seldom, and often while somebody looks.

use super::account::{Account, held};
use super::budget::{For, List};
use super::call::{CallFailure, actions, list};
use super::decode;
use super::watch::{Gone, Tell, after, heard, link, now, silent};
use crate::Heard;
use crate::backoff::Backoff;
use domain::{Change, CloudAction, Feed, Firewall, FirewallRule, Link, Observation, Source};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is known, whoever listens: opening and closing a page asks for nothing twice.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// When the rhythm has the next look; none before the first.
    due: Option<Instant>,
    /// Number and rules of each firewall.
    rules: Option<Vec<(u64, Vec<FirewallRule>)>>,
}

pub(super) fn watch(account: Option<Arc<Account>>, closely: bool) -> Heard {
    match account {
        Some(account) => heard(async move |tell| follow(&account, &tell, closely).await),
        // Whoever watches the servers says why.
        None => Box::pin(futures::stream::pending()),
    }
}

async fn follow(account: &Account, tell: &Tell, closely: bool) -> Result<(), Gone> {
    let feed = Feed::of(Source::Hcloud, "firewalls");
    let (mut heard_well, mut looks, mut rest) = (now(), 0, Duration::ZERO);
    let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(300), 13);
    loop {
        let due = held(&account.firewalls).due;
        let until = due.map_or(Duration::ZERO, |it| it.saturating_duration_since(Instant::now()));
        let wait = match closely {
            true if looks == 0 => Duration::ZERO,
            true => account.budget().closely(looks - 1).min(until),
            false => until,
        };
        tokio::time::sleep(wait.max(rest)).await;
        rest = Duration::ZERO;
        let due = held(&account.firewalls).due.is_none_or(|it| it <= Instant::now());
        let looked = look(account, if due { For::Rhythm } else { For::Close }, tell).await?;
        looks = looks.saturating_add(1);
        match &looked {
            Ok(()) => {
                heard_well = now();
                backoff.reset();
                tell.send(Observation::Link(feed.clone(), Link::Live)).await?;
            }
            // The rhythm goes on.
            Err(CallFailure::Spent(wait)) => rest = (*wait).min(until),
            Err(failure) => {
                tell.send(Observation::Link(feed.clone(), link(failure, heard_well))).await?;
                rest = after(failure, &mut backoff);
            }
        }
        if let Some((why, silence)) = silent(account, looked.as_ref().err()) {
            let link = Link::Degraded { since: heard_well, why };
            tell.send(Observation::Link(feed.clone(), link)).await?;
            rest = rest.max(silence);
        }
    }
}

/// Look once. The outer error is that nobody listens any more.
async fn look(account: &Account, what: For, tell: &Tell) -> Result<Result<(), CallFailure>, Gone> {
    let listed = match list(account, "firewalls", what).await {
        Ok(listed) => listed,
        Err(failure) => return Ok(Err(failure)),
    };
    let all: Vec<Firewall> = listed.items.iter().filter_map(decode::firewall).collect();
    let rules: Vec<_> = all.iter().map(|it| (it.number, it.rules.clone())).collect();
    let due = Instant::now() + account.budget().between(List::Firewalls, listed.pages);
    let before = {
        let mut known = held(&account.firewalls);
        known.due = Some(due);
        known.rules.replace(rules.clone())
    };
    tell.send(Observation::Firewalls(Change::Snapshot(all))).await?;
    if before.is_some_and(|it| it == rules) {
        return Ok(Ok(()));
    }
    // Who did it is not told by anybody; what was done and when is.
    match actions(account, "firewalls", For::Close).await {
        Ok(all) => {
            let all: Vec<CloudAction> = all.iter().filter_map(decode::action).collect();
            tell.send(Observation::CloudActions(Change::Part(all))).await?;
            Ok(Ok(()))
        }
        Err(CallFailure::Spent(_)) => Ok(Ok(())),
        Err(failure) => Ok(Err(failure)),
    }
}
