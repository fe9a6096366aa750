//! The hands against servers on sockets: mutual TLS, forwarding, dead ends, roles.

mod server;

use super::Talos;
use super::trouble::Trouble;
use crate::Sources;
use crate::program::trial::PATIENCE;
use domain::{ConfigFact, Feed, Link, Node, NodeName, Observation, Source, Stage, Table};
use futures::StreamExt;
use server::Cluster;
use std::collections::BTreeMap;

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
    let patience = tokio::time::timeout(PATIENCE, async {
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

fn of(talosconfig: std::path::PathBuf) -> std::sync::Arc<Talos> {
    let nobody = crate::kubernetes::Cluster::of_kubeconfig(crate::Secret::new("{}"));
    Talos::new(&Sources { talosconfig: Some(talosconfig), ..Default::default() }, &nobody)
}

fn talos(cluster: &Cluster, role: &str) -> std::sync::Arc<Talos> {
    let path = cluster.talosconfig(role);
    of(path)
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
    let mut heard = of(path).fleet();
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
    let mut heard = of(path.clone()).fleet();
    let Some(Observation::Link(feed, Link::Degraded { why, .. })) = heard.next().await else { panic!() };
    assert_eq!(feed, Feed::of(Source::Talos, ""));
    assert!(why.starts_with(&path.display().to_string()), "{why}");
}

#[tokio::test]
async fn a_talosconfig_that_is_wrong_says_what_is_wrong_and_holds_its_keys_back() {
    use base64::Engine;
    let packed = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let cluster = Cluster::start(&["cp-1"]);
    let good = std::fs::read_to_string(cluster.talosconfig("os:admin")).unwrap();
    let with = |field: &str, value: &str| -> String {
        let line = |it: &str| match it.trim_start().starts_with(&format!("{field}:")) {
            true => format!("    {field}: {value}\n"),
            false => format!("{it}\n"),
        };
        good.lines().map(line).collect()
    };
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.not_after = rcgen::date_time_ymd(2020, 1, 2);
    let ended = params.self_signed(&key).unwrap().pem();
    let no_key = "-----BEGIN ED25519 PRIVATE KEY-----\nczNjcmV0czNjcmV0\n-----END ED25519 PRIVATE KEY-----\n";
    for (name, text, wanted) in [
        ("ended", with("crt", &packed(&ended)), "context `c` ended on 2020-01-02"),
        ("no-key", with("key", &packed(no_key)), "its certificates or its key cannot be used"),
        ("no-base64", with("key", "czNjcmV0***"), "`key` is not base64"),
        ("no-pem", with("ca", &packed("s3cret")), "`ca` holds no PEM block"),
        (
            "steering",
            good.replace("context: c\n", "context: \"no\\e[2Jpe\"\n"),
            "there is no context `nope`; it has c",
        ),
        ("garbage", "\u{1b}[2J s3cret: [".into(), "not a talosconfig"),
        ("empty", String::new(), "it has no contexts"),
    ] {
        let path = cluster.directory().join(name);
        std::fs::write(&path, text).unwrap();
        let mut heard = of(path).fleet();
        let Some(Observation::Link(_, Link::Degraded { why, .. })) = heard.next().await else {
            panic!("{name}")
        };
        assert!(why.contains(wanted), "{name}: {why}");
        assert!(
            !why.contains("s3cret") && !why.contains("czNjcmV0") && !why.contains('\u{1b}'),
            "{name}: {why}"
        );
    }
    let Some(Observation::Link(_, Link::Degraded { why, .. })) =
        of(cluster.directory().into()).fleet().next().await
    else {
        panic!()
    };
    assert!(why.contains("directory"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_begins_and_falls_silent_is_given_up() {
    use super::cosi::{self, Type};
    let cluster = Cluster::start(&["cp-1"]);
    let roads = talos(&cluster, "os:admin").places().await.unwrap().roads.clone();
    let at = cluster.address("cp-1");
    let whole = cosi::list(&roads, &at, &Type::of("config", "MachineConfigs.config.talos.dev")).await;
    assert_eq!(whole.unwrap().len(), 1);
    let of = Type::of("config", server::FALLS_SILENT);
    let patience = tokio::time::timeout(PATIENCE, cosi::list(&roads, &at, &of));
    assert_eq!(patience.await.expect("a gate that asks it must not hang").unwrap_err(), Trouble::Slow);
}
