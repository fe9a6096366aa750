//! Kubelets against the API server of this world.

use crate::kubernetes::{ApiServer, Options};
use crate::pki::{Authority, Identity, KeyKind, kubeconfig};
use crate::world::example::Example;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::json;

/// An API server without controllers, and a client of it.
async fn api() -> (ApiServer, kube::Client) {
    let authority = Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap();
    let server = authority.server(&["127.0.0.1"]).unwrap();
    let mut options =
        Options::new(&server.cert_pem, &server.key_pem, authority.cert_pem(), crate::Clock::running(1.0));
    options.controllers = false;
    let api = ApiServer::start(options).await.unwrap();
    let admin = Identity::Certificate(authority.client("admin", &["system:masters"]).unwrap());
    let text =
        kubeconfig("k8s", &format!("https://{}", api.address()), authority.cert_pem(), "admin", &admin);
    let config = kube::config::Kubeconfig::from_yaml(&text).unwrap();
    let config = kube::Config::from_custom_kubeconfig(config, &Default::default()).await.unwrap();
    (api, kube::Client::try_from(config).unwrap())
}

async fn until<K>(api: &Api<K>, name: &str, what: &str, condition: impl Fn(Option<&K>) -> bool + Send + Sync)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    let waiting = await_condition(api.clone(), name, condition);
    tokio::time::timeout(crate::PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}")).unwrap();
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.iter().flat_map(|it| it.conditions.iter().flatten());
    conditions.into_iter().any(|it| it.type_ == "Ready" && it.status == "True")
}

fn pod(name: &str, node: &str, image: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": { "name": name, "namespace": "default" },
        "spec": { "nodeName": node, "containers": [{ "name": "main", "image": image }] },
    }))
    .unwrap()
}

#[tokio::test]
async fn machines_become_nodes_and_run_what_is_bound_to_them() {
    let (_api, client) = api().await;
    let mut example = Example::new(50.0);
    example.place(&["cp-1"]);
    super::run(&example.world, client.clone());
    let nodes: Api<Node> = Api::all(client.clone());
    until(&nodes, "cp-1", "a placed machine is ready", |it| it.is_some_and(is_ready)).await;
    let spec = example.spec("worker-1", "worker");
    example.world.power_on(spec).unwrap();
    until(&nodes, "worker-1", "a new machine is ready", |it| it.is_some_and(is_ready)).await;
    let node = nodes.get("worker-1").await.unwrap();
    assert_eq!(node.spec.unwrap().provider_id.as_deref(), Some("hcloud://2"));
    let info = node.status.unwrap().node_info.unwrap();
    assert_eq!((info.kubelet_version.as_str(), info.os_image.as_str()), ("v1.35.0", "Talos (v1.12.2)"));

    let system: Api<Pod> = Api::namespaced(client.clone(), "kube-system");
    let phase = |phase: &'static str| {
        move |it: Option<&Pod>| it.and_then(|it| it.status.as_ref()?.phase.as_deref()) == Some(phase)
    };
    until(&system, "kube-apiserver-cp-1", "the mirror of a static pod runs", phase("Running")).await;

    let pods: Api<Pod> = Api::namespaced(client, "default");
    pods.create(&PostParams::default(), &pod("web", "worker-1", "nginx:1")).await.unwrap();
    until(&pods, "web", "it runs", phase("Running")).await;
    assert!(!example.world.pod_logs("default", "web", "main", true).is_empty());
    let containers = example.world.node_of("worker-1").unwrap().pods().0;
    assert!(containers.iter().any(|it| it.id == "default/web:main"), "{containers:?}");
    pods.delete("web", &DeleteParams::default()).await.unwrap();
    until(&pods, "web", "it is gone", |it| it.is_none()).await;
}

#[tokio::test]
async fn a_dark_machine_ends_no_pods_until_it_is_back() {
    let (_api, client) = api().await;
    let mut example = Example::new(200.0);
    example.place(&["worker-1"]);
    super::run(&example.world, client.clone());
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    pods.create(&PostParams::default(), &pod("web", "worker-1", "nginx:does-not-exist")).await.unwrap();
    until(&pods, "web", "its image is missing", |it| {
        let statuses = it.and_then(|it| it.status.as_ref()?.container_statuses.clone()).unwrap_or_default();
        let waiting = statuses.iter().find_map(|it| it.state.as_ref()?.waiting.as_ref()?.reason.clone());
        waiting.as_deref() == Some("ImagePullBackOff")
    })
    .await;
    example.world.kill("worker-1");
    pods.delete("web", &DeleteParams::default()).await.unwrap();
    let other = pod("other", "worker-1", "nginx:1");
    pods.create(&PostParams::default(), &other).await.unwrap();
    assert!(pods.get("web").await.unwrap().metadata.deletion_timestamp.is_some(), "nobody ends it");
    example.world.revive("worker-1");
    until(&pods, "web", "it is gone", |it| it.is_none()).await;
}

#[tokio::test]
async fn a_kubelet_that_was_given_up_and_lives_is_ready_again() {
    let (_api, client) = api().await;
    let mut example = Example::new(50.0);
    example.place(&["worker-1"]);
    super::run(&example.world, client.clone());
    let nodes: Api<Node> = Api::all(client);
    until(&nodes, "worker-1", "it is ready", |it| it.is_some_and(is_ready)).await;
    let given_up = json!({ "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }] } });
    let node =
        nodes.patch_status("worker-1", &PatchParams::default(), &Patch::Merge(given_up)).await.unwrap();
    assert!(!is_ready(&node));
    until(&nodes, "worker-1", "it is ready again", |it| it.is_some_and(is_ready)).await;
}
