//! Stories of Git and what delivers from it.

use super::stage::{Stage, StoryError, condition};

const INGRESS: &str = "apps/ingress-nginx/ingress-nginx/deployment.yaml";

pub async fn steady(stage: &Stage) -> Result<(), StoryError> {
    stage
        .until("argoproj.io", "v1alpha1", "Application", "applications", |all| {
            let well = |it: &serde_json::Value| {
                it["status"]["sync"]["status"] == "Synced" && it["status"]["health"]["status"] == "Healthy"
            };
            !all.is_empty() && all.iter().all(well)
        })
        .await;
    Ok(())
}

pub async fn steady_by_flux(stage: &Stage) -> Result<(), StoryError> {
    stage
        .until("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations", |all| {
            let well =
                |it: &serde_json::Value| condition(it, "Ready").is_some_and(|it| it["status"] == "True");
            !all.is_empty() && all.iter().all(well)
        })
        .await;
    Ok(())
}

pub async fn git_behind(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    let grafana = "apps/monitoring/grafana/deployment.yaml";
    let more = |text: &str| text.replace("memory: 512Mi", "memory: 640Mi");
    stage.push("Tariq Haddad", grafana, more, "grafana: 640Mi, it was OOMKilled at noon").await?;
    stage.wait(20).await;
    let reloader = "apps/reloader/reloader/deployment.yaml";
    let bump = |text: &str| text.replace(":v1.4.8", ":v1.4.9");
    stage
        .push(
            "renovate[bot]",
            reloader,
            bump,
            "chore(deps): update ghcr.io/stakater/reloader docker tag to v1.4.9 (#216)",
        )
        .await?;
    stage.wait(20).await;
    let fewer = |text: &str| text.replace("replicas: 3", "replicas: 2");
    let last = stage.push("Jonas Feld", INGRESS, fewer, "ingress-nginx: two replicas again").await?;
    for application in ["grafana", "reloader", "ingress-nginx"] {
        stage.synced(application, &last).await;
    }
    Ok(())
}

pub async fn sync_failed(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    let larger = |text: &str| text.replace("storage: 60Gi", "storage: 100Gi");
    let path = "apps/monitoring/loki/statefulset.yaml";
    let commit = stage.push("Tariq Haddad", path, larger, "loki: 100Gi, the disk is 91% full").await?;
    stage
        .application("loki", |it| {
            let last = &it["status"]["operationState"];
            // Argo CD tries five times more, for minutes; what it says does not change by that.
            let failed = last["phase"] == "Failed" || last["retryCount"].as_u64().is_some_and(|it| it >= 2);
            failed && last["syncResult"]["revision"] == commit.as_str()
        })
        .await;
    Ok(())
}
