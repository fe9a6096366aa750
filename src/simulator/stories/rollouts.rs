//! Stories in which machines are replaced.

use super::stage::{Stage, StoryError, condition, labelled};
use crate::faces::hetzner::Cloud;
use serde_json::Value;

pub const CONTROL_PLANE: &str = "cluster-api/control-plane.yaml";
const WORKERS: &str = "cluster-api/workers.yaml";
/// The newer Kubernetes of all stories.
pub const NEXT: &str = "v1.35.2";

/// The line of the control plane's version, and no other.
pub fn upgraded(text: &str) -> String {
    text.replacen("version: v1.35.0", &format!("version: {NEXT}"), 1)
}

pub async fn rolling_upgrade(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(8).await;
    let why = format!("Upgrade Kubernetes to {NEXT}\n\nControl plane first, workers tomorrow.");
    stage.push("Mara Lindqvist", CONTROL_PLANE, upgraded, &why).await?;
    stage
        .machines(|all| {
            let planes: Vec<&Value> =
                all.iter().filter(|it| labelled(it, "cluster.x-k8s.io/control-plane")).collect();
            planes.len() == 3
                && planes.iter().all(|it| it["spec"]["version"] == NEXT && it["status"]["phase"] == "Running")
        })
        .await;
    Ok(())
}

/// A new machine template, and the deployment pointed at it.
fn larger_workers(text: &str) -> String {
    text.replace("k8s-md-v5", "k8s-md-v6").replace("type: cx33", "type: cx43")
}

async fn roll_workers(stage: &Stage) -> Result<(), StoryError> {
    let why = "workers: cx43\n\nMemory is at 85% since the analytics jobs moved in.";
    stage.push("Mara Lindqvist", WORKERS, larger_workers, why).await.map(drop)
}

pub async fn worker_rollout(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    // With one replica its budget would hold every drain up: that is another story.
    let two = |text: &str| text.replace("replicas: 1", "replicas: 2");
    let commit = stage
        .push(
            "Selin Aydın",
            "apps/ory/hydra/deployment.yaml",
            two,
            "hydra: two replicas before the workers roll",
        )
        .await?;
    stage.synced("hydra", &commit).await;
    stage.wait(20).await;
    roll_workers(stage).await?;
    stage
        .machines(|all| {
            let workers: Vec<&Value> =
                all.iter().filter(|it| !labelled(it, "cluster.x-k8s.io/control-plane")).collect();
            !workers.is_empty()
                && workers.iter().all(|it| it["status"]["phase"] == "Running")
                && workers.iter().all(|it| is_new(it))
        })
        .await;
    stage
        .until("cluster.x-k8s.io", "v1beta2", "MachineDeployment", "machinedeployments", |all| {
            all.iter().all(|it| {
                it["status"]["upToDateReplicas"] == it["spec"]["replicas"]
                    && it["status"]["replicas"] == it["spec"]["replicas"]
            })
        })
        .await;
    Ok(())
}

/// A machine that is not on its way out.
fn is_new(machine: &Value) -> bool {
    !machine["metadata"]["deletionTimestamp"].is_string()
}

pub async fn pdb_blocks_drain(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    roll_workers(stage).await?;
    stage.machines(|all| all.iter().any(waits_for_budget)).await;
    Ok(())
}

/// The drain names the budget's pod, or has lasted long enough to be suspicious.
fn waits_for_budget(machine: &Value) -> bool {
    let Some(deleting) = condition(machine, "Deleting") else { return false };
    let message = deleting["message"].as_str().unwrap_or_default();
    deleting["reason"] == "DrainingNode" && (message.contains("hydra") || message.contains("budget"))
}

pub async fn no_capacity(stage: &Stage, cloud: &Cloud) -> Result<(), StoryError> {
    stage.wait(6).await;
    cloud.set_sold_out("nbg1", true);
    let four = |text: &str| text.replacen("replicas: 3", "replicas: 4", 1);
    stage.push("Mara Lindqvist", WORKERS, four, "workers: a fourth one for Black Friday").await?;
    stage
        .until("infrastructure.cluster.x-k8s.io", "v1beta1", "HCloudMachine", "hcloudmachines", |all| {
            all.iter().any(|it| {
                let failed =
                    condition(it, "ServerCreateSucceeded").or_else(|| condition(it, "ServerCreated"));
                failed.is_some_and(|it| it["status"] == "False" && it["reason"] == "CreationFailed")
            })
        })
        .await;
    Ok(())
}
