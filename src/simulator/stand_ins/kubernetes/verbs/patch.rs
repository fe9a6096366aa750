//! Change a part of an object.

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::patches::apply::{Applying, apply};
use super::super::patches::shape::Shape;
use super::super::patches::{json, merge, strategic};
use super::super::status::Status;
use super::super::store::{Key, Stored};
use super::update::{change, put};
use super::{How, Record, create, judge, preconditions, settle};
use serde_json::Value;
use std::sync::Arc;

/// Answers the object, and whether it was created.
pub fn patch(cluster: &Cluster, call: &Call, how: &How) -> Result<(Arc<Stored>, bool), Status> {
    let target = &call.target;
    let kind = call.content_type.split(';').next().unwrap_or_default().trim();
    let custom = target.kind.custom;
    match kind {
        "application/apply-patch+yaml" | "application/apply-patch+cbor" => {
            return applied(cluster, call, how);
        }
        "application/json-patch+json" | "application/merge-patch+json" => {}
        "application/strategic-merge-patch+json" if !custom => {}
        _ => {
            let strategic = if custom { "" } else { "application/strategic-merge-patch+json, " };
            let why = format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, {strategic}application/apply-patch+yaml"
            );
            return Err(Status::unsupported_media(why));
        }
    }
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|why| Status::bad_request(format!("error decoding patch: {why}")))?;
    let stored = change(cluster, target, how, |old, stored| {
        let mut new = old.clone();
        match kind {
            "application/json-patch+json" => json::patch(&mut new, &body).map_err(refused)?,
            "application/merge-patch+json" => merge::merge(&mut new, &body),
            _ => strategic::patch(&mut new, &body, Shape::of(&target.kind, &target.version)),
        }
        preconditions(&target.kind, stored, if body.is_object() { &body } else { &new })?;
        Ok(new)
    })?;
    Ok((stored, false))
}

fn refused(why: String) -> Status {
    let why = format!("the server rejected our request due to an error in our request: {why}");
    Status::new(422, "Invalid", why)
}

fn applied(cluster: &Cluster, call: &Call, how: &How) -> Result<(Arc<Stored>, bool), Status> {
    let target = &call.target;
    let wanted: Value = serde_yaml::from_slice(&call.body)
        .map_err(|why| Status::bad_request(format!("error decoding YAML: {why}")))?;
    create::fits(target, &wanted)?;
    judge::applied(call, &wanted)?;
    let Some(manager) = call.query.get("fieldManager").filter(|it| !it.is_empty()) else {
        let why = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
        return Err(Status::new(422, "Invalid", why));
    };
    if wanted["metadata"]["managedFields"].as_array().is_some_and(|it| !it.is_empty()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let named = wanted["metadata"]["name"].as_str().unwrap_or(&target.name);
    if named != target.name {
        let why =
            format!("the name of the object ({named}) does not match the name on the URL ({})", target.name);
        return Err(Status::bad_request(why));
    }
    let now = cluster.now();
    let applying = Applying { target, manager, force: call.query.flag("force"), now: &now };
    let how_of = |managed: Value| How { record: Record::Exactly(managed), dry_run: how.dry_run };
    let key = Key::new(&target.namespace, &target.name);
    if cluster.store.get(&target.kind.resource(), &key).is_none() && target.subresource.is_empty() {
        let mut fresh = apply(&Value::Object(serde_json::Map::new()), &wanted, &applying)?;
        fresh.object["metadata"]["name"] = target.name.as_str().into();
        fresh.object["apiVersion"] = target.api_version().into();
        fresh.object["kind"] = target.kind.kind.as_str().into();
        let created = create::create(cluster, target, fresh.object, &how_of(fresh.managed));
        // Somebody else was faster: then it is theirs that is applied to.
        match created {
            Err(refused) if refused.reason == "AlreadyExists" => {}
            created => return Ok((created?, true)),
        }
    }
    let stored = put(cluster, target, how, |old, stored| {
        preconditions(&target.kind, stored, &wanted)?;
        let applied = apply(old, &wanted, &applying)?;
        settle(cluster, target, old, applied.object, &how_of(applied.managed))
    })?;
    Ok((stored, false))
}
