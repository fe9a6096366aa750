//! The whole fleet: who is in it, by what everybody says, and one listener for each.

use super::cosi::{self, Told, Via};
use super::decode::members::{self, Member};
use super::roads::{Endpoint, PATIENCE, Roads};
use super::talosconfig::Authority;
use super::{Talos, glance, node};
use crate::backoff::Backoff;
use domain::{Change, Feed, Link, NodeName, Observation, Source};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;
use tokio::task::AbortHandle;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How often an endpoint is asked whether it lives.
const PULSE: Duration = Duration::from_secs(10);

/// A fleet of more nodes than this is not listened to in full: a dozen streams for each would be too many.
const LARGE: usize = 60;
/// How many nodes of a large fleet are asked at a time.
const TURNS: usize = 24;

/// What an endpoint's listener says.
#[derive(Debug)]
enum Said {
    Members(Vec<Member>),
    Silent,
}

/// Listen to the fleet until dropped. The talosconfig is read again when it changes.
pub(super) async fn listen(talos: Arc<Talos>, heard: Sender<Observation>) {
    let whole = Feed::of(Source::Talos, "");
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(15), 3);
    loop {
        let roads = match talos.roads() {
            Ok(roads) => roads,
            Err(link) => {
                // Only where nothing is configured is there anything to borrow.
                let link = match link {
                    Link::NotConfigured { .. } => match talos.borrow().await {
                        Ok(()) if talos.roads().is_ok() => continue,
                        Ok(()) => link,
                        Err(link) => link,
                    },
                    link => link,
                };
                let _ = heard.send(Observation::Link(whole.clone(), link)).await;
                // Who tells of a cluster or a control plane may change that.
                let _ = tokio::time::timeout(backoff.wait(), talos.learned.notified()).await;
                continue;
            }
        };
        backoff.reset();
        let _ = heard.send(Observation::Unlinked(whole.clone())).await;
        Fleet::new(talos.clone(), roads, heard.clone()).run().await;
    }
}

struct Fleet {
    talos: Arc<Talos>,
    roads: Arc<Roads>,
    heard: Sender<Observation>,
    /// What each endpoint told last; none where it was silent.
    told: BTreeMap<String, Option<Vec<Member>>>,
    tasks: JoinSet<()>,
    turns: Arc<Semaphore>,
    endpoints: BTreeMap<String, AbortHandle>,
    nodes: BTreeMap<NodeName, (String, AbortOnDropHandle<()>)>,
    /// What was said of the access last.
    access: String,
}

impl Fleet {
    fn new(talos: Arc<Talos>, roads: Arc<Roads>, heard: Sender<Observation>) -> Self {
        Self {
            talos,
            roads,
            heard,
            told: BTreeMap::new(),
            tasks: JoinSet::new(),
            turns: Arc::new(Semaphore::new(TURNS)),
            endpoints: BTreeMap::new(),
            nodes: BTreeMap::new(),
            access: String::new(),
        }
    }

    /// Until the talosconfig is another one.
    async fn run(mut self) {
        let (say, mut said) = tokio::sync::mpsc::channel(64);
        let mut pulse = tokio::time::interval(PULSE);
        loop {
            self.attend_endpoints(&say);
            self.attend_nodes().await;
            self.tell_access().await;
            tokio::select! {
                Some((endpoint, news)) = said.recv() => {
                    let members = match news {
                        Said::Members(members) => Some(members),
                        Said::Silent => None,
                    };
                    self.told.insert(endpoint, members);
                }
                () = self.talos.learned.notified() => {}
                _ = pulse.tick() => {
                    self.talos.renew().await;
                    if !self.talos.roads().is_ok_and(|now| Arc::ptr_eq(&now, &self.roads)) {
                        return;
                    }
                }
            }
        }
    }

    /// Whether an endpoint answered when it was last asked.
    fn answers(&self, at: &Authority) -> bool {
        self.told.get(&at.to_string()).is_some_and(Option::is_some)
    }

    fn attend_endpoints(&mut self, say: &Sender<(String, Said)>) {
        let members: Vec<&Member> = self.told.values().flatten().flatten().collect();
        let planes: Vec<&Member> = members.into_iter().filter(|it| it.control_plane).collect();
        planes.iter().filter_map(|it| it.addresses.first()).for_each(|it| self.roads.learn(it));
        let hearsay = self.talos.heard_of();
        if self.told.values().flatten().next().is_none() {
            // The talosconfig may be older than every machine there is: then others are asked where they are.
            hearsay.iter().for_each(|it| self.roads.learn(it));
        } else {
            let told: BTreeSet<&String> = planes.iter().flat_map(|it| &it.addresses).collect();
            let untried =
                |at: &Authority| !self.told.contains_key(&at.to_string()) && hearsay.contains(&at.host);
            self.roads.forget(|at| told.contains(&at.host) || self.answers(at) || untried(at));
        }
        let wanted: BTreeMap<String, Arc<Endpoint>> =
            self.roads.endpoints().into_iter().map(|it| (it.at.to_string(), it)).collect();
        let gone: Vec<String> =
            self.endpoints.keys().filter(|it| !wanted.contains_key(*it)).cloned().collect();
        for name in gone {
            self.told.remove(&name);
            self.endpoints.remove(&name).iter().for_each(AbortHandle::abort);
        }
        for (name, endpoint) in wanted {
            if !self.endpoints.contains_key(&name) {
                let task = listen_to_endpoint(self.roads.clone(), endpoint, name.clone(), say.clone());
                self.endpoints.insert(name, self.tasks.spawn(task));
            }
        }
    }

    async fn attend_nodes(&mut self) {
        let told: Vec<&Vec<Member>> = self.told.values().flatten().collect();
        let hosts = |all: Vec<&Authority>| all.into_iter().map(|it| it.host.clone()).collect::<Vec<_>>();
        let endpoints = self.roads.endpoints();
        let seeds = Seeds {
            nodes: &self.roads.config.nodes,
            endpoints: &hosts(self.roads.config.endpoints.iter().collect()),
            answering: &hosts(endpoints.iter().map(|it| &it.at).filter(|it| self.answers(it)).collect()),
            names: &self.talos.names(),
        };
        // Where every endpoint is silent now, who was there is there still, as far as we know.
        let wanted = match (told.is_empty(), self.nodes.is_empty()) {
            (true, false) => return,
            _ => roster(&seeds, told.into_iter().flatten()),
        };
        let gone: Vec<NodeName> = self
            .nodes
            .iter()
            .filter(|(name, (at, _))| wanted.get(*name) != Some(at))
            .map(|(it, _)| it.clone())
            .collect();
        for name in gone {
            if let Some((_, task)) = self.nodes.remove(&name) {
                task.abort();
                // It may be saying something on another thread: nothing of it comes after the word that it is gone.
                let _ = task.await;
            }
            if !wanted.contains_key(&name) {
                self.talos.forget(&name);
                let feed = Feed::of(Source::Talos, name.0.clone());
                let _ = self.heard.send(Observation::Nodes(Change::Remove(name.clone()))).await;
                let _ = self.heard.send(Observation::Uses(Change::Remove(name))).await;
                let _ = self.heard.send(Observation::Unlinked(feed)).await;
            }
        }
        let planes: BTreeMap<NodeName, bool> =
            self.told.values().flatten().flatten().map(|it| (it.name.clone(), it.control_plane)).collect();
        let large = wanted.len() > LARGE;
        for (name, at) in wanted {
            if !self.nodes.contains_key(&name) {
                let feed = Feed::of(Source::Talos, name.0.clone());
                let _ = self.heard.send(Observation::Link(feed, Link::Connecting)).await;
                let node = self.talos.meet(&name, &at, planes.get(&name).copied());
                let _ = self.heard.send(Observation::Nodes(Change::Upsert(node))).await;
                let (talos, roads, heard) = (self.talos.clone(), self.roads.clone(), self.heard.clone());
                self.talos.listen_to(&name, !large);
                let task = match large {
                    false => tokio::spawn(node::listen(talos, roads, name.clone(), at.clone(), heard)),
                    true => {
                        let turns = self.turns.clone();
                        tokio::spawn(glance::repeat(talos, roads, name.clone(), at.clone(), heard, turns))
                    }
                };
                self.nodes.insert(name, (at, AbortOnDropHandle::new(task)));
            }
        }
    }

    /// Say, where it has changed, by which credentials and on which way Talos is asked.
    async fn tell_access(&mut self) {
        let (from, config) = (&self.roads.from, &self.roads.config);
        let mut says = format!("{from}, context {}, with the role {}", config.context, config.roles());
        let configured = config.endpoints.iter().any(|it| self.answers(it));
        if !configured && self.roads.endpoints().iter().any(|it| self.answers(&it.at)) {
            says.push_str("; none of its endpoints answers, but control planes at other addresses do");
        }
        if says != self.access {
            self.access.clone_from(&says);
            let _ = self.heard.send(Observation::Access(Source::Talos, says)).await;
        }
    }
}

/// What is known beside the members: what the talosconfig says, and which names addresses turned out to have.
pub(super) struct Seeds<'a> {
    pub nodes: &'a [String],
    pub endpoints: &'a [String],
    /// Endpoints that answer, wherever they were heard of.
    pub answering: &'a [String],
    pub names: &'a BTreeMap<String, NodeName>,
}

/// Who is in the fleet, and the address each is asked at.
pub(super) fn roster<'a>(
    seeds: &Seeds<'_>,
    members: impl Iterator<Item = &'a Member>,
) -> BTreeMap<NodeName, String> {
    let mut roster = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for member in members {
        known.insert(member.name.0.clone());
        known.extend(member.addresses.iter().cloned());
        let configured = |it: &&String| seeds.endpoints.contains(it) || seeds.nodes.contains(it);
        let at = member.addresses.iter().find(configured).or(member.addresses.first());
        if let Some(at) = at {
            roster.entry(member.name.clone()).or_insert_with(|| at.clone());
        }
    }
    // An endpoint may be a balancer or a name for several: it is a node only as long as nothing better is known.
    let endpoints = seeds.endpoints.iter().chain(seeds.answering).filter(|_| known.is_empty());
    for at in seeds.nodes.iter().chain(endpoints.collect::<Vec<_>>()) {
        let name = seeds.names.get(at).cloned().unwrap_or_else(|| NodeName(at.clone()));
        if !known.contains(at) && !known.contains(&name.0) {
            roster.entry(name).or_insert_with(|| at.clone());
        }
    }
    roster
}

/// Watch the members as one endpoint sees them, and feel its pulse, so that it is known to be well or ill.
async fn listen_to_endpoint(
    roads: Arc<Roads>,
    endpoint: Arc<Endpoint>,
    name: String,
    say: Sender<(String, Said)>,
) {
    let of = cosi::Type::of("cluster", "Members.cluster.talos.dev");
    let mut members: BTreeMap<String, Member> = BTreeMap::new();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10), 5);
    loop {
        let alive = roads.ask_at(&endpoint, |client| async move { client.machine().version(()).await }).await;
        if alive.is_err() {
            if say.send((name.clone(), Said::Silent)).await.is_err() {
                return;
            }
            tokio::time::sleep(backoff.wait()).await;
            continue;
        }
        backoff.reset();
        let mut watch = Box::pin(cosi::watch(roads.clone(), Via::Endpoint(endpoint.clone()), of.clone()));
        let mut pulse = tokio::time::interval_at(Instant::now() + PULSE, PULSE);
        loop {
            tokio::select! {
                Some(told) = watch.next() => {
                    match told {
                        Told::All(all) => {
                            members = all.iter().filter_map(|it| Some((it.id.clone(), members::member(it)?))).collect();
                        }
                        Told::Put(it) => match members::member(&it) {
                            Some(member) => { members.insert(it.id, member); }
                            None => { members.remove(&it.id); }
                        },
                        Told::Gone(id) => { members.remove(&id); }
                        Told::Withheld(_) => members.clear(),
                        Told::Broken(_) => break,
                    }
                    if say.send((name.clone(), Said::Members(members.values().cloned().collect()))).await.is_err() {
                        return;
                    }
                }
                _ = pulse.tick() => {
                    let ask = roads.ask_at(&endpoint, |client| async move { client.machine().version(()).await });
                    if tokio::time::timeout(PATIENCE, ask).await.is_err() || !endpoint.is_well() {
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, addresses: &[&str]) -> Member {
        let addresses = addresses.iter().map(|it| (*it).to_owned()).collect();
        Member { name: name.into(), addresses, control_plane: true }
    }

    #[test]
    fn members_are_the_fleet_and_the_talosconfig_fills_in() {
        let nodes = vec!["10.0.0.9".to_owned(), "10.0.0.2".into()];
        let endpoints = vec!["203.0.113.1".to_owned(), "api.example".into()];
        let names = BTreeMap::from([("10.0.0.9".to_owned(), NodeName::from("old-1"))]);
        let answering = vec!["10.0.0.7".to_owned()];
        let seeds = Seeds { nodes: &nodes, endpoints: &endpoints, answering: &answering, names: &names };
        let both = [
            member("cp-1", &["10.0.0.1", "203.0.113.1"]),
            member("cp-2", &["10.0.0.2"]),
            member("cp-1", &["10.0.0.1"]),
        ];
        let roster_of = |members: &[Member]| -> Vec<(String, String)> {
            roster(&seeds, members.iter()).into_iter().map(|(name, at)| (name.0, at)).collect()
        };
        let pair = |name: &str, at: &str| (name.to_owned(), at.to_owned());
        assert_eq!(
            roster_of(&both),
            [pair("cp-1", "203.0.113.1"), pair("cp-2", "10.0.0.2"), pair("old-1", "10.0.0.9")],
            "the balancer is nobody; what the talosconfig names stays"
        );
        assert_eq!(
            roster_of(&[]),
            [
                pair("10.0.0.2", "10.0.0.2"),
                pair("10.0.0.7", "10.0.0.7"),
                pair("203.0.113.1", "203.0.113.1"),
                pair("api.example", "api.example"),
                pair("old-1", "10.0.0.9")
            ],
            "nothing else is known"
        );
    }
}
