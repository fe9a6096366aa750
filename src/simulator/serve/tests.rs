//! A whole world, as anybody meets it.

use super::*;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::time::Duration;

/// How long anything may take in these tests, whatever the machine they run on.
const PATIENCE: Duration = Duration::from_secs(400);

async fn client(dir: &Path) -> kube::Client {
    let text = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    let read: Kubeconfig = serde_yaml::from_str(&text).unwrap();
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
    kube::Client::try_from(config).unwrap()
}

async fn get(client: &kube::Client, path: &str) -> Vec<Value> {
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    let mut list: Value = client.request(request).await.unwrap();
    list["items"].as_array_mut().map(std::mem::take).unwrap()
}

/// Play a story fast, to its named end.
async fn play(story: &str, speed: f64) -> (tempfile::TempDir, Served) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().join("world"), speed, story: story.into(), ..Options::default() };
    let world = serve(&options).await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, world.ended()).await;
    if ended.is_err() {
        let client = client(world.dir()).await;
        let mut left = Vec::new();
        for path in [
            "/apis/cluster.x-k8s.io/v1beta2/machines",
            "/apis/controlplane.cluster.x-k8s.io/v1alpha3/taloscontrolplanes",
            "/apis/argoproj.io/v1alpha1/applications",
        ] {
            for it in get(&client, path).await {
                let status = &it["status"];
                let (name, version) = (&it["metadata"]["name"], &it["spec"]["version"]);
                left.push(format!("{name} {version} {} {}", status["phase"], status["sync"]["status"]));
            }
        }
        panic!("{story} never came to its end: {left:#?}");
    }
    assert_eq!(world.story_state(), StoryState::Ended);
    (dir, world)
}

/// Where a machine does not run what its bootstrap data says, in force and on disk, and data that no Machine has.
async fn adrift(world: &Served, client: &kube::Client) -> Vec<String> {
    use crate::world::Lock as _;
    use base64::Engine as _;
    let mut secrets = get(client, "/api/v1/namespaces/default/secrets").await;
    secrets.retain(|it| it["metadata"]["name"].as_str().is_some_and(|it| it.ends_with("-bootstrap-data")));
    let mut found = Vec::new();
    for machine in get(client, "/apis/cluster.x-k8s.io/v1beta2/machines").await {
        let name = machine["metadata"]["name"].as_str().unwrap_or_default();
        let secret = format!("{name}-bootstrap-data");
        let at = secrets.iter().position(|it| it["metadata"]["name"] == secret.as_str());
        let Some(at) = at else {
            found.push(format!("{name} has no data"));
            continue;
        };
        let secret = secrets.swap_remove(at);
        assert_eq!(secret["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"], "k8s");
        assert_eq!(secret["metadata"]["ownerReferences"][0]["kind"], "TalosConfig");
        let value = secret["data"]["value"].as_str().unwrap_or_default();
        let value = base64::engine::general_purpose::STANDARD.decode(value).unwrap();
        let host = machine["status"]["nodeRef"]["name"].as_str().unwrap_or_default();
        let node = world._world.nodes().into_iter().find(|it| it.hostname() == host);
        let Some(node) = node else {
            found.push(format!("{name} has no machine"));
            continue;
        };
        let state = node.state.held();
        if [&state.active, &state.persistent].iter().any(|it| it.text.as_bytes() != value) {
            found.push(format!("{name} runs another config"));
        }
    }
    found.extend(secrets.iter().map(|it| format!("{} has no Machine", it["metadata"]["name"])));
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pushed_version_rolls_the_control_plane() {
    let (_dir, world) = play("rolling-upgrade", 12.0).await;
    let client = client(world.dir()).await;
    let applications = get(&client, "/apis/argoproj.io/v1alpha1/applications").await;
    let mine = applications.iter().find(|it| it["metadata"]["name"] == "cluster-api").unwrap();
    assert_eq!(mine["status"]["sync"]["status"], "Synced");
    assert_eq!(mine["status"]["operationState"]["phase"], "Succeeded");
    let history = mine["status"]["history"].as_array().unwrap();
    assert_eq!(history.last().unwrap()["revision"], mine["status"]["sync"]["revision"]);
    // What a deleted machine left is collected soon.
    let agrees = async {
        while !adrift(&world, &client).await.is_empty() {
            world.clock.sleep(Duration::from_secs(5)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, agrees).await.is_err() {
        panic!("{:#?}", adrift(&world, &client).await);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_steady_from_the_first_moment_and_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().join("world"), speed: 12.0, ..Options::default() };
    let world = serve(&options).await.unwrap();
    let client = client(world.dir()).await;
    let applications = "/apis/argoproj.io/v1alpha1/applications";
    // A pod may beat late on a machine that is busy; what Git says and what is there must agree all the same.
    let drifted = |all: &[Value]| -> Vec<String> {
        assert!(all.len() > 25, "{}", all.len());
        let adrift = all.iter().filter(|it| it["status"]["sync"]["status"] != "Synced");
        adrift.map(|it| it["metadata"]["name"].to_string()).collect()
    };
    // Every controller has had its say after a minute.
    for _ in 0..12 {
        world.clock.sleep(Duration::from_secs(5)).await;
        assert_eq!(drifted(&get(&client, applications).await), Vec::<String>::new());
    }
    let settled = async {
        loop {
            let all = get(&client, applications).await;
            if all.iter().all(|it| it["status"]["health"]["status"] == "Healthy") {
                break;
            }
            world.clock.sleep(Duration::from_secs(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.unwrap();
    assert_eq!(adrift(&world, &client).await, Vec::<String>::new());
    for name in [
        "kubeconfig",
        "kubeconfig-limited",
        "talosconfig",
        "talosconfig-reader",
        "hcloud.env",
        "tofu.env",
        "git.env",
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(world.dir().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    world.stop().await;
}
