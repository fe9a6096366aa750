//! Delete an object, now or when nothing holds it any more.

use super::super::cluster::Cluster;
use super::super::kinds::Kind;
use super::super::moments::rfc3339;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Stored, Write};
use super::settle::is_over;
use super::update::put;
use super::{How, Record, preconditions};
use serde_json::{Value, json};
use std::sync::Arc;

/// `DeleteOptions`, as far as they matter here.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    pub grace: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`.
    pub propagation: Option<String>,
    /// An object of which uid and resourceVersion are compared.
    pub preconditions: Value,
    pub dry_run: bool,
}

impl DeleteOptions {
    pub fn read(body: &Value) -> Self {
        Self {
            grace: body["gracePeriodSeconds"].as_i64(),
            propagation: body["propagationPolicy"].as_str().map(String::from),
            preconditions: json!({ "metadata": body["preconditions"] }),
            dry_run: body["dryRun"].as_array().is_some_and(|it| it.iter().any(|it| it == "All")),
        }
    }
}

/// Answers the object as it is then, and whether it is gone.
pub fn delete(
    cluster: &Cluster,
    target: &Target,
    options: &DeleteOptions,
) -> Result<(Arc<Stored>, bool), Status> {
    let how = How { record: Record::Nothing, dry_run: options.dry_run };
    let mut gone = false;
    let stored = put(cluster, target, &how, |old, stored| {
        preconditions(&target.kind, stored, &options.preconditions)?;
        let new = doomed(cluster, &target.kind, old, options);
        if is_over(&target.kind, &new) {
            gone = true;
            return Ok(Write::Remove(new));
        }
        Ok(if *old == new { Write::Nothing } else { Write::Put(new) })
    })?;
    Ok((stored, gone))
}

/// The object with the marks of its deletion.
fn doomed(cluster: &Cluster, kind: &Kind, old: &Value, options: &DeleteOptions) -> Value {
    let mut new = old.clone();
    let grace = grace(kind, old, options);
    let metadata = &mut new["metadata"];
    let earlier = metadata["deletionGracePeriodSeconds"].as_i64();
    if metadata["deletionTimestamp"].is_string() {
        if earlier.is_some_and(|earlier| grace < earlier) {
            metadata["deletionGracePeriodSeconds"] = grace.into();
        }
    } else {
        metadata["deletionTimestamp"] = rfc3339(cluster.clock.now() + grace * 1000).into();
        metadata["deletionGracePeriodSeconds"] = grace.into();
        if let Some(generation) = metadata["generation"].as_i64() {
            metadata["generation"] = (generation + 1).into();
        }
    }
    let finalizer = match options.propagation.as_deref() {
        Some("Foreground") => Some("foregroundDeletion"),
        Some("Orphan") => Some("orphan"),
        _ => None,
    };
    if let Some(finalizer) = finalizer {
        let mut list = metadata["finalizers"].as_array().cloned().unwrap_or_default();
        if !list.iter().any(|it| it == finalizer) {
            list.push(finalizer.into());
        }
        metadata["finalizers"] = list.into();
    }
    if metadata["finalizers"].is_null()
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.remove("finalizers");
    }
    if kind.resource() == "namespaces" {
        new["status"]["phase"] = "Terminating".into();
    }
    new
}

/// Only pods that a kubelet has to stop first are given time.
fn grace(kind: &Kind, old: &Value, options: &DeleteOptions) -> i64 {
    let phase = old["status"]["phase"].as_str().unwrap_or_default();
    let scheduled = old["spec"]["nodeName"].as_str().is_some_and(|it| !it.is_empty());
    if kind.resource() != "pods" || !scheduled || matches!(phase, "Succeeded" | "Failed") {
        return 0;
    }
    let own = || old["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace.unwrap_or_else(own).max(0)
}
