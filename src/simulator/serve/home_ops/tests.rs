//! The world of talhelper, as anybody meets it.

use crate::faces::talos::try_config;
use crate::git_program::run;
use crate::serve::{Served, serve};
use crate::world::{Node, Wire};
use crate::{Options, StoryState, WorldKind};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long anything may take in these tests, whatever the machine they run on.
const PATIENCE: Duration = Duration::from_secs(400);
const APPS: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps";

struct Bench {
    served: Served,
    client: kube::Client,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn new(story: &str, speed: f64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options {
            dir: dir.path().join("world"),
            world: WorldKind::Talhelper,
            nodes: 4,
            speed,
            story: story.into(),
            ..Options::default()
        };
        let served = serve(&options).await.unwrap();
        let text = std::fs::read_to_string(served.dir().join("kubeconfig")).unwrap();
        let read: Kubeconfig = serde_yaml::from_str(&text).unwrap();
        let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        Self { client: kube::Client::try_from(config).unwrap(), served, _dir: dir }
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        self.client.request::<Value>(request).await.ok()
    }

    async fn merge(&self, path: &str, patch: &Value) {
        let request = http::Request::patch(path)
            .header("content-type", "application/merge-patch+json")
            .body(serde_json::to_vec(patch).unwrap())
            .unwrap();
        self.client.request::<Value>(request).await.unwrap();
    }

    /// Wait until the object at a path is so; None where it is not there.
    async fn until(&self, what: &str, path: &str, so: impl Fn(Option<&Value>) -> bool) {
        let waiting = async {
            while !so(self.get(path).await.as_ref()) {
                self.served.clock.sleep(Duration::from_secs(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    /// Commit whatever lies in the clone, push it, and answer its revision as Flux says it.
    async fn push(&self, repo: &Path) -> String {
        run(repo, &["commit", "--quiet", "--all", "-m", "here"], None).await.unwrap();
        run(repo, &["push", "--quiet", "origin", "main"], None).await.unwrap();
        let id = run(repo, &["rev-parse", "HEAD"], None).await.unwrap();
        format!("main@sha1:{}", String::from_utf8(id).unwrap().trim())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flux_applies_what_is_pushed_and_prunes_what_is_gone() {
    let bench = Bench::new("steady", 20.0).await;
    tokio::time::timeout(PATIENCE, bench.served.ended()).await.unwrap();
    assert_eq!(bench.served.story_state(), StoryState::Ended);
    let papers = "/apis/apps/v1/namespaces/household/deployments/papers";
    assert!(bench.get(papers).await.is_some());

    let repo = bench.served.dir().join("repo");
    let apps = repo.join("clusters/home/kubernetes/apps");
    let board = std::fs::read_to_string(apps.join("board.yaml")).unwrap();
    std::fs::write(apps.join("board.yaml"), board.replace("replicas: 2", "replicas: 3")).unwrap();
    std::fs::remove_file(apps.join("papers.yaml")).unwrap();
    let revision = bench.push(&repo).await;
    let applied = |it: Option<&Value>| it.is_some_and(|it| it["status"]["lastAppliedRevision"] == *revision);
    bench.until("the push is applied", APPS, applied).await;
    let live = bench.get("/apis/apps/v1/namespaces/household/deployments/board").await.unwrap();
    assert_eq!(live["spec"]["replicas"], 3);
    bench.until("papers are gone", papers, |it| it.is_none()).await;
    bench.served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flux_looks_when_asked_unless_it_is_suspended() {
    let bench = Bench::new("steady", 20.0).await;
    let asked = |at: &str| json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": at}}});
    let handled = |it: Option<&Value>| it.map(|it| it["status"]["lastHandledReconcileAt"].clone());
    bench.merge(APPS, &asked("first")).await;
    bench.until("the request is handled", APPS, |it| handled(it) == Some(json!("first"))).await;
    bench.merge(APPS, &json!({"spec": {"suspend": true}})).await;
    bench.merge(APPS, &asked("second")).await;
    bench.served.clock.sleep(Duration::from_secs(30)).await;
    assert_eq!(handled(bench.get(APPS).await.as_ref()), Some(json!("first")));
    bench.merge(APPS, &json!({"spec": {"suspend": false}})).await;
    bench.until("it goes on", APPS, |it| handled(it) == Some(json!("second"))).await;
    bench.served.stop().await;
}

/// The lines of the record that a wire has written.
fn record(dir: &Path, wire: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(dir.join("mutations.jsonl")).unwrap();
    text.lines()
        .map(|it| serde_json::from_str::<Value>(it).unwrap())
        .filter(|it| it["wire"] == wire)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_comes_from_outside_is_on_record() {
    let bench = Bench::new("steady", 20.0).await;
    tokio::time::timeout(PATIENCE, bench.served.ended()).await.unwrap();
    let dir = bench.served.dir().to_owned();
    assert_eq!(std::fs::read_to_string(dir.join("mutations.jsonl")).unwrap(), "");
    bench.merge(APPS, &json!({"metadata": {"annotations": {"here": "yes"}}})).await;
    let told = record(&dir, "kubernetes");
    assert_eq!((told.len(), &told[0]["verb"], &told[0]["user"]), (1, &json!("patch"), &json!("admin")));
    let repo = dir.join("repo");
    std::fs::write(repo.join("README.md"), "# home-ops\n").unwrap();
    let revision = bench.push(&repo).await;
    let told = record(&dir, "git");
    assert_eq!((told.len(), &told[0]["ref"]), (1, &json!("refs/heads/main")));
    assert!(revision.ends_with(told[0]["new"].as_str().unwrap()));
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(dir.join("mutations.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    bench.served.stop().await;
}

/// A config that differs in nothing that matters.
fn other(text: &str) -> String {
    text.replacen("event-ttl: 3h", "event-ttl: 4h", 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_try_is_taken_back_by_the_node_itself() {
    let bench = Bench::new("try-reverts", 20.0).await;
    let nodes: Vec<Arc<Node>> =
        bench.served._world.nodes().into_iter().filter(|it| it.is_control_plane()).collect();
    let before = nodes[1].config().text.clone();
    for node in &nodes[..2] {
        try_config(node, &other(&node.config().text), Duration::from_secs(200)).unwrap();
    }
    let mut wire = nodes[1].wire.subscribe();
    let silent = wire.wait_for(|it| *it == Wire::Silent);
    tokio::time::timeout(PATIENCE, silent).await.unwrap().unwrap();
    assert!(nodes[1].runs("etcd") && nodes[1].config().text != before);
    tokio::time::timeout(PATIENCE, bench.served.ended()).await.unwrap();
    assert_eq!(bench.served.story_state(), StoryState::Ended);
    assert_eq!((nodes[1].config().text.clone(), *nodes[1].wire.borrow()), (before, Wire::Answering));
    assert_eq!(*nodes[0].wire.borrow(), Wire::Answering);
    bench.served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_try_of_another_operator_ends_by_itself_unless_somebody_cuts_it_short() {
    let bench = Bench::new("try-pending", 300.0).await;
    tokio::time::timeout(PATIENCE, bench.served.ended()).await.unwrap();
    assert_eq!(bench.served.story_state(), StoryState::Ended);
    bench.served.stop().await;

    let bench = Bench::new("try-pending", 1.0).await;
    let node = bench.served._world.node_of("home-cp-3").unwrap();
    // Whoever asks finds it from the first moment on.
    node.change(|state| state.trying.take().unwrap().cancel());
    tokio::time::timeout(PATIENCE, bench.served.ended()).await.unwrap();
    let StoryState::Failed(why) = bench.served.story_state() else { panic!("it ended well") };
    assert!(why.contains("home-cp-3") && why.contains("cancelled"), "{why}");
    bench.served.stop().await;
}

#[tokio::test]
async fn a_story_of_another_world_is_refused_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: dir.path().join("world"),
        world: WorldKind::Talhelper,
        story: "rolling-upgrade".into(),
        ..Options::default()
    };
    let refused = serve(&options).await.err().unwrap().to_string();
    assert!(refused.contains("--world default --story rolling-upgrade"), "{refused}");
    assert!(!options.dir.exists());
}
