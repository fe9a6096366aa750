//! One control plane as it is reconciled once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::needs_rollout::needs_rollout;
use super::talos::Credentials;
use super::{Provider, status};
use crate::control::{Legacy, Outcome, Problem, condition, deleting, is_true, name};

/// How long the provider waits before it looks again at what it waits for.
pub(super) const REQUEUE: Duration = Duration::from_secs(10);
/// How often it looks when nothing is to be done.
const RESYNC: Duration = Duration::from_secs(60);

pub(super) struct Plane<'a> {
    pub provider: &'a Provider,
    pub cluster: &'a Value,
    /// The control-plane machines that it owns, those that are going among them.
    pub machines: Vec<Arc<Value>>,
    pub credentials: Option<Credentials>,
    pub now: String,
}

impl Plane<'_> {
    pub(super) fn info(&self, message: &str, pairs: &[(&str, &str)]) {
        self.provider.journal.info(message, pairs);
    }

    /// The phases in their order; each runs whatever became of the one before.
    pub(super) async fn phases(&self, plane: &mut Value) -> Result<Outcome, Problem> {
        let mut outcome = Outcome::Again(RESYNC);
        let audited = self.audit().await;
        self.note_etcd(plane).await;
        if !is_true(&plane["status"]["conditions"], "EtcdClusterHealthyCondition") {
            outcome = Outcome::Again(REQUEUE);
        }
        self.note_nodes(plane).await;
        self.note_machines(plane);
        let machines = self.machines(plane).await;
        if let (Ok(_), Err(problem)) = (&machines, audited) {
            self.provider.journal.error("failed to audit etcd", &[("error", &problem.to_string())]);
        }
        Ok(match (machines?, outcome) {
            (Outcome::Again(one), Outcome::Again(other)) => Outcome::Again(one.min(other)),
            (Outcome::Settled, other) => other,
            (one, Outcome::Settled) => one,
        })
    }

    async fn note_etcd(&self, plane: &mut Value) {
        const KIND: &str = "EtcdClusterHealthyCondition";
        if self.machines.is_empty() {
            return;
        }
        let new = match self.etcd_health().await {
            Ok(()) => Legacy::yes(KIND),
            Err(why) => Legacy::no(KIND, "Warning", "EtcdClusterUnhealthy", why),
        };
        status::set(plane, &new, &self.now);
    }

    async fn note_nodes(&self, plane: &mut Value) {
        const KIND: &str = "ControlPlaneComponentsHealthy";
        if self.machines.is_empty() {
            return;
        }
        let new = match self.node_health().await {
            Ok(()) => Legacy::yes(KIND),
            Err(why) => Legacy::no(KIND, "Warning", "ControlPlaneComponentsInspectionFailed", why),
        };
        status::set(plane, &new, &self.now);
    }

    fn note_machines(&self, plane: &mut Value) {
        let machines: Vec<&Value> = self.machines.iter().map(|it| &**it).collect();
        status::machines_ready(plane, &machines, &self.now);
    }

    /// Make and remove machines, one step at a time.
    async fn machines(&self, plane: &mut Value) -> Result<Outcome, Problem> {
        let desired = plane["spec"]["replicas"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(1);
        let number = self.machines.len();
        if desired == 0 {
            let new = Legacy::no("Resized", "Error", "ScalingDown", "cannot scale to 0");
            status::set(plane, &new, &self.now);
            return Ok(Outcome::Settled);
        }
        let outdated: Vec<Arc<Value>> = self
            .machines
            .iter()
            .filter(|it| needs_rollout(&self.provider.mirror, plane, it))
            .cloned()
            .collect();
        let rolling = plane["spec"]["rolloutStrategy"]["type"] != "OnDelete";
        if !outdated.is_empty() && rolling {
            let message = format!(
                "Rolling {} replicas with outdated spec ({} replicas up to date)",
                outdated.len(),
                number - outdated.len()
            );
            let new = Legacy::no("MachinesSpecUpToDate", "Warning", "RollingUpdateInProgress", message);
            status::set(plane, &new, &self.now);
            let surge = plane["spec"]["rolloutStrategy"]["rollingUpdate"]["maxSurge"].as_u64().unwrap_or(1);
            let most = desired + usize::try_from(surge).unwrap_or(1);
            if number < most {
                return self.scale_up(plane, most).await;
            }
            return self.scale_down(plane, desired, &outdated).await;
        }
        if condition(&plane["status"]["conditions"], "MachinesSpecUpToDate").is_some() {
            status::set(plane, &Legacy::yes("MachinesSpecUpToDate"), &self.now);
        }
        if number < desired {
            return self.scale_up(plane, desired).await;
        }
        if number > desired {
            return self.scale_down(plane, desired, &[]).await;
        }
        if plane["status"]["bootstrapped"] != true {
            return self.bootstrap(plane).await;
        }
        if condition(&plane["status"]["conditions"], "Resized").is_some() {
            status::set(plane, &Legacy::yes("Resized"), &self.now);
        }
        status::set(plane, &Legacy::yes("MachinesCreated"), &self.now);
        Ok(Outcome::Settled)
    }

    /// Tell one node of a new cluster to begin etcd.
    async fn bootstrap(&self, plane: &mut Value) -> Result<Outcome, Problem> {
        let Some(first) = self.machines.iter().find(|it| !deleting(it)) else {
            return Ok(Outcome::Again(REQUEUE));
        };
        let done = match self.talos(first) {
            Ok(mut node) => node.bootstrap().await,
            Err(problem) => Err(problem),
        };
        let already = |why: &str| why.contains("AlreadyExists");
        match done {
            Err(problem) if !already(&problem.to_string()) => {
                self.info("bootstrap failed, retrying in 20 seconds", &[("error", &problem.to_string())]);
                let new = Legacy::no("MachinesBootstrapped", "Info", "WaitingForTalosBoot", "");
                status::set(plane, &new, &self.now);
                Ok(Outcome::Again(Duration::from_secs(20)))
            }
            _ => {
                self.info("bootstrapped the cluster", &[("machine", name(first))]);
                plane["status"]["bootstrapped"] = json!(true);
                status::set(plane, &Legacy::yes("MachinesBootstrapped"), &self.now);
                Ok(Outcome::Again(REQUEUE))
            }
        }
    }
}
