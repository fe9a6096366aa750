//! How many replicas: the scale subresource.

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::kinds::Kind;
use super::super::patches::{json, merge};
use super::super::selectors::{label_selector, written};
use super::super::status::Status;
use super::super::store::Stored;
use super::How;
use super::get::get;
use super::preconditions;
use super::update::change;
use serde_json::{Value, json};

pub fn read(cluster: &Cluster, call: &Call) -> Result<Value, Status> {
    shown(&call.target.kind, &*get(cluster, &call.target)?)
}

/// Replace or patch the scale, and with it the object's replicas.
pub fn write(cluster: &Cluster, call: &Call, how: &How) -> Result<Value, Status> {
    let target = &call.target;
    let body: Value = serde_yaml::from_slice(&call.body)
        .map_err(|why| Status::bad_request(format!("the object provided is unrecognized: {why}")))?;
    let path = paths(&target.kind)?.spec.clone();
    let stored = change(cluster, target, how, |old, stored| {
        let mut scale = shown(&target.kind, stored)?;
        match call.content_type.as_str() {
            "application/json-patch+json" => json::patch(&mut scale, &body).map_err(Status::bad_request)?,
            _ => merge::merge(&mut scale, &body),
        }
        preconditions(&target.kind, stored, &scale)?;
        let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let why = format!("Invalid value: {replicas}: must be greater than or equal to 0");
            return Err(Status::invalid(
                &target.kind,
                &target.name,
                "spec.replicas",
                "FieldValueInvalid",
                &why,
            ));
        }
        let mut new = old.clone();
        // The paths of definitions are plain fields under spec and status.
        let mut place = &mut new;
        for name in path.split('.').filter(|it| !it.is_empty()) {
            place = &mut place[name];
        }
        *place = replicas.into();
        Ok(new)
    })?;
    shown(&target.kind, &stored)
}

fn paths(kind: &Kind) -> Result<&super::super::kinds::ScalePaths, Status> {
    kind.scale.as_ref().ok_or_else(Status::method_not_allowed)
}

fn shown(kind: &Kind, stored: &Stored) -> Result<Value, Status> {
    let paths = paths(kind)?;
    let value = stored.value();
    let at = |path: &str| value.pointer(&path.replace('.', "/")).cloned();
    let mut status = json!({ "replicas": at(&paths.status).unwrap_or_else(|| 0.into()) });
    let selector = match &paths.selector {
        Some(path) => at(path).and_then(|it| it.as_str().map(String::from)),
        None => label_selector(&value["spec"]["selector"]).map(|it| written(&it)),
    };
    if let Some(selector) = selector {
        status["selector"] = selector.into();
    }
    let metadata = &value["metadata"];
    Ok(json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": { "replicas": at(&paths.spec).unwrap_or_else(|| 0.into()) },
        "status": status,
    }))
}
