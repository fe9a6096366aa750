//! The hands against servers on sockets: mutual TLS, forwarding, dead ends, roles.

mod server;

use super::Talos;
use crate::Sources;
use domain::{ConfigFact, Feed, Link, Node, NodeName, Observation, Source, Stage, Table};
use futures::StreamExt;
use server::Cluster;
use std::collections::BTreeMap;
use std::time::Duration;

/// What was heard so far.
#[derive(Default)]
struct Ears {
    nodes: Table<Node>,
    links: BTreeMap<Feed, Link>,
}

impl Ears {
    fn hear(&mut self, observation: Observation) {
        match observation {
            Observation::Nodes(change) => self.nodes.absorb(change),
            Observation::Link(feed, link) => {
                self.links.insert(feed, link);
            }
            Observation::Unlinked(feed) => {
                self.links.remove(&feed);
            }
            _ => {}
        }
    }

    fn link(&self, name: &str) -> Option<&Link> {
        self.links.get(&Feed::of(Source::Talos, name))
    }

    fn node(&self, name: &str) -> Node {
        self.nodes.get(&NodeName::from(name)).cloned().unwrap_or_default()
    }
}

async fn until(heard: &mut crate::Heard, ears: &mut Ears, what: &str, enough: impl Fn(&Ears) -> bool) {
    let patience = tokio::time::timeout(Duration::from_secs(60), async {
        while !enough(ears) {
            match heard.next().await {
                Some(observation) => ears.hear(observation),
                None => panic!("a watch never ends"),
            }
        }
    });
    if patience.await.is_err() {
        let stages: Vec<_> = ears.nodes.iter().map(|it| (&it.name, it.stage, &it.version)).collect();
        panic!("{what}: {stages:?} {:?}", ears.links);
    }
}

fn talos(cluster: &Cluster, role: &str) -> std::sync::Arc<Talos> {
    let path = cluster.talosconfig(role);
    Talos::new(&Sources { talosconfig: Some(path), ..Default::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_found_through_the_endpoints_that_live_and_watched() {
    let mut cluster = Cluster::start(&["cp-1", "cp-2", "worker-1"]);
    cluster.stop("cp-1");
    let mut heard = talos(&cluster, "os:admin").fleet();
    let mut ears = Ears::default();
    until(&mut heard, &mut ears, "two answer, the third is listed as down", |it| {
        it.node("cp-2").stage == Stage::Running
            && it.node("worker-1").version.as_deref() == Some("v1.12.2")
            && matches!(it.link("cp-1"), Some(Link::Degraded { .. }))
            && it.link("worker-1") == Some(&Link::Live)
    })
    .await;
    assert_eq!(ears.nodes.len(), 3, "addresses have become names");
    assert!(matches!(ears.node("cp-2").config, ConfigFact::Known { .. }));

    cluster.restart("cp-1");
    until(&mut heard, &mut ears, "it comes back by itself", |it| {
        it.link("cp-1") == Some(&Link::Live) && it.node("cp-1").stage == Stage::Running
    })
    .await;

    cluster.stop("worker-1");
    until(&mut heard, &mut ears, "a node that goes is noticed", |it| {
        matches!(it.link("worker-1"), Some(Link::Degraded { .. }))
    })
    .await;
    assert_eq!(ears.node("worker-1").stage, Stage::Running, "what was known stays");

    cluster.remove("worker-1");
    until(&mut heard, &mut ears, "who leaves the cluster leaves the list", |it| {
        it.nodes.len() == 2 && it.link("worker-1").is_none()
    })
    .await;
    assert_eq!(cluster.wrong_headers(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_everything_but_the_config() {
    let cluster = Cluster::start(&["cp-1"]);
    let mut heard = talos(&cluster, "os:reader").fleet();
    let mut ears = Ears::default();
    until(&mut heard, &mut ears, "the rest is there", |it| {
        it.node("cp-1").config == ConfigFact::Forbidden && it.node("cp-1").stage == Stage::Running
    })
    .await;
    assert!(ears.node("cp-1").withheld.contains_key("machine config"));
    assert_eq!(ears.link("cp-1"), Some(&Link::Live));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_why_it_is_not_heard() {
    let (cluster, other) = (Cluster::start(&["cp-1"]), Cluster::start(&["cp-1"]));
    let text = std::fs::read_to_string(cluster.talosconfig("os:admin")).unwrap();
    let (ours, theirs) = (cluster.address("cp-1"), other.address("cp-1"));
    let path = cluster.directory().join("crossed");
    std::fs::write(&path, text.replace(&ours, &theirs)).unwrap();
    let mut heard = Talos::new(&Sources { talosconfig: Some(path), ..Default::default() }).fleet();
    let mut ears = Ears::default();
    until(
        &mut heard,
        &mut ears,
        "another cluster's certificate is refused",
        |it| matches!(it.link(&theirs), Some(Link::Degraded { why, .. }) if why.contains("certificate")),
    )
    .await;
}

#[tokio::test]
async fn a_broken_talosconfig_is_a_state_with_words() {
    let path = tempfile::tempdir().unwrap().path().join("nowhere");
    let mut heard = Talos::new(&Sources { talosconfig: Some(path.clone()), ..Default::default() }).fleet();
    let Some(Observation::Link(feed, Link::Degraded { why, .. })) = heard.next().await else { panic!() };
    assert_eq!(feed, Feed::of(Source::Talos, ""));
    assert!(why.starts_with(&path.display().to_string()), "{why}");
}
