//! A whole world, as anybody meets it.

use super::*;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// How long anything may take in these tests, whatever the machine they run on.
const PATIENCE: Duration = Duration::from_secs(120);

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_steady_from_the_first_moment_and_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().join("world"), speed: 20.0, ..Options::default() };
    let began = std::time::Instant::now();
    let world = serve(&options).await.unwrap();
    eprintln!("answers after {:?}", began.elapsed());
    let client = client(world.dir()).await;
    let applications = "/apis/argoproj.io/v1alpha1/applications";
    let well = |all: &[Value]| {
        let ill: Vec<String> = all
            .iter()
            .filter(|it| {
                it["status"]["sync"]["status"] != "Synced" || it["status"]["health"]["status"] != "Healthy"
            })
            .map(|it| it.to_string())
            .collect();
        assert_eq!(ill, Vec::<String>::new());
        assert!(all.len() > 25, "{}", all.len());
    };
    let first = get(&client, applications).await;
    well(&first);
    // Every controller has had its say once each application has been looked at again.
    let looked = async {
        loop {
            let now = get(&client, applications).await;
            well(&now);
            if now
                .iter()
                .zip(&first)
                .all(|(now, first)| now["status"]["reconciledAt"] != first["status"]["reconciledAt"])
            {
                return;
            }
            world.clock.sleep(Duration::from_secs(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap();
    for name in
        ["kubeconfig", "kubeconfig-limited", "talosconfig", "talosconfig-reader", "hcloud.env", "git.env"]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(world.dir().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    world.stop().await;
}
