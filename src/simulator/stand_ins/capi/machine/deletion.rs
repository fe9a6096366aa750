//! How a Machine goes, stage by stage.

use std::time::Duration;

use serde_json::{Value, json};

use super::{FINALIZER, Held, Machines};
use crate::control::{
    Condition, Key, Outcome, Problem, deleting, key, kinds, label, name, namespace, set_condition,
    set_finalizer, text,
};

/// How often a stage that waits for others is looked at, besides what is heard.
const RETRY: Duration = Duration::from_secs(5);

impl Machines {
    /// Go as far as one can now; the condition Deleting says which stage that is.
    pub(super) async fn delete(&self, machine: &mut Value, held: &Held) -> Result<Outcome, Problem> {
        for (prefix, reason, word, start) in [
            (
                "pre-drain.delete.hook.machine.cluster.x-k8s.io",
                "WaitingForPreDrainHook",
                "pre-drain",
                "waitForPreDrainHookStartTime",
            ),
            (
                "pre-terminate.delete.hook.machine.cluster.x-k8s.io",
                "WaitingForPreTerminateHook",
                "pre-terminate",
                "waitForPreTerminateHookStartTime",
            ),
        ] {
            if word == "pre-terminate"
                && let Some(outcome) = self.empty_node(machine, held).await?
            {
                return Ok(outcome);
            }
            let hooks = super::facts::hooks(machine, prefix);
            if !hooks.is_empty() {
                self.began(machine, start);
                let message = format!("Waiting for {word} hooks to succeed (hooks: {})", hooks.join(","));
                self.stage(machine, reason, &message);
                return Ok(Outcome::Settled);
            }
        }
        for (part, kind, reason) in [
            (&held.infrastructure, "/spec/infrastructureRef/kind", "WaitingForInfrastructureDeletion"),
            (&held.bootstrap, "/spec/bootstrap/configRef/kind", "WaitingForBootstrapDeletion"),
        ] {
            let Some(part) = part else { continue };
            let word = text(machine, kind).to_owned();
            if !deleting(part)
                && let Some(kind) = kinds::of(&word)
            {
                self.0.mirror.delete(kind, &key(part)).await?;
            }
            self.stage(machine, reason, &format!("{word} deletion in progress"));
            return Ok(Outcome::Again(RETRY));
        }
        if let Some(node) = &held.node {
            self.stage(machine, "DeletingNode", "");
            self.0.journal.info("Deleting Node", &[("Machine", name(machine)), ("Node", name(node))]);
            self.0.mirror.delete(kinds::NODE, &key(node)).await?;
        }
        self.stage(machine, "DeletionCompleted", "");
        set_finalizer(machine, FINALIZER, false);
        Ok(Outcome::Settled)
    }

    /// Drain the node and wait for its volumes; answers how to go on waiting, or nothing when it is done.
    async fn empty_node(&self, machine: &mut Value, held: &Held) -> Result<Option<Outcome>, Problem> {
        let annotated = |key: &str| machine["metadata"]["annotations"].get(key).is_some();
        let (no_drain, no_wait) = (
            annotated("machine.cluster.x-k8s.io/exclude-node-draining"),
            annotated("machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach"),
        );
        let Some(node) = &held.node else { return Ok(None) };
        // Once the server is on its way out there is nothing left to drain.
        if held.infrastructure.as_deref().is_none_or(deleting) || self.last_control_plane(machine) {
            return Ok(None);
        }
        if !no_drain && !self.timed_out(machine, "nodeDrain") {
            self.began(machine, "nodeDrainStartTime");
            let since = text(machine, "/status/deletion/nodeDrainStartTime").to_owned();
            let left = self.drain(node).await?;
            if !left.is_empty() {
                let message = format!("Drain not completed yet (started at {since}):\n{}", left.join("\n"));
                self.stage(machine, "DrainingNode", &message);
                return Ok(Some(Outcome::Again(RETRY)));
            }
        }
        let attached = node["status"]["volumesAttached"].as_array().is_some_and(|all| !all.is_empty());
        if attached && !no_wait && !self.timed_out(machine, "waitForNodeVolumeDetach") {
            self.began(machine, "waitForNodeVolumeDetachStartTime");
            let since = text(machine, "/status/deletion/waitForNodeVolumeDetachStartTime").to_owned();
            let message = format!("Waiting for Node volumes to be detached (started at {since})");
            self.stage(machine, "WaitingForVolumeDetach", &message);
            return Ok(Some(Outcome::Again(RETRY)));
        }
        Ok(None)
    }

    fn stage(&self, machine: &mut Value, reason: &str, message: &str) {
        let told = Condition::new("Deleting", "True", reason, message);
        let generation = machine["metadata"]["generation"].as_i64();
        set_condition(&mut machine["status"]["conditions"], &told, generation, &self.0.now());
    }

    fn began(&self, machine: &mut Value, field: &str) {
        if machine["status"]["deletion"][field].is_null() {
            machine["status"]["deletion"][field] = json!(self.0.now());
        }
    }

    /// Whether a stage took longer than the machine allows; without a limit it may take for ever.
    fn timed_out(&self, machine: &Value, stage: &str) -> bool {
        let (limit, start) = match stage {
            "nodeDrain" => ("nodeDrainTimeoutSeconds", "nodeDrainStartTime"),
            _ => ("nodeVolumeDetachTimeoutSeconds", "waitForNodeVolumeDetachStartTime"),
        };
        let limit = machine["spec"]["deletion"][limit].as_i64().filter(|it| *it > 0);
        let start: Option<jiff::Timestamp> = text(machine, &format!("/status/deletion/{start}")).parse().ok();
        match (limit, start) {
            (Some(limit), Some(start)) => self.0.clock.now() - start.as_millisecond() > limit * 1000,
            _ => false,
        }
    }

    /// The last machine of a control plane is not drained: nowhere would its pods go.
    fn last_control_plane(&self, machine: &Value) -> bool {
        if label(machine, super::super::CONTROL_PLANE).is_none() {
            return false;
        }
        let cluster = text(machine, "/spec/clusterName");
        let all = self.0.in_cluster(kinds::MACHINE, namespace(machine), cluster);
        all.iter().filter(|it| label(it, super::super::CONTROL_PLANE).is_some()).count() <= 1
    }

    /// The key of a node.
    pub(super) fn node_key(node: &Value) -> Key {
        Key::new("", name(node))
    }
}
