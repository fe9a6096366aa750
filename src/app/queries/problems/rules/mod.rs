//! The rules, in one table: what each looks for, how long it holds back, and what finds it.

mod clone;
mod cloud;
mod delivery;
mod drift;
mod etcd;
mod feeds;
mod nodes;
mod rollout;
mod rolls;

use super::Problem;
use crate::Model;
use domain::{Link, Moment, Source};
use std::time::Duration;

/// One thing to look for.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    /// What it looks for, for docs and for people who ask.
    pub about: &'static str,
    /// It must have stood so long before it is a problem; passing states are none.
    pub hold: Duration,
    pub find: fn(&Model, &Rule) -> Vec<Problem>,
}

const fn rule(
    name: &'static str,
    hold_seconds: u64,
    find: fn(&Model, &Rule) -> Vec<Problem>,
    about: &'static str,
) -> Rule {
    Rule { name, about, hold: Duration::from_secs(hold_seconds), find }
}

/// Every rule. A new one is a line here, a function, and a test beside it.
pub const RULES: &[Rule] = &[
    rule(
        "etcd-member-lost",
        0,
        etcd::member_lost,
        "etcd voters that do not answer, and what is left of the quorum",
    ),
    rule("etcd-alarm", 0, etcd::alarms, "alarms that etcd members raise"),
    rule(
        "git-behind",
        // Where no webhook tells it, Argo CD looks every two to three minutes by itself.
        300,
        cloud::git_behind,
        "Argo CD compares with a commit that is not the tip of its branch",
    ),
    rule("clone-behind", 0, clone::behind, "others have pushed what the clone here does not have"),
    rule("cloud-refuses", 0, cloud::refused, "servers that the cloud provider does not make"),
    rule("source-lost", 5, feeds::lost, "a source that spoke before, or should speak, does not answer"),
    rule(
        "node-not-ready",
        10,
        nodes::not_ready,
        "a node that Kubernetes calls not ready, with what Talos says of it",
    ),
    rule("talos-silent", 15, nodes::talos_silent, "a node whose Talos API is silent while others answer"),
    rule("sync-failed", 0, delivery::sync_failed, "an application whose last sync failed"),
    rule("degraded", 30, delivery::degraded, "an application that calls itself degraded or missing"),
    rule("out-of-sync", 120, delivery::out_of_sync, "an application that stays behind Git"),
    rule(
        "standing-still",
        20,
        rollout::standing_still,
        "a rollout, a machine or a check that does not go on, with the known cause",
    ),
    rule(
        "broken-chain",
        60,
        rollout::broken_chain,
        "a machine, node, member or server without its counterpart",
    ),
    rule(
        "roll-stands",
        0,
        rolls::stands,
        "a roll through Talos that stopped at a gate, or that a killed cockpit left",
    ),
    rule(
        "config-pending",
        0,
        rolls::pending,
        "a config that is tried or staged on a node, and not by a roll of ours",
    ),
    rule("changed-past-git", 30, drift::past_git, "what was changed past Git, and nothing heals by itself"),
    rule("source-forbidden", 0, feeds::forbidden, "a source refuses to tell a part of what it knows"),
];

impl Rule {
    /// Whether something that began at `since` has stood long enough. What nobody dated has.
    fn holds(&self, now: Moment, since: Option<Moment>) -> bool {
        since.is_none_or(|since| now.since(since) >= self.hold)
    }
}

/// When a source was last heard at all.
fn heard(model: &Model, source: Source) -> Option<Moment> {
    let live = model.world.feeds_of(source).any(|(_, state)| state.link == Link::Live);
    // A live feed that says nothing says that nothing changed.
    if live {
        Some(model.now)
    } else {
        model.world.feeds_of(source).filter_map(|(_, state)| state.heard).max()
    }
}
