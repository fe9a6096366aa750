//! The story of what people change past Git.

use super::stage::{Stage, StoryError};
use crate::faces::hetzner::Cloud;
use crate::faces::talos::edit_config;
use crate::world::{Lock, Role};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

/// What is changed on a machine: the key, what Git says, what it is set to.
struct Edit {
    role: Role,
    sysctl: &'static str,
    from: &'static str,
    to: &'static str,
}

const LIGHTHOUSE: Edit =
    Edit { role: Role::ControlPlane, sysctl: "net.core.somaxconn", from: "65535", to: "1024" };
const HOME_OPS: Edit =
    Edit { role: Role::Worker, sysctl: "fs.inotify.max_user_instances", from: "8192", to: "512" };

/// In the default world: a machine, the firewall, a workload.
pub async fn lighthouse(stage: &Stage, cloud: &Cloud) -> Result<(), StoryError> {
    stage.wait(6).await;
    talosctl(stage, &LIGHTHOUSE)?;
    stage.wait(4).await;
    console(cloud)?;
    stage.wait(3).await;
    kubectl(stage).await?;
    stage.application("forgejo", |it| it["status"]["sync"]["status"] == "OutOfSync").await;
    Ok(())
}

/// In the world of talhelper: a machine.
pub async fn home_ops(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    talosctl(stage, &HOME_OPS)
}

/// Somebody edits the config of the first machine of a role, in force and on disk.
fn talosctl(stage: &Stage, edit: &Edit) -> Result<(), StoryError> {
    let name = stage.node(edit.role, 0)?;
    let node = stage.world.nodes().into_iter().find(|it| it.spec.name == name);
    let node = node.ok_or(StoryError::Missing("machine of that role"))?;
    let text = node.config().text.clone();
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| match line.trim_start().strip_prefix(edit.sysctl) {
            Some(value) if value.starts_with(':') => line.replacen(edit.from, edit.to, 1),
            _ => line.to_owned(),
        })
        .collect();
    let edited = lines.concat();
    if edited == text {
        return Err(StoryError::Broken(format!(
            "the config of {name} has no {} of {}",
            edit.sysctl, edit.from
        )));
    }
    edit_config(&node, &edited).map_err(StoryError::Broken)?;
    let state = node.state.held();
    match state.active.text == edited && state.persistent.text == edited {
        true => Ok(()),
        false => Err(StoryError::Broken(format!("{name} did not take the edited config"))),
    }
}

/// Somebody opens a port of the firewall by the provider's console.
fn console(cloud: &Cloud) -> Result<(), StoryError> {
    let firewall = cloud.resources("firewalls").into_iter().find(|it| it["name"] == "nodes");
    let firewall = firewall.ok_or(StoryError::Missing("firewall"))?;
    let mut rules: Vec<Value> = firewall["rules"].as_array().cloned().unwrap_or_default();
    rules.push(json!({"direction": "in", "protocol": "tcp", "port": "8080",
        "source_ips": ["0.0.0.0/0", "::/0"], "destination_ips": [], "description": null}));
    let id = firewall["id"].as_u64().unwrap_or_default();
    cloud.set_firewall_rules(id, &rules).map_err(|err| StoryError::Broken(err.message))
}

/// Somebody gives a workload more memory with `kubectl edit`.
async fn kubectl(stage: &Stage) -> Result<(), StoryError> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", "StatefulSet"));
    let sets = Api::<DynamicObject>::namespaced_with(stage.client.clone(), "forgejo", &resource);
    let limits = json!({"name": "forgejo", "resources": {"limits": {"memory": "768Mi"}}});
    let patch = Patch::Strategic(json!({"spec": {"template": {"spec": {"containers": [limits]}}}}));
    let params = PatchParams { field_manager: Some("kubectl-edit".into()), ..PatchParams::default() };
    match sets.patch("forgejo", &params, &patch).await {
        Ok(_) => Ok(()),
        Err(err) => Err(StoryError::Broken(format!("kubectl edit: {err}"))),
    }
}
