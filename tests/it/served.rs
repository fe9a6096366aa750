//! A world that is served to whoever has its files: a cockpit that is started after everything was replaced, one that
//! has a kubeconfig alone, and one that may not see everything.

use crate::harness::cockpit::Cockpit;
use crate::stories::Play;
use app::{Model, NodeTab, Place, queries};
use backends::Sources;
use domain::{ConfigFact, Feed, Found, KindRef, Link, NodeName, Source};
use std::path::Path;

fn sources(dir: &Path, kubeconfig: &str, talosconfig: Option<&str>) -> Sources {
    Sources {
        kubeconfig: Some(dir.join(kubeconfig)),
        talosconfig: talosconfig.map(|it| dir.join(it)),
        repository: Some(dir.join("repo")),
        ..Sources::default()
    }
}

/// Every node that Kubernetes has is heard on the Talos API too.
fn all_live(model: &Model) -> bool {
    let live = |name: &str| {
        let feed = model.world.feeds.get(&Feed::of(Source::Talos, name));
        feed.is_some_and(|it| it.link == Link::Live)
    };
    let nodes = &model.world.kube_nodes;
    nodes.len() == 6 && nodes.iter().all(|it| live(&it.name.0)) && counted(model) == Some(6)
}

/// Whether a node's machine config is kept from us.
fn withheld(model: &Model, node: &NodeName) -> bool {
    model.world.nodes.get(node).is_some_and(|it| it.config == ConfigFact::Forbidden)
}

/// How many nodes the bar counts: those that have left do not.
fn counted(model: &Model) -> Option<usize> {
    queries::sources::marks(model).into_iter().find(|it| it.source == Source::Talos)?.count
}

fn says(model: &Model, source: Source) -> String {
    let mark = queries::sources::marks(model).into_iter().find(|it| it.source == source);
    mark.map(|it| it.says).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_raises_no_alarm_and_whoever_starts_after_it_finds_every_node_by_whatever_credentials() {
    let mut play = Play::begin("rolling-upgrade", 20);
    play.ends();
    play.is_calm();
    assert_eq!(play.ever_told(), Vec::<String>::new());
    let dir = &play.at();

    let mut restarted = Cockpit::of(sources(dir, "kubeconfig", Some("talosconfig")));
    restarted.until("all nodes are live, though the talosconfig names none that is left", all_live).await;
    let access = &restarted.model.world.access[&Source::Talos];
    assert!(access.contains("none of its endpoints answers"), "{access}");
    let all_same = |it: &Model| it.world.declared.iter().all(|it| it.found == Found::Same);
    restarted
        .until("all that Git declares is live", |it| !it.world.declared.is_empty() && all_same(it))
        .await;
    drop(restarted);

    let mut borrowing = Cockpit::of(sources(dir, "kubeconfig", None));
    borrowing.until("all nodes are live by the secret of the management cluster", all_live).await;
    let access = &borrowing.model.world.access[&Source::Talos];
    assert!(access.starts_with("secret default/k8s-talosconfig of the management cluster"), "{access}");
    drop(borrowing);

    let mut refused = Cockpit::of(sources(dir, "kubeconfig-limited", None));
    refused
        .until("it is said why there is none", |it| says(it, Source::Talos).starts_with("forbidden"))
        .await;
    let why = says(&refused.model, Source::Talos);
    assert!(
        why.contains("no talosconfig was found") && why.contains("cannot get resource \"secrets\""),
        "{why}"
    );
    drop(refused);

    let mut limited = Cockpit::of(sources(dir, "kubeconfig-limited", Some("talosconfig-reader")));
    limited
        .until("everything else is live", |it| {
            let sources =
                [Source::Git, Source::Argo, Source::Capi, Source::Kube, Source::Talos, Source::Etcd];
            all_live(it) && sources.into_iter().all(|source| says(it, source) == "live")
        })
        .await;
    let node = limited.model.world.kube_nodes.iter().next().unwrap().name.clone();
    limited
        .until("the config is withheld", |it| it.world.kube_nodes.iter().all(|node| withheld(it, &node.name)))
        .await;
    limited.model.screen.place = Place::NodeTab(node, NodeTab::Config);
    limited
        .until("the config tab says what it takes", |it| {
            queries::sheets::nothing(it).is_some_and(|it| it.contains("os:admin") && it.contains("os:reader"))
        })
        .await;
    limited.model.screen.place = Place::Rows(KindRef::new("", "Secret"));
    limited
        .until("the list of secrets says why it is empty", |it| {
            queries::rows::nothing(it)
                .is_some_and(|it| it.contains("User \"viewer\" cannot list resource \"secrets\""))
        })
        .await;
}
