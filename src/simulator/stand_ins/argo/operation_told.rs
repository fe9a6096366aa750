//! How a sync is told afterwards: a line for every resource, and the whole.

use super::resource::{Desired, ResourceId};
use super::status::moment;
use serde_json::{Value, json};

/// One resource of `syncResult.resources`.
pub fn line(id: &ResourceId, version: &str, failed: Option<&String>) -> Value {
    let kind = id.kind.to_lowercase();
    let full = if id.group.is_empty() { kind } else { format!("{kind}.{}", id.group) };
    let (status, phase, message) = match failed {
        None => ("Synced", "Running", format!("{full}/{} serverside-applied", id.name)),
        Some(why) => ("SyncFailed", "Failed", why.clone()),
    };
    json!({
        "group": id.group, "version": version, "kind": id.kind, "namespace": id.namespace, "name": id.name,
        "status": status, "message": message, "hookPhase": phase, "syncPhase": "Sync",
    })
}

/// The lines of a sync in which everything went well.
pub fn lines(desired: &[Desired]) -> Vec<Value> {
    desired.iter().map(|it| line(&it.id, &it.version, None)).collect()
}

/// The `operationState` of a sync that succeeded; `started` is in milliseconds since the epoch.
pub fn done(operation: &Value, revision: &str, source: &Value, started: i64, resources: Vec<Value>) -> Value {
    json!({
        "operation": operation,
        "phase": "Succeeded",
        "message": "successfully synced (all tasks run)",
        "startedAt": moment(started),
        "finishedAt": moment(started + 2_000),
        "syncResult": {"revision": revision, "source": source, "resources": resources},
    })
}
