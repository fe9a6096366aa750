//! Watches: selectors, bookmarks, and what is too old.

use super::harness::Harness;
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::core::discovery::Scope;
use kube::discovery::Discovery;
use serde_json::json;

fn config_map(name: &str, label: &str) -> ConfigMap {
    serde_json::from_value(json!({ "metadata": { "name": name, "labels": { "l": label } } })).unwrap()
}

#[tokio::test]
async fn a_selection_gains_and_loses_objects() {
    let harness = Harness::with(|options| options.controllers = false).await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    let from = api.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let params = WatchParams::default().labels("l=in").timeout(60);
    let mut events = api.watch(&params, &from).await.unwrap().boxed();
    api.create(&PostParams::default(), &config_map("a", "out")).await.unwrap();
    let label = |to: &str| Patch::Merge(json!({ "metadata": { "labels": { "l": to } } }));
    for to in ["in", "in2", "in"] {
        api.patch("a", &PatchParams::default(), &label(to)).await.unwrap();
    }
    let mut seen = Vec::new();
    while seen.len() < 3 {
        match events.next().await.unwrap().unwrap() {
            WatchEvent::Added(it) => seen.push(("added", it.metadata.labels.unwrap()["l"].clone())),
            WatchEvent::Deleted(it) => seen.push(("deleted", it.metadata.labels.unwrap()["l"].clone())),
            _ => {}
        }
    }
    let expected = [("added", "in"), ("deleted", "in"), ("added", "in")];
    assert_eq!(seen, expected.map(|(what, label)| (what, label.to_owned())));
}

#[tokio::test]
async fn what_was_compacted_is_too_old() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    let first = api.create(&PostParams::default(), &config_map("a", "x")).await.unwrap();
    api.create(&PostParams::default(), &config_map("b", "x")).await.unwrap();
    harness.server.compact();
    let from = first.metadata.resource_version.unwrap();
    let mut events = api.watch(&WatchParams::default(), &from).await.unwrap().boxed();
    match events.next().await.unwrap().unwrap() {
        WatchEvent::Error(status) => assert_eq!((status.code, status.reason.as_str()), (410, "Expired")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_watch_ends_with_a_bookmark() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    let params = WatchParams::default().timeout(1);
    let mut last = None;
    let mut events = api.watch(&params, "0").await.unwrap().boxed();
    while let Some(event) = events.next().await {
        last = Some(event.unwrap());
    }
    assert!(matches!(last, Some(WatchEvent::Bookmark(_))), "{last:?}");
}

#[tokio::test]
async fn discovery_finds_what_definitions_add() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Cluster", "names": { "kind": "Widget", "plural": "widgets" },
            "versions": [
                { "name": "v1beta1", "served": true, "storage": false }, { "name": "v1", "served": true, "storage": true },
            ],
        },
    });
    let widget = json!({
        "apiVersion": "example.com/v1", "kind": "Widget", "metadata": { "name": "w" }, "status": { "seen": true },
    });
    let harness = Harness::with(|options| options.seed = vec![widget, definition]).await;
    let client = harness.client("admin").await;
    for discovery in [
        Discovery::new(client.clone()).run().await.unwrap(),
        Discovery::new(client.clone()).run_aggregated().await.unwrap(),
    ] {
        let (resource, capabilities) =
            discovery.get("example.com").unwrap().recommended_kind("Widget").unwrap();
        assert_eq!((resource.version.as_str(), capabilities.scope), ("v1", Scope::Cluster));
        let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
        assert_eq!(api.get("w").await.unwrap().data["status"]["seen"], true);
        assert!(discovery.get("apps").unwrap().recommended_kind("Deployment").is_some());
        assert!(discovery.get("").is_some());
    }
}
