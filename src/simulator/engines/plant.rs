//! Objects as they would be after months, put into a real API server: each gets an identity and a day of birth of that
//! server, so those that others refer to go first, and what refers to them is told how they are called now.

use futures::{StreamExt, TryStreamExt};
use http::Request;
use kube::Client;
use kube::discovery::{ApiCapabilities, ApiResource, Discovery, Scope};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PlantError {
    #[error("the Kubernetes API: {0}")]
    Api(#[from] kube::Error),
    #[error("request: {0}")]
    Request(#[from] http::Error),
    #[error("encode: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("{what}: {why}")]
    Refused { what: String, why: String },
    #[error("the Kubernetes API knows no {0}")]
    Unknown(String),
}

/// Requests under way at once.
const AT_ONCE: usize = 12;
/// How often discovery is asked for kinds that it does not tell yet, twice a second.
const DISCOVERED: usize = 40;
/// Who Argo CD says that it is where it applies something.
const ARGO: &str = "argocd-controller";
const TRACKED: &str = "argocd.argoproj.io/tracking-id";
/// What Kubernetes' own controllers make of what is declared, and the kubelets of what they made.
const DERIVED: [&str; 8] = [
    "Pod",
    "ReplicaSet",
    "ControllerRevision",
    "Endpoints",
    "EndpointSlice",
    "Event",
    "Lease",
    "CiliumEndpoint",
];
/// Whose status those controllers tell; kubelets tell that of nodes, and the cloud's controller where a Service is reached.
const THEIRS: [&str; 7] =
    ["v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2", "networking.k8s.io/v1", "storage.k8s.io/v1"];

/// Whether there is any object of a kind, wherever.
pub(super) async fn any(client: &Client, group: &str, kind: &str) -> Result<bool, PlantError> {
    let known = Known::ask(client).await?;
    let Some((resource, _)) = known.find(group, kind) else { return Ok(false) };
    let path = format!("/apis/{}/{}?limit=1", resource.api_version, resource.plural);
    let list: Value = client.request(Request::get(path).body(Vec::new())?).await?;
    Ok(list["items"].as_array().is_some_and(|it| !it.is_empty()))
}

/// Define the kinds that are not known yet.
pub(super) async fn define(client: &Client, definitions: Vec<Value>) -> Result<(), PlantError> {
    let known = Known::ask(client).await?;
    for mut definition in definitions {
        let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (group, kind) = (text("/spec/group").to_owned(), text("/spec/names/kind").to_owned());
        if known.find(&group, &kind).is_some() {
            continue;
        }
        let name = text("/metadata/name").to_owned();
        definition["status"].take();
        let at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        post(client, at, &definition).await.map_err(|why| refused(&definition, &why))?;
        // It answers for the kind a moment after it has accepted the names.
        let path = format!("{at}/{name}");
        loop {
            let now: Value = client.request(Request::get(&path).body(Vec::new())?).await?;
            let conditions = now["status"]["conditions"].as_array();
            if conditions
                .into_iter()
                .flatten()
                .any(|it| it["type"] == "Established" && it["status"] == "True")
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

/// Put them there, and their statuses where nobody else tells those.
pub(super) async fn plant(client: &Client, objects: Vec<Value>) -> Result<(), PlantError> {
    let mut rest: Vec<Value> = objects.into_iter().filter(|it| !is_derived(it)).collect();
    let known = Known::of(client, &rest).await?;
    let spaces: BTreeSet<&str> = rest.iter().filter_map(|it| it["metadata"]["namespace"].as_str()).collect();
    let spaces: Vec<Value> = spaces
        .into_iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .collect();
    let mut called = BTreeMap::new();
    known.put(client, spaces, &mut called).await?;
    // Volumes before the claims that are bound to them: a claim whose volume is not there is lost for good.
    let (volumes, others): (Vec<Value>, Vec<Value>) =
        rest.into_iter().partition(|it| it["kind"] == "PersistentVolume");
    known.put(client, volumes, &mut called).await?;
    rest = others;
    while !rest.is_empty() {
        let awaited: BTreeSet<String> = rest.iter().map(|it| uid(it).to_owned()).collect();
        let waits = |it: &Value| {
            let owners = it["metadata"]["ownerReferences"].as_array();
            owners.into_iter().flatten().any(|it| it["uid"].as_str().is_some_and(|it| awaited.contains(it)))
        };
        let (mut later, mut now): (Vec<Value>, Vec<Value>) = rest.into_iter().partition(waits);
        if now.is_empty() {
            // They own one another: nobody goes first.
            std::mem::swap(&mut later, &mut now);
        }
        known.put(client, now, &mut called).await?;
        rest = later;
    }
    Ok(())
}

fn is_derived(object: &Value) -> bool {
    DERIVED.iter().any(|it| object["kind"] == *it)
}

fn group(object: &Value) -> &str {
    object["apiVersion"].as_str().and_then(|it| it.split_once('/')).map_or("", |it| it.0)
}

fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

fn refused(object: &Value, why: &kube::Error) -> PlantError {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    PlantError::Refused {
        what: format!(
            "{} {}/{}",
            text(&object["kind"]),
            text(&metadata["namespace"]),
            text(&metadata["name"])
        ),
        why: why.to_string(),
    }
}

/// The kinds that an API server knows.
struct Known(BTreeMap<(String, String), (ApiResource, ApiCapabilities)>);

impl Known {
    async fn ask(client: &Client) -> Result<Self, PlantError> {
        let found = Discovery::new(client.clone()).run().await?;
        let mut kinds = BTreeMap::new();
        for group in found.groups() {
            for (resource, capabilities) in group.resources_by_stability() {
                kinds.insert((resource.group.clone(), resource.kind.clone()), (resource, capabilities));
            }
        }
        Ok(Self(kinds))
    }

    /// Ask until all of them are known: what was just defined is discovered some seconds later.
    async fn of(client: &Client, objects: &[Value]) -> Result<Self, PlantError> {
        for _ in 0..DISCOVERED {
            let known = Self::ask(client).await?;
            let is_known =
                |it: &Value| known.find(group(it), it["kind"].as_str().unwrap_or_default()).is_some();
            if objects.iter().all(is_known) {
                return Ok(known);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Self::ask(client).await
    }

    fn find(&self, group: &str, kind: &str) -> Option<&(ApiResource, ApiCapabilities)> {
        self.0.get(&(group.to_owned(), kind.to_owned()))
    }

    /// Put objects there that do not wait for one another. `called` maps the identities that were given to them
    /// before to those that the server gave them.
    async fn put(
        &self,
        client: &Client,
        objects: Vec<Value>,
        called: &mut BTreeMap<String, String>,
    ) -> Result<(), PlantError> {
        let told = &*called;
        let made: Vec<(String, String)> = futures::stream::iter(objects)
            .map(|object| async move {
                let before = uid(&object).to_owned();
                Ok::<_, PlantError>((before, self.put_one(client, renamed(object, told)?).await?))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        called.extend(made.into_iter().filter(|(before, _)| !before.is_empty()));
        Ok(())
    }

    /// Answers the identity that the server gave it.
    async fn put_one(&self, client: &Client, mut object: Value) -> Result<String, PlantError> {
        let version = object["apiVersion"].as_str().unwrap_or_default().to_owned();
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        let group = group(&object).to_owned();
        let (resource, capabilities) =
            self.find(&group, &kind).ok_or_else(|| PlantError::Unknown(format!("{kind} of {version}")))?;
        let status = object["status"].take();
        if let Some(object) = object.as_object_mut() {
            object.remove("status");
        }
        let own_status = capabilities.subresources.iter().any(|(it, _)| it.plural == "status");
        if !own_status && !status.is_null() {
            object["status"] = status.clone();
        }
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let root = if group.is_empty() { "/api/" } else { "/apis/" };
        let space = match (&capabilities.scope, object["metadata"]["namespace"].as_str()) {
            (Scope::Namespaced, Some(space)) => format!("/namespaces/{space}"),
            (Scope::Namespaced, None) => "/namespaces/default".to_owned(),
            (Scope::Cluster, _) => String::new(),
        };
        let at = format!("{root}{version}{space}/{}", resource.plural);
        let manager = if object["metadata"]["annotations"].get(TRACKED).is_some() { ARGO } else { "manager" };
        let made = match post(client, &format!("{at}?fieldManager={manager}"), &object).await {
            Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => {
                let apply = Request::patch(format!("{at}/{name}?fieldManager={manager}&force=true"))
                    .header("content-type", "application/apply-patch+yaml")
                    .body(serde_json::to_vec(&object)?)?;
                client.request(apply).await
            }
            made => made,
        };
        let made = made.map_err(|why| refused(&object, &why))?;
        let theirs = !["Node", "Service"].contains(&kind.as_str()) && THEIRS.contains(&version.as_str());
        if own_status && !theirs && !status.is_null() {
            let body = serde_json::to_vec(&json!({"status": status}))?;
            let patch = Request::patch(format!("{at}/{name}/status?fieldManager={manager}"))
                .header("content-type", "application/merge-patch+json")
                .body(body)?;
            client.request::<Value>(patch).await.map_err(|why| refused(&object, &why))?;
        }
        Ok(uid(&made).to_owned())
    }
}

async fn post(client: &Client, at: &str, object: &Value) -> Result<Value, kube::Error> {
    let body = serde_json::to_vec(object).map_err(kube::Error::SerdeError)?;
    let request = Request::post(at).header("content-type", "application/json").body(body);
    client.request(request.map_err(kube::Error::HttpError)?).await
}

/// The object with what the server itself says taken away, and everybody called as the server calls them.
fn renamed(object: Value, called: &BTreeMap<String, String>) -> Result<Value, PlantError> {
    let mut text = serde_json::to_string(&object)?;
    for (before, now) in called {
        if text.contains(before.as_str()) {
            text = text.replace(before.as_str(), now);
        }
    }
    let mut object: Value = serde_json::from_str(&text)?;
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
            metadata.remove(field);
        }
    }
    if object["kind"] == "Service"
        && object["spec"]["clusterIP"] != "None"
        && let Some(spec) = object["spec"].as_object_mut()
    {
        // Its range is the server's own.
        spec.remove("clusterIP");
        spec.remove("clusterIPs");
    }
    if let Some(claim) = object.pointer_mut("/spec/claimRef").and_then(Value::as_object_mut) {
        // The claim comes after its volume.
        claim.remove("uid");
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_told_how_its_owner_is_called_now() {
        let called = BTreeMap::from([("before".to_owned(), "now".to_owned())]);
        let object = json!({"metadata": {"name": "m", "uid": "own", "generation": 1,
            "ownerReferences": [{"name": "o", "uid": "before"}]}});
        let object = renamed(object, &called).unwrap();
        assert_eq!(
            object,
            json!({"metadata": {"name": "m", "ownerReferences": [{"name": "o", "uid": "now"}]}})
        );
    }
}
