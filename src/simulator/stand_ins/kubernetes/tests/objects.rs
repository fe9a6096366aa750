//! Objects through kube-rs: made, seen, changed, watched, deleted.

use super::harness::Harness;
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
    PostParams,
};
use kube::runtime::watcher;
use serde_json::json;

fn config_map(name: &str) -> ConfigMap {
    serde_json::from_value(
        json!({ "metadata": { "name": name, "labels": { "a": name } }, "data": { "k": "v" } }),
    )
    .unwrap()
}

#[tokio::test]
async fn objects_are_made_changed_and_deleted() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    let made = api.create(&PostParams::default(), &config_map("one")).await.unwrap();
    assert!(made.metadata.uid.is_some());
    let refused = api.create(&PostParams::default(), &config_map("one")).await.unwrap_err();
    assert_eq!(refused.to_string().split(':').next(), Some("ApiError"), "{refused}");
    let patch = Patch::Merge(json!({ "data": { "k": null, "l": "w" } }));
    let changed = api.patch("one", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(changed.data.unwrap().into_iter().collect::<Vec<_>>(), [("l".to_owned(), "w".to_owned())]);
    let stale = api.replace("one", &PostParams::default(), &made).await.unwrap_err();
    assert!(stale.to_string().contains("the object has been modified"), "{stale}");
    assert!(api.delete("one", &DeleteParams::default()).await.unwrap().is_right());
    assert!(api.get_opt("one").await.unwrap().is_none());
}

#[tokio::test]
async fn without_space_in_etcd_nothing_is_taken_in_and_removals_go_on() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    api.create(&PostParams::default(), &config_map("one")).await.unwrap();
    harness.server.set_full(true);
    let refused = api.create(&PostParams::default(), &config_map("two")).await.unwrap_err();
    assert!(refused.to_string().contains("etcdserver: mvcc: database space exceeded"), "{refused}");
    let patch = Patch::Merge(json!({ "data": { "l": "w" } }));
    assert!(api.patch("one", &PatchParams::default(), &patch).await.is_err());
    assert!(api.get("one").await.is_ok(), "reads go on");
    assert!(api.delete("one", &DeleteParams::default()).await.is_ok());
    harness.server.set_full(false);
    api.create(&PostParams::default(), &config_map("two")).await.unwrap();
}

#[tokio::test]
async fn a_watch_tells_what_is_there_and_what_comes() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    api.create(&PostParams::default(), &config_map("one")).await.unwrap();
    for config in [watcher::Config::default(), watcher::Config::default().streaming_lists()] {
        let name = format!("two-{}", config.list_semantic_name());
        let mut events = std::pin::pin!(watcher(api.clone(), config));
        loop {
            if let watcher::Event::InitDone = events.next().await.unwrap().unwrap() {
                break;
            }
        }
        api.create(&PostParams::default(), &config_map(&name)).await.unwrap();
        loop {
            match events.next().await.unwrap().unwrap() {
                watcher::Event::Apply(it) if it.metadata.name.as_deref() == Some(&name) => break,
                _ => {}
            }
        }
    }
}

trait Named {
    fn list_semantic_name(&self) -> String;
}

impl Named for watcher::Config {
    fn list_semantic_name(&self) -> String {
        format!("{:?}", self.initial_list_strategy)
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_lowercase)
            .collect()
    }
}

#[tokio::test]
async fn lists_come_in_pages_of_one_revision() {
    let harness = Harness::start().await;
    let api: Api<ConfigMap> = Api::namespaced(harness.client("admin").await, "default");
    for name in ["a", "b", "c"] {
        api.create(&PostParams::default(), &config_map(name)).await.unwrap();
    }
    let params = ListParams::default().limit(2).labels("a in (a,b,c)");
    let first = api.list(&params).await.unwrap();
    assert_eq!(first.items.len(), 2);
    api.delete("c", &DeleteParams::default()).await.unwrap();
    let rest = api.list(&params.continue_token(&first.metadata.continue_.unwrap())).await.unwrap();
    assert_eq!(rest.items[0].metadata.name.as_deref(), Some("c"));
    assert_eq!(rest.metadata.resource_version, first.metadata.resource_version);
}

#[tokio::test]
async fn who_may_not_is_told_in_the_words_of_kubernetes() {
    let harness = Harness::start().await;
    let secrets: Api<Secret> = Api::namespaced(harness.client("limited").await, "default");
    let refused = secrets.list(&ListParams::default()).await.unwrap_err().to_string();
    let words = "secrets is forbidden: User \"limited\" cannot list resource \"secrets\" in API group \"\" in the \
                 namespace \"default\"";
    assert!(refused.contains(words), "{refused}");
    let nobody: Api<Secret> = Api::namespaced(harness.client("nobody").await, "default");
    assert!(nobody.list(&ListParams::default()).await.unwrap_err().to_string().contains("Unauthorized"));
}

#[tokio::test]
async fn an_object_of_a_definition_is_held_against_its_schema() {
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}, "mode": {"type": "string", "enum": ["On", "Off"]}}});
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Cluster", "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    });
    let harness = Harness::with(|options| options.seed = vec![definition]).await;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("example.com", "v1", "Widget"));
    let api: Api<DynamicObject> = Api::all_with(harness.client("admin").await, &resource);
    let widget = |spec: serde_json::Value| json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec});
    let apply = async |spec: serde_json::Value| {
        api.patch("w", &PatchParams::apply("me"), &Patch::Apply(widget(spec)))
            .await
            .map_err(|err| err.to_string())
    };
    for (spec, why) in [
        (json!({"sizes": 1}), ".spec.sizes: field not declared in schema"),
        (json!({"size": "1"}), ".spec.size: expected numeric (int or float), got string"),
        (json!({"mode": "on"}), "spec.mode: Unsupported value: supported values: \"On\", \"Off\""),
    ] {
        let refused = apply(spec).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    apply(json!({"size": 1, "mode": "On"})).await.unwrap();
    let mut object: DynamicObject = serde_json::from_value(widget(json!({"size": true}))).unwrap();
    object.metadata.name = Some("other".into());
    let refused = api.create(&PostParams::default(), &object).await.unwrap_err().to_string();
    assert!(refused.contains("spec.size in body must be of type integer: \"boolean\""), "{refused}");
}
