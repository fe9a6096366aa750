//! A fact was heard. The only writer of the world.

use super::{firewalls, news};
use crate::World;
use crate::model::{FeedState, History};
use domain::{Finding, Moment, Observation};
use std::mem::discriminant;

pub(super) fn observed(world: &mut World, now: Moment, observation: Observation) {
    for item in news::told(world, now, &observation) {
        world.hear(item);
    }
    world.uncompared |= compares(world, &observation);
    match observation {
        Observation::Link(feed, link) => {
            let before = world.feeds.get(&feed);
            // Silence that is told in other words is the same silence.
            let same = |it: &&FeedState| discriminant(&it.link) == discriminant(&link);
            let since = before.filter(same).map_or(now, |it| it.since);
            let heard = if link == domain::Link::Live { Some(now) } else { before.and_then(|it| it.heard) };
            world.feeds.insert(feed, FeedState { link, since, heard });
        }
        Observation::Unlinked(feed) => {
            world.feeds.remove(&feed);
        }
        Observation::Access(source, says) => {
            world.access.insert(source, says);
        }
        Observation::News(news) => world.hear(news),
        Observation::Nodes(change) => world.nodes.absorb(change),
        Observation::Capi(change) => {
            world.lists.follow(now, &change);
            world.capi.absorb(change);
            world.unfollowed = true;
        }
        Observation::Delivery(change) => world.delivery.absorb(change),
        Observation::KubeNodes(change) => world.kube_nodes.absorb(change),
        Observation::Budgets(change) => world.budgets.absorb(change),
        Observation::Uses(change) => world.uses.absorb(change),
        Observation::Sheet(of, sheet) => {
            world.sheets.insert(of, sheet);
        }
        Observation::NodeLogs(of, change) => world.node_logs.entry(of).or_default().absorb(change),
        Observation::Repository(state) => world.repository = Some(*state),
        Observation::Review(commit, review) => {
            world.reviews.insert(commit, review);
        }
        Observation::Pushing(words) => world.pushing = words,
        Observation::Log(log) => world.log = log,
        Observation::SourceMap(map) => {
            // What was compared with another commit says nothing of this one.
            if world.sources.as_ref().is_none_or(|it| it.commit != map.commit) {
                (world.configs_heard, world.objects_heard) = (false, false);
            }
            world.sources = Some(map);
        }
        Observation::Configs(change) => {
            world.configs_heard |= matches!(change, domain::Change::Snapshot(_));
            world.configs.absorb(change);
        }
        Observation::Objects(change) => {
            world.objects_heard |= matches!(change, domain::Change::Snapshot(_));
            world.declared.absorb(change);
        }
        Observation::Servers(change) => world.servers.absorb(change),
        Observation::LoadBalancers(change) => {
            world.lists.balancers.read(now);
            world.load_balancers.absorb(change);
        }
        Observation::Firewalls(change) => firewalls::heard(world, change),
        Observation::Networks(change) => {
            world.lists.networks.read(now);
            world.networks.absorb(change);
        }
        Observation::CloudActions(change) => firewalls::told(world, change),
        Observation::CloudProject(project) => world.cloud_project = Some(project),
        Observation::Etcd(change) => {
            world.etcd.absorb(change);
            world.uncounted = true;
        }
        Observation::Kinds(change) => world.kinds.absorb(change),
        Observation::Count(kind, count) => {
            world.counts.insert(kind, count);
        }
        Observation::Rows(of, change) => world.rows.entry(of).or_default().absorb(change),
        Observation::Object(object, text) => {
            world.objects.insert(object, text);
        }
        Observation::PodLogs(of, change) => world.pod_logs.entry(of).or_default().absorb(change),
    }
}

/// A list of the provider that was asked for between two readings.
pub(super) fn listed(world: &mut World, now: Moment, finding: Finding) {
    match finding {
        Finding::LoadBalancers(all) => {
            world.lists.balancers.answered(now);
            world.load_balancers.absorb(domain::Change::Snapshot(all));
        }
        Finding::Networks(all) => {
            world.lists.networks.answered(now);
            world.networks.absorb(domain::Change::Snapshot(all));
        }
        _ => return,
    }
    world.uncompared = true;
}

/// Whether drift may come out otherwise for it.
fn compares(world: &World, observation: &Observation) -> bool {
    // Who is not heard has sides that are not known.
    if let Observation::Link(feed, link) = observation {
        return world.feeds.get(feed).is_none_or(|it| it.link != *link);
    }
    // Nor is what a remote has that could not be asked.
    if let Observation::Repository(state) = observation {
        return world.repository.as_ref().map(|it| &it.fetch_failed) != Some(&state.fetch_failed);
    }
    matches!(
        observation,
        Observation::Nodes(_)
            | Observation::Capi(_)
            | Observation::Delivery(_)
            | Observation::KubeNodes(_)
            | Observation::Log(_)
            | Observation::SourceMap(_)
            | Observation::Configs(_)
            | Observation::Objects(_)
            | Observation::Servers(_)
            | Observation::LoadBalancers(_)
            | Observation::Firewalls(_)
            | Observation::Networks(_)
            | Observation::CloudActions(_)
    )
}

/// Time went on: write down what has happened to machines since the last time.
pub(super) fn ticked(world: &mut World, now: Moment) {
    if world.unfollowed {
        world.unfollowed = false;
        History::follow(world, now);
    }
    if world.uncounted {
        world.uncounted = false;
        let members = domain::Etcd::of(world.etcd.iter()).members.len();
        world.history.count_members(now, u32::try_from(members).unwrap_or(u32::MAX));
    }
}
