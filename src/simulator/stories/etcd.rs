//! Stories of etcd.

use super::rollouts::{CONTROL_PLANE, NEXT, upgraded};
use super::stage::{Stage, StoryError, condition, labelled};
use crate::stand_ins::cacppt::Version;
use crate::world::Role;
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

/// How long a roll must stand before the story calls it stuck, in seconds.
const STANDS_STILL: u64 = 120;

/// The message of the control plane's etcd condition, while it is False.
fn unhealthy(planes: &[Value]) -> Option<String> {
    let failed = planes.iter().find_map(|it| condition(it, "EtcdClusterHealthyCondition"))?;
    (failed["status"] == "False").then(|| failed["message"].as_str().unwrap_or_default().to_owned())
}

fn planes(machines: &[Value]) -> usize {
    machines.iter().filter(|it| labelled(it, "cluster.x-k8s.io/control-plane")).count()
}

async fn until_unhealthy(stage: &Stage, so: impl Fn(&str) -> bool) {
    stage
        .until(
            "controlplane.cluster.x-k8s.io",
            "v1alpha3",
            "TalosControlPlane",
            "taloscontrolplanes",
            |all| unhealthy(all).is_some_and(|it| so(&it)),
        )
        .await;
}

/// The stand-in has the flaw of v0.5.12. A real provider has the one that is left in v0.5.13: a member that leaves by
/// itself has no mark, and nobody deletes its machine.
pub async fn cacppt_deadlock(stage: &Stage, cacppt: &Version) -> Result<(), StoryError> {
    stage.wait(8).await;
    let real = stage.api.is_real();
    if !real {
        // The request goes through the very API server whose etcd has just left.
        cacppt.lose_deletes(1);
    }
    let oldest = stage.node(Role::ControlPlane, 0)?;
    let why = format!("Upgrade Kubernetes to {NEXT}");
    stage.push("Mara Lindqvist", CONTROL_PLANE, upgraded, &why).await?;
    if real {
        stage.machines(|all| planes(all) == 4).await;
        stage.world.drop_out(&oldest);
    }
    until_unhealthy(stage, |message| message.contains("expected to have 4 members, got 3")).await;
    stage.wait(STANDS_STILL).await;
    stage.machines(|all| planes(all) == 4).await;
    until_unhealthy(stage, |_| true).await;
    Ok(())
}

pub async fn member_lost(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    stage.world.stop_etcd(&stage.node(Role::ControlPlane, 1)?);
    until_unhealthy(stage, |_| true).await;
    Ok(())
}

pub async fn no_space(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    stage.world.fill_etcd();
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap"));
    let maps = Api::<DynamicObject>::namespaced_with(stage.client.clone(), "default", &resource);
    loop {
        let probe = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "is-there-space"}});
        let Ok(probe) = serde_json::from_value(probe) else { return Ok(()) };
        match maps.create(&PostParams::default(), &probe).await {
            Err(kube::Error::Api(status)) if status.message.contains("database space exceeded") => {
                return Ok(());
            }
            Ok(_) => {
                // Not yet: what was written goes again, and so does the next.
                let _ = maps.delete("is-there-space", &DeleteParams::default()).await;
            }
            Err(_) => {}
        }
        stage.wait(2).await;
    }
}
