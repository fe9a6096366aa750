//! The one question to an API server that has the shape of a change: a dry run. It cannot be asked as anything else
//! from here, so that nothing of a draft is ever kept by the server.

use super::{Cluster, Trouble};
use crate::git::Wished;
use domain::{Check, Verdict};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use serde_json::Value;

/// How the cockpit calls itself where the server wants a name.
const WHO: &str = "pilothouse";
/// Objects that are asked about at most.
const MANY: usize = 20;

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
