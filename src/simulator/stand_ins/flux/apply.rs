//! What a kustomization holds at a commit, applied, found healthy, and pruned.

use crate::stand_ins::health::{Health, assess};
use crate::stand_ins::sources::Tree;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::discovery::Scope;
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const MANAGER: &str = "kustomize-controller";

/// An entry of an inventory: `<namespace>_<name>_<group>_<kind>` and the version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub id: String,
    pub version: String,
}

impl Entry {
    pub fn of(object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("/apiVersion").rsplit_once('/').unwrap_or(("", text("/apiVersion")));
        let (space, name, kind) = (text("/metadata/namespace"), text("/metadata/name"), text("/kind"));
        Self { id: format!("{space}_{name}_{group}_{kind}"), version: version.to_owned() }
    }

    pub fn told(&self) -> Value {
        json!({"id": self.id, "v": self.version})
    }

    pub fn read(told: &Value) -> Option<Self> {
        Some(Self { id: told["id"].as_str()?.to_owned(), version: told["v"].as_str()?.to_owned() })
    }
}

/// The manifests of a kustomization's folder, marked as its own; those that others stand on come first.
pub(super) fn manifests(tree: &Tree, kustomization: &Value) -> Result<Vec<Value>, String> {
    let text = |pointer: &str| kustomization.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let path = text("/spec/path").trim_start_matches("./").trim_matches('/');
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let inside: Vec<(&String, &String)> =
        tree.files.iter().filter(|(file, _)| file.starts_with(&prefix)).collect();
    if inside.is_empty() {
        return Err(format!("kustomization path not found: stat /tmp/{path}: no such file or directory"));
    }
    let mut found: Vec<Value> = Vec::new();
    for (file, content) in inside {
        if file.rsplit('/').next().is_some_and(|it| it.starts_with("kustomization.y")) {
            return Err(format!("{file}: Kustomize is not played in this world"));
        }
        if !file.ends_with(".yaml") && !file.ends_with(".yml") {
            continue;
        }
        for document in serde_yaml::Deserializer::from_str(content) {
            let read = Value::deserialize(document);
            let object =
                read.map_err(|err| format!("failed to decode Kubernetes YAML from {file}: {err}"))?;
            if object["kind"].is_string() {
                found.push(object);
            }
        }
    }
    for object in &mut found {
        let labels = &mut object["metadata"]["labels"];
        labels["kustomize.toolkit.fluxcd.io/name"] = json!(text("/metadata/name"));
        labels["kustomize.toolkit.fluxcd.io/namespace"] = json!(text("/metadata/namespace"));
    }
    found
        .sort_by_key(|it| usize::from(it["kind"] != "Namespace" && it["kind"] != "CustomResourceDefinition"));
    Ok(found)
}

/// The ways to the API, by kind.
pub(super) struct Hands {
    client: Client,
    served: Mutex<BTreeMap<(String, String), (ApiResource, bool)>>,
}

impl Hands {
    pub fn new(client: Client) -> Self {
        Self { client, served: Mutex::default() }
    }

    async fn api(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
    ) -> Result<Api<DynamicObject>, kube::Error> {
        let key = (api_version.to_owned(), kind.to_owned());
        let known = self.served.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let (resource, namespaced) = match known {
            Some(known) => known,
            None => {
                let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
                let wanted = GroupVersionKind::gvk(group, version, kind);
                let (resource, capabilities) = kube::discovery::pinned_kind(&self.client, &wanted).await?;
                let found = (resource, capabilities.scope == Scope::Namespaced);
                self.served.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
                found
            }
        };
        let client = self.client.clone();
        Ok(if namespaced {
            Api::namespaced_with(client, namespace, &resource)
        } else {
            Api::all_with(client, &resource)
        })
    }

    async fn of(&self, object: &Value) -> Result<Api<DynamicObject>, kube::Error> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        self.api(text("/apiVersion"), text("/kind"), text("/metadata/namespace")).await
    }

    /// Apply one object; the answer is why the API refuses it.
    pub async fn apply(&self, object: &Value) -> Result<(), String> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let applied = async {
            let api = self.of(object).await?;
            api.patch(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(object)).await
        };
        let told = |why: String| {
            format!("{}/{name} dry-run failed: {why}", object["kind"].as_str().unwrap_or_default())
        };
        match applied.await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) => Err(told(status.message.to_string())),
            Err(other) => Err(told(other.to_string())),
        }
    }

    /// Those of the objects that are not healthy, each with why.
    pub async fn unhealthy(&self, objects: &[Value]) -> Vec<String> {
        let mut bad = Vec::new();
        for object in objects {
            let (kind, name) = (&object["kind"], object["metadata"]["name"].as_str().unwrap_or_default());
            let group =
                object["apiVersion"].as_str().and_then(|it| it.rsplit_once('/')).map_or("", |(it, _)| it);
            let kind = kind.as_str().unwrap_or_default();
            let found = async { self.of(object).await?.get_opt(name).await };
            let live = match found.await {
                Ok(Some(live)) => serde_json::to_value(live).unwrap_or_default(),
                Ok(None) | Err(_) => {
                    bad.push(format!("{kind}/{name} status: 'NotFound'"));
                    continue;
                }
            };
            let ready = crate::control::condition(&live["status"]["conditions"], "Ready");
            let word = match (group.ends_with(".fluxcd.io"), ready, assess(group, kind, &live)) {
                (true, Some(ready), _) if ready["status"] == "True" => continue,
                (true, Some(ready), _) if ready["status"] == "False" => "Failed",
                (true, ..) => "InProgress",
                (false, _, Some((Health::Healthy, _)) | None) => continue,
                (false, _, Some((Health::Degraded, _))) => "Failed",
                (false, ..) => "InProgress",
            };
            bad.push(format!("{kind}/{name} status: '{word}'"));
        }
        bad
    }

    /// Delete what an inventory's entry means. What is gone already is no failure.
    pub async fn prune(&self, entry: &Entry) -> Result<(), String> {
        let mut parts = entry.id.splitn(4, '_');
        let mut part = || parts.next().unwrap_or_default();
        let (space, name, group, kind) = (part(), part(), part(), part());
        let api_version =
            if group.is_empty() { entry.version.clone() } else { format!("{group}/{}", entry.version) };
        let deleted = async {
            self.api(&api_version, kind, space).await?.delete(name, &DeleteParams::background()).await
        };
        match deleted.await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(err) => Err(format!("{kind}/{name}: {err}")),
        }
    }
}
