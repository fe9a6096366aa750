//! The two requests that a delivery engine takes: look anew, and sync. What they apply is what Git says; nothing of
//! the objects they are about is changed but the request itself.

use crate::kubernetes::{Cluster, Served, Trouble, now};
use domain::{ObjectRef, Outcome, Refusal};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

const REFRESH: &str = "argocd.argoproj.io/refresh";
const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";
/// How the cockpit calls itself where an engine wants a name.
const WHO: &str = "pilothouse";

/// Ask the engine to look anew.
pub async fn refresh(cluster: &Cluster, object: ObjectRef) -> Outcome {
    let asked = async {
        let api = api(cluster, &object).await?;
        let at = stamp();
        let annotations = if object.group == super::decode::ARGO {
            json!({ REFRESH: "normal" })
        } else {
            json!({ REQUESTED: at })
        };
        let patch = Patch::Merge(json!({ "metadata": { "annotations": annotations } }));
        #[expect(
            clippy::disallowed_methods,
            reason = "a refresh request: an annotation that the engine takes away again"
        )]
        api.patch(&object.name, &PatchParams::default(), &patch).await?;
        Ok(())
    };
    outcome(asked.await, object, "asked to refresh")
}

/// Ask for a sync: of Argo CD an operation as its own server would write it, of Flux a reconciliation.
pub async fn sync(cluster: &Cluster, object: ObjectRef) -> Outcome {
    if object.group != super::decode::ARGO {
        return refresh(cluster, object).await;
    }
    let asked = async {
        let api = api(cluster, &object).await?;
        let mut found = api.get(&object.name).await?;
        with_operation(&mut found.data)?;
        // The resource version of what was read goes with it: whoever was faster wins, and this is refused.
        #[expect(clippy::disallowed_methods, reason = "a sync request: what is applied is what Git says")]
        api.replace(&object.name, &PostParams::default(), &found).await?;
        Ok(())
    };
    outcome(asked.await, object, "asked to sync")
}

/// Write the operation that Argo CD's server would write.
fn with_operation(app: &mut Value) -> Result<(), Trouble> {
    let refused = |message: &str| Trouble::Refused { status: 409, message: message.into() };
    if app.get("operation").is_some_and(|it| !it.is_null()) {
        return Err(refused("a sync is asked for already"));
    }
    let policy = app.pointer("/spec/syncPolicy").cloned().unwrap_or(Value::Null);
    let prune = policy.pointer("/automated/prune").and_then(Value::as_bool).unwrap_or(false);
    let mut sync = json!({ "prune": prune });
    if let Some(options) = policy.get("syncOptions").filter(|it| it.is_array()) {
        sync["syncOptions"] = options.clone();
    }
    let mut operation = json!({ "initiatedBy": { "username": WHO }, "sync": sync });
    if let Some(retry) = policy.get("retry").filter(|it| it.is_object()) {
        operation["retry"] = retry.clone();
    }
    let object = app.as_object_mut().ok_or_else(|| refused("it cannot be read"))?;
    object.insert("operation".into(), operation);
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("operationState");
    }
    Ok(())
}

async fn api(cluster: &Cluster, object: &ObjectRef) -> Result<Api<DynamicObject>, Trouble> {
    let served = cluster.served(&object.group, &object.kind, &[]).await?;
    let client = cluster.client().await?;
    Ok(Api::namespaced_with(client, &object.namespace, &resource(&served)))
}

fn resource(served: &Served) -> ApiResource {
    let api_version = match served.group.as_str() {
        "" => served.version.clone(),
        group => format!("{group}/{}", served.version),
    };
    ApiResource {
        group: served.group.clone(),
        version: served.version.clone(),
        api_version,
        kind: served.kind.clone(),
        plural: served.plural.clone(),
    }
}

/// Now, as RFC 3339 with nanoseconds.
fn stamp() -> String {
    jiff::Timestamp::from_millisecond(now().0).map(|it| it.to_string()).unwrap_or_default()
}

fn outcome(asked: Result<(), Trouble>, object: ObjectRef, words: &str) -> Outcome {
    match asked {
        Ok(()) => Outcome::Asked { object, words: words.into() },
        Err(trouble) => {
            let hint = match &trouble {
                Trouble::Forbidden(_) => {
                    Some("patch and update on it are wanted, by Kubernetes' own rules".into())
                }
                Trouble::Refused { status: 409, .. } => Some("it changed meanwhile; ask again".into()),
                _ => None,
            };
            Outcome::Refused(Refusal { why: format!("{}: {trouble}", object.name), hint })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_written_as_argo_would_and_never_over_another() {
        let mut app = json!({"spec": {"syncPolicy": {"automated": {"prune": true}, "syncOptions": ["ServerSideApply=true"],
            "retry": {"limit": 3}}}, "status": {"operationState": {"phase": "Failed"}, "sync": {"status": "OutOfSync"}}});
        with_operation(&mut app).unwrap();
        assert_eq!(app["operation"]["sync"], json!({"prune": true, "syncOptions": ["ServerSideApply=true"]}));
        assert_eq!(app["operation"]["retry"]["limit"], 3);
        assert!(
            app["status"].get("operationState").is_none() && app["status"]["sync"]["status"] == "OutOfSync"
        );
        assert!(with_operation(&mut app).is_err(), "one is asked for already");
    }
}
