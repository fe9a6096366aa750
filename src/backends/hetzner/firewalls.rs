//! What the firewalls let through: seldom, and often while somebody looks.

use super::account::{Account, held};
use super::budget::{Budget, For, List};
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
    /// When it was looked last, for whatever reason.
    looked: Option<Instant>,
    /// Number and rules of each firewall.
    rules: Option<Vec<(u64, Vec<FirewallRule>)>>,
    /// They have changed, and what was done was not told yet.
    unasked: bool,
}

impl Known {
    /// How long until somebody looks for the `looks`th time.
    fn wait(&self, budget: &Budget, closely: bool, looks: u32, now: Instant) -> Duration {
        let until = self.due.map_or(Duration::ZERO, |it| it.saturating_duration_since(now));
        if !closely {
            return until;
        }
        let wait = match (looks, self.looked) {
            // Whoever comes back to a page at once was told already.
            (0, Some(looked)) => budget.closely(0).saturating_sub(now.saturating_duration_since(looked)),
            (0, None) => Duration::ZERO,
            _ => budget.closely(looks - 1),
        };
        wait.min(until)
    }
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
        let wait = held(&account.firewalls).wait(&account.budget(), closely, looks, Instant::now());
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
            Err(CallFailure::Spent(wait)) => {
                let until = held(&account.firewalls).wait(&account.budget(), false, looks, Instant::now());
                rest = (*wait).min(until);
            }
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
    let unasked = {
        let mut known = held(&account.firewalls);
        (known.due, known.looked) = (Some(due), Some(Instant::now()));
        let changed = known.rules.as_ref() != Some(&rules);
        known.unasked |= changed;
        known.rules = Some(rules);
        known.unasked
    };
    tell.send(Observation::Firewalls(Change::Snapshot(all))).await?;
    if !unasked {
        return Ok(Ok(()));
    }
    // Who did it is not told by anybody; what was done and when is.
    match actions(account, "firewalls", For::Close).await {
        Ok(all) => {
            let all: Vec<CloudAction> = all.iter().filter_map(decode::action).collect();
            tell.send(Observation::CloudActions(Change::Part(all))).await?;
            held(&account.firewalls).unasked = false;
            Ok(Ok(()))
        }
        // It is asked with the next look.
        Err(CallFailure::Spent(_)) => Ok(Ok(())),
        Err(failure) => Ok(Err(failure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_to_a_page_at_once_asks_for_nothing_twice() {
        let (budget, start) = (Budget::new(None), Instant::now());
        let seconds = Duration::from_secs;
        let mut known = Known::default();
        assert_eq!(known.wait(&budget, true, 0, start), Duration::ZERO);
        assert_eq!(known.wait(&budget, false, 0, start), Duration::ZERO, "nothing is known yet");
        (known.looked, known.due) = (Some(start), Some(start + seconds(360)));
        assert_eq!(known.wait(&budget, true, 0, start + seconds(5)), seconds(10));
        assert_eq!(known.wait(&budget, true, 0, start + seconds(60)), Duration::ZERO);
        assert_eq!(known.wait(&budget, true, 2, start + seconds(60)), seconds(30));
        assert_eq!(known.wait(&budget, true, 9, start + seconds(350)), seconds(10), "the rhythm goes on");
        assert_eq!(known.wait(&budget, false, 0, start + seconds(60)), seconds(300));
    }
}
