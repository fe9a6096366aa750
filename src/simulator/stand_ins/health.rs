//! How a resource is: the rules of Argo CD and of Flux, which agree, and those for Cluster API.

use serde_json::{Value, json};

/// From best to worst, as Argo CD adds them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Healthy,
    Suspended,
    Progressing,
    Missing,
    Degraded,
    Unknown,
}

impl Health {
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }
}

/// A resource's health and what is said about it; None for kinds without a rule.
pub type Assessed = Option<(Health, String)>;

pub fn assess(group: &str, kind: &str, live: &Value) -> Assessed {
    if live["metadata"]["deletionTimestamp"].is_string() {
        return Some((Health::Progressing, "Pending deletion".into()));
    }
    match (group, kind) {
        ("apps", "Deployment") => Some(deployment(live)),
        ("apps", "StatefulSet") => Some(stateful_set(live)),
        ("apps", "DaemonSet") => Some(daemon_set(live)),
        ("", "PersistentVolumeClaim") => Some(match live["status"]["phase"].as_str() {
            Some("Bound") => healthy(),
            Some("Lost") => (Health::Degraded, String::new()),
            _ => (Health::Progressing, String::new()),
        }),
        ("", "Service") => Some(service(live)),
        ("cluster.x-k8s.io", "Cluster" | "MachineDeployment" | "Machine") => Some(cluster_api(live)),
        ("cluster.x-k8s.io", "MachineHealthCheck") => Some(health_check(live)),
        _ => None,
    }
}

fn healthy() -> (Health, String) {
    (Health::Healthy, String::new())
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// The controller has not seen the newest spec yet.
fn unseen(live: &Value) -> bool {
    number(&live["status"]["observedGeneration"]) < number(&live["metadata"]["generation"])
}

fn deployment(live: &Value) -> (Health, String) {
    if live["spec"]["paused"] == true {
        return (Health::Suspended, "Deployment is paused".into());
    }
    if unseen(live) {
        return (
            Health::Progressing,
            "Waiting for rollout to finish: observed deployment generation less than desired generation"
                .into(),
        );
    }
    let status = &live["status"];
    let late = condition(status, "Progressing").is_some_and(|it| it["reason"] == "ProgressDeadlineExceeded");
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    if late {
        return (Health::Degraded, format!("Deployment \"{name}\" exceeded its progress deadline"));
    }
    let wanted = live["spec"]["replicas"].as_i64().unwrap_or(1);
    let (updated, all, available) = (
        number(&status["updatedReplicas"]),
        number(&status["replicas"]),
        number(&status["availableReplicas"]),
    );
    if updated < wanted {
        return (
            Health::Progressing,
            format!(
                "Waiting for rollout to finish: {updated} out of {wanted} new replicas have been updated..."
            ),
        );
    }
    if all > updated {
        return (
            Health::Progressing,
            format!(
                "Waiting for rollout to finish: {} old replicas are pending termination...",
                all - updated
            ),
        );
    }
    if available < updated {
        return (
            Health::Progressing,
            format!(
                "Waiting for rollout to finish: {available} of {updated} updated replicas are available..."
            ),
        );
    }
    healthy()
}

fn stateful_set(live: &Value) -> (Health, String) {
    if unseen(live) {
        return (Health::Progressing, "Waiting for statefulset spec update to be observed...".into());
    }
    let status = &live["status"];
    let wanted = live["spec"]["replicas"].as_i64().unwrap_or(1);
    let ready = number(&status["readyReplicas"]);
    if ready < wanted {
        return (Health::Progressing, format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    if status["updateRevision"] != status["currentRevision"] {
        let updated = number(&status["updatedReplicas"]);
        return (
            Health::Progressing,
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {}...",
                status["updateRevision"].as_str().unwrap_or_default()
            ),
        );
    }
    let revision = status["currentRevision"].as_str().unwrap_or_default();
    (
        Health::Healthy,
        format!(
            "statefulset rolling update complete {} pods at revision {revision}...",
            number(&status["currentReplicas"])
        ),
    )
}

fn daemon_set(live: &Value) -> (Health, String) {
    if unseen(live) {
        return (
            Health::Progressing,
            "Waiting for rollout to finish: observed daemon set generation less than desired generation"
                .into(),
        );
    }
    let status = &live["status"];
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let wanted = number(&status["desiredNumberScheduled"]);
    let (updated, available) =
        (number(&status["updatedNumberScheduled"]), number(&status["numberAvailable"]));
    if updated < wanted {
        return (
            Health::Progressing,
            format!(
                "Waiting for daemon set \"{name}\" rollout to finish: {updated} out of {wanted} new pods have been updated..."
            ),
        );
    }
    if available < wanted {
        return (
            Health::Progressing,
            format!(
                "Waiting for daemon set \"{name}\" rollout to finish: {available} of {wanted} updated pods are available..."
            ),
        );
    }
    healthy()
}

fn service(live: &Value) -> (Health, String) {
    let waits = live["spec"]["type"] == "LoadBalancer"
        && live["status"]["loadBalancer"]["ingress"].as_array().is_none_or(Vec::is_empty);
    if waits { (Health::Progressing, String::new()) } else { healthy() }
}

/// The rules that Argo CD ships for Cluster API go by the phase, so a rolling replacement is healthy to them.
fn cluster_api(live: &Value) -> (Health, String) {
    let status = &live["status"];
    let said = condition(status, "Ready").or_else(|| condition(status, "Available"));
    let said = said.and_then(|it| it["message"].as_str()).unwrap_or_default();
    match status["phase"].as_str().unwrap_or_default() {
        "Provisioned" | "Running" => healthy(),
        "Failed" | "Unknown" => (Health::Degraded, said.into()),
        phase => (Health::Progressing, if said.is_empty() { phase.into() } else { said.into() }),
    }
}

/// As soon as one of its machines is not healthy the check is degraded to Argo CD: so is every roll while it goes on.
fn health_check(live: &Value) -> (Health, String) {
    let (wanted, healthy_ones) = (&live["status"]["expectedMachines"], &live["status"]["currentHealthy"]);
    match (healthy_ones.is_null(), wanted == healthy_ones) {
        (true, _) => (Health::Progressing, String::new()),
        (false, true) => healthy(),
        (false, false) => (Health::Degraded, String::new()),
    }
}

fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|it| it["type"] == kind)
}

/// As an application's status carries it.
pub fn told(assessed: &(Health, String)) -> Value {
    let (health, message) = assessed;
    if message.is_empty() {
        json!({"status": health.word()})
    } else {
        json!({"status": health.word(), "message": message})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_that_rolls_is_progressing_and_one_that_is_late_degraded() {
        let mut live = json!({"metadata": {"name": "hydra", "generation": 2}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2}});
        assert_eq!(deployment(&live).0, Health::Progressing);
        live["status"]["conditions"] = json!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]);
        assert_eq!(deployment(&live).0, Health::Degraded);
        live["status"] =
            json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2});
        assert_eq!(deployment(&live).0, Health::Healthy);
    }
}
