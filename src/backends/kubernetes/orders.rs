//! What is asked of an API server that has the shape of a change. A dry run, which cannot be asked as anything else from
//! here, so that nothing of a draft is ever kept by the server; and what makes room before a node goes down: it is
//! cordoned, its pods are asked to go as their budgets allow, and it is uncordoned afterwards.

use super::drain::{CORDONED, PodThere};
use super::{Cluster, Trouble};
use crate::git::Wished;
use crate::plain::plain;
use domain::{Check, CommitId, NodeName, Verdict};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{ApiResource, DeleteParams, DynamicObject, EvictParams, Patch, PatchParams, Preconditions};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// How the cockpit calls itself where the server wants a name.
const WHO: &str = "pilothouse";
/// Objects that are asked about at most.
const MANY: usize = 20;
/// How long one change may take to be answered.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server would say to these objects, in a few lines.
pub async fn dry_run(cluster: &Cluster, wished: &[Wished]) -> Vec<Check> {
    let (mut accepted, mut checks) = (0, Vec::new());
    for one in wished.iter().take(MANY) {
        let object = &one.object;
        let what = format!("{} {}", object.kind, object.name);
        let note = |says: String| Check { verdict: Verdict::Note, says, place: None };
        match asked(cluster, one).await {
            Ok(true) => accepted += 1,
            // It says not in which namespace it shall be: the delivery engine does.
            Ok(false) => {}
            Err(Trouble::Missing(why)) => checks.push(note(format!("{what} was not asked about: {why}"))),
            Err(Trouble::Forbidden(why)) => {
                checks.push(note(format!("{what} could not be asked about, which needs patch: {why}")));
            }
            Err(Trouble::Refused { message, .. }) => {
                checks.push(note(format!("the server would refuse {what}: {message}")));
            }
            // The server cannot be asked at all: nothing is said, and nothing is known.
            Err(trouble) => {
                let says = format!("the server could not be asked: {trouble}");
                return vec![Check { verdict: Verdict::Note, says, place: None }];
            }
        }
    }
    if accepted > 0 {
        let many = if accepted == 1 { String::new() } else { format!(", {accepted} objects") };
        checks.insert(0, Check::of(Verdict::Good, format!("accepted by the server's dry run{many}")));
    }
    checks
}

/// Ask about one object; false where it cannot be asked.
async fn asked(cluster: &Cluster, one: &Wished) -> Result<bool, Trouble> {
    let object = &one.object;
    let version = one.json.get("apiVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let short = version.rsplit('/').next().unwrap_or_default().to_owned();
    let served = cluster.served(&object.group, &object.kind, &[&short]).await?;
    if served.namespaced && object.namespace.is_empty() {
        return Ok(false);
    }
    let resource = ApiResource {
        group: served.group.clone(),
        version: short,
        api_version: version,
        kind: served.kind.clone(),
        plural: served.plural.clone(),
    };
    let client = cluster.client().await?;
    let api: Api<DynamicObject> = match served.namespaced {
        true => Api::namespaced_with(client, &object.namespace, &resource),
        false => Api::all_with(client, &resource),
    };
    // The fields of others are taken over: the engine that applies it owns them, and is not us.
    let params = PatchParams::apply(WHO).force().dry_run().validation_strict();
    #[expect(clippy::disallowed_methods, reason = "a dry run: the server judges it and keeps nothing")]
    api.patch(&object.name, &params, &Patch::Apply(&one.json)).await?;
    Ok(true)
}

/// No new pods go to a node from here on; it says for which commit.
pub(crate) async fn cordon(cluster: &Cluster, node: &NodeName, commit: &CommitId) -> Result<String, Trouble> {
    let mark = json!({ CORDONED: commit.short() });
    schedulable(cluster, node, false, mark).await.map(|()| "it takes no new pods".into())
}

/// It takes pods again, and what we wrote on it is gone.
pub(crate) async fn uncordon(cluster: &Cluster, node: &NodeName) -> Result<String, Trouble> {
    let mark = json!({ CORDONED: null });
    schedulable(cluster, node, true, mark).await.map(|()| "it takes pods again".into())
}

/// The one call that says whether a node takes pods.
async fn schedulable(cluster: &Cluster, node: &NodeName, takes: bool, mark: Value) -> Result<(), Trouble> {
    let nodes: Api<Node> = Api::all(cluster.client().await?);
    let unschedulable = if takes { Value::Null } else { true.into() };
    let wish = json!({ "metadata": { "annotations": mark }, "spec": { "unschedulable": unschedulable } });
    let (params, patch) = (PatchParams::default(), Patch::Merge(wish));
    #[expect(
        clippy::disallowed_methods,
        reason = "a node that the approved plan takes down is cordoned before, and uncordoned after it came back"
    )]
    let asked = nodes.patch(&node.0, &params, &patch);
    timeout(PATIENCE, asked).await.map_err(|_| Trouble::Silent(PATIENCE))??;
    Ok(())
}

/// What became of a pod that was asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Eviction {
    Going,
    /// Not now: what its budget says.
    Refused(String),
}

/// The one call that asks a pod to go, as its budget allows.
pub(crate) async fn evict(cluster: &Cluster, pod: &PodThere) -> Result<Eviction, Trouble> {
    let pods: Api<Pod> = Api::namespaced(cluster.client().await?, &pod.namespace);
    let preconditions = Some(Preconditions { uid: Some(pod.uid.clone()), resource_version: None });
    let params = EvictParams {
        delete_options: Some(DeleteParams { preconditions, ..DeleteParams::default() }),
        ..EvictParams::default()
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the pods of a node that the approved plan takes down go before it does, by the Eviction API alone"
    )]
    let asked = pods.evict(&pod.name, &params);
    let answer = timeout(PATIENCE, asked).await.map_err(|_| Trouble::Silent(PATIENCE))?;
    match answer {
        Ok(_) => Ok(Eviction::Going),
        // Gone, or made anew under its name: the one that was there goes.
        Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(Eviction::Going),
        Err(kube::Error::Api(status)) if status.code == 429 => {
            let causes = status.details.iter().flat_map(|it| &it.causes);
            let said: Vec<String> = causes.map(|it| plain(&it.message).into_owned()).collect();
            let said = if said.is_empty() { plain(&status.message).into_owned() } else { said.join(", ") };
            Ok(Eviction::Refused(said))
        }
        Err(err) => Err(err.into()),
    }
}
