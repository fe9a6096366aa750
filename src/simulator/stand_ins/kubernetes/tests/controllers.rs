//! What the controllers do by themselves, seen through kube-rs.

use super::harness::Harness;
use super::kubelet::{kubelets, node};
use crate::{Clock, PATIENCE};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::json;
use std::time::Duration;

async fn until<K>(api: Api<K>, name: &str, holds: impl Fn(&K) -> bool)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    let condition = await_condition(api, name, |it: Option<&K>| it.is_some_and(&holds));
    tokio::time::timeout(PATIENCE, condition).await.unwrap().unwrap();
}

fn web(replicas: i32) -> Deployment {
    serde_json::from_value(json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "c", "image": "x:1" }] },
            },
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn pods_are_spread_over_the_nodes_that_take_them() {
    let harness = Harness::with(|options| {
        let mut closed = node("closed");
        closed["spec"] = json!({ "taints": [{ "key": "own", "effect": "NoSchedule" }] });
        options.seed = vec![node("a"), node("b"), closed];
    })
    .await;
    let client = harness.client("admin").await;
    let _kubelets = kubelets(client.clone());
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "default");
    deployments.create(&PostParams::default(), &web(4)).await.unwrap();
    let available = |it: &Deployment| it.status.as_ref().and_then(|it| it.available_replicas) == Some(4);
    until(deployments, "web", available).await;
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let on = |node: &str| ListParams::default().fields(&format!("spec.nodeName={node}"));
    assert_eq!(pods.list(&on("a")).await.unwrap().items.len(), 2);
    assert_eq!(pods.list(&on("b")).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_silent_node_is_given_up_and_its_pods_with_it() {
    let clock = Clock::standing(1_800_000_000_000);
    let harness = Harness::with(|options| {
        options.clock = clock.clone();
        options.seed = vec![node("a")];
    })
    .await;
    let client = harness.client("admin").await;
    let kubelets = kubelets(client.clone());
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "default");
    deployments.create(&PostParams::default(), &web(1)).await.unwrap();
    let available = |it: &Deployment| it.status.as_ref().and_then(|it| it.available_replicas) == Some(1);
    until(deployments.clone(), "web", available).await;
    drop(kubelets);

    let nodes: Api<Node> = Api::all(client.clone());
    let ready = |it: &Node| {
        let conditions = it.status.iter().flat_map(|it| it.conditions.iter().flatten());
        conditions.into_iter().find(|it| it.type_ == "Ready").map(|it| it.status.clone())
    };
    clock.leap(Duration::from_secs(41));
    until(nodes.clone(), "a", |it| ready(it).as_deref() == Some("Unknown")).await;
    until(nodes.clone(), "a", |it| {
        let taints = it.spec.iter().flat_map(|it| it.taints.iter().flatten());
        taints.into_iter().any(|it| it.key == "node.kubernetes.io/unreachable" && it.effect == "NoExecute")
    })
    .await;
    let gone = |it: &Deployment| it.status.as_ref().and_then(|it| it.available_replicas).is_none();
    until(deployments, "web", gone).await;
    clock.leap(Duration::from_secs(301));
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let name = pods.list(&ListParams::default().fields("spec.nodeName=a")).await.unwrap().items[0]
        .metadata
        .name
        .clone();
    until(pods.clone(), &name.unwrap(), |it| it.metadata.deletion_timestamp.is_some()).await;
    // Nobody is there to stop the pod; only when the node itself is gone it goes.
    nodes.delete("a", &DeleteParams::default()).await.unwrap();
    let left = ListParams::default().fields("spec.nodeName=a");
    tokio::time::timeout(PATIENCE, async {
        while !pods.list(&left).await.unwrap().items.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
