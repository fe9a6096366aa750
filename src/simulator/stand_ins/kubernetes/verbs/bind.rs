//! Bind a pod to a node.

use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::Write;
use super::How;
use super::update::put;
use serde_json::{Value, json};

/// `binding` says the node in `target.name`.
pub fn bind(cluster: &Cluster, target: &Target, binding: &Value, how: &How) -> Result<(), Status> {
    let node = binding["target"]["name"].as_str().unwrap_or_default();
    if node.is_empty() {
        return Err(Status::bad_request("target.name: Required value"));
    }
    assign(cluster, target, node, how)
}

pub fn assign(cluster: &Cluster, target: &Target, node: &str, how: &How) -> Result<(), Status> {
    put(cluster, target, how, |old, stored| {
        let name = &target.name;
        if stored.deleting {
            let why = format!("pod {name} is being deleted, cannot be assigned to a host");
            return Err(Status::conflict(&target.kind, name, &why));
        }
        if !stored.node.is_empty() {
            let why = format!("pod {name} is already assigned to node \"{}\"", stored.node);
            return Err(Status::conflict(&target.kind, name, &why));
        }
        let mut new = old.clone();
        new["spec"]["nodeName"] = node.into();
        let condition = json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": cluster.now(),
        });
        let mut conditions = old["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.retain(|it| it["type"] != "PodScheduled");
        conditions.push(condition);
        new["status"]["conditions"] = conditions.into();
        Ok(Write::Put(new))
    })?;
    Ok(())
}
