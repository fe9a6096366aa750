//! MachineHealthChecks: which machines they look at, and which of those are well.

use std::time::Duration;

use serde_json::{Value, json};

use super::Core;
use crate::control::{
    Condition, Event, Key, Kind, Outcome, Problem, Reconcile, condition, deleting, is_paused, key, kinds,
    label, name, owned_by, owner_reference, set_condition, text,
};

pub(super) struct Checks(pub Core);

/// What a check finds of one machine.
enum Finding {
    Well,
    /// Not well, but not for long enough; look again after this time.
    Wait(Duration),
    Sick(&'static str, String),
}

impl Reconcile for Checks {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::MACHINE_HEALTH_CHECK, kinds::MACHINE, kinds::NODE, kinds::CLUSTER]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        match event.kind {
            kinds::MACHINE_HEALTH_CHECK => vec![key(&event.object)],
            // Which check a machine falls under is found out by each check itself.
            kinds::MACHINE | kinds::NODE => {
                self.0.mirror.list(kinds::MACHINE_HEALTH_CHECK).iter().map(|it| key(it)).collect()
            }
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let core = &self.0;
        let Some(old) = core.mirror.get(kinds::MACHINE_HEALTH_CHECK, at) else { return Ok(Outcome::Settled) };
        let cluster =
            core.mirror.get(kinds::CLUSTER, &Key::new(&at.namespace, text(&old, "/spec/clusterName")));
        let Some(cluster) = cluster else { return Ok(Outcome::Settled) };
        if is_paused(Some(&cluster), &old) || deleting(&old) {
            return Ok(Outcome::Settled);
        }
        let mut new = Value::clone(&old);
        new["metadata"]["labels"][super::CLUSTER_NAME] = new["spec"]["clusterName"].clone();
        if !owned_by(&old, &cluster) {
            new["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, &cluster, false)]);
        }
        let mut machines = core.in_cluster(kinds::MACHINE, &at.namespace, text(&old, "/spec/clusterName"));
        machines.retain(|it| selects(&old, it));
        let mut pause: Option<Duration> = None;
        let mut well = 0;
        for machine in &machines {
            let told = match self.look(&old, machine) {
                Finding::Well => {
                    well += 1;
                    Condition::yes("HealthCheckSucceeded", "HealthCheckSucceeded")
                }
                Finding::Wait(rest) => {
                    well += 1;
                    pause = Some(pause.map_or(rest, |it| it.min(rest)));
                    continue;
                }
                Finding::Sick(reason, message) => Condition::no("HealthCheckSucceeded", reason, message),
            };
            self.tell(machine, &told).await?;
        }
        let refs: Vec<&Value> = machines.iter().map(|it| &**it).collect();
        health_check_status(&mut new, &refs, well, &core.now());
        core.mirror.write(kinds::MACHINE_HEALTH_CHECK, &old, &new).await?;
        Ok(pause.map_or(Outcome::Settled, Outcome::Again))
    }
}

/// Whether the check's selector means a machine.
pub(crate) fn selects(check: &Value, machine: &Value) -> bool {
    let labels = check["spec"]["selector"]["matchLabels"].as_object();
    labels.into_iter().flatten().all(|(key, value)| label(machine, key) == value.as_str())
}

impl Checks {
    fn look(&self, check: &Value, machine: &Value) -> Finding {
        if deleting(machine) {
            return Finding::Well;
        }
        let core = &self.0;
        let checks = &check["spec"]["checks"];
        let since = |it: &str| it.parse::<jiff::Timestamp>().map_or(i64::MAX, |it| it.as_millisecond());
        let judged = |began: i64, limit: i64, reason: &'static str, message: String| {
            let left = began.saturating_add(limit * 1000).saturating_sub(core.clock.now());
            match u64::try_from(left) {
                Ok(left) if left > 0 => Finding::Wait(Duration::from_millis(left)),
                _ => Finding::Sick(reason, message),
            }
        };
        let Some(joined) = machine["status"]["nodeRef"]["name"].as_str() else {
            let limit = checks["nodeStartupTimeoutSeconds"].as_i64().unwrap_or(600);
            if limit == 0 {
                return Finding::Well;
            }
            let message = format!("Health check failed: Node failed to report startup in {}m0s", limit / 60);
            return judged(
                since(text(machine, "/metadata/creationTimestamp")),
                limit,
                "NodeStartupTimeout",
                message,
            );
        };
        let Some(node) = core.mirror.get(kinds::NODE, &Key::new("", joined)) else {
            let message = format!("Health check failed: Node {joined} has been deleted");
            return Finding::Sick("NodeDeleted", message);
        };
        for rule in checks["unhealthyNodeConditions"].as_array().into_iter().flatten() {
            let kind = text(rule, "/type");
            let Some(found) = condition(&node["status"]["conditions"], kind) else { continue };
            if found["status"] != rule["status"] {
                continue;
            }
            let limit = rule["timeoutSeconds"].as_i64().unwrap_or(300);
            let message = format!(
                "Health check failed: Condition {kind} on Node is reporting status {} for more than {}m0s",
                text(rule, "/status"),
                limit / 60
            );
            return judged(since(text(found, "/lastTransitionTime")), limit, "UnhealthyNode", message);
        }
        Finding::Well
    }

    /// Write on a machine what was found, if it is not written there.
    async fn tell(&self, machine: &Value, told: &Condition) -> Result<(), Problem> {
        let core = &self.0;
        let mut new = machine.clone();
        let generation = machine["metadata"]["generation"].as_i64();
        let sick = told.status != "True";
        let all = &mut new["status"]["conditions"];
        set_condition(all, told, generation, &core.now());
        let remediated = condition(all, "OwnerRemediated").is_some();
        if sick && !remediated {
            let waits = Condition::no("OwnerRemediated", "WaitingForRemediation", "Waiting for remediation");
            set_condition(all, &waits, generation, &core.now());
        } else if !sick
            && remediated
            && let Some(all) = all.as_array_mut()
        {
            all.retain(|it| it["type"] != "OwnerRemediated");
        }
        if sick {
            core.journal.info(
                "Machine has failed health check",
                &[("Machine", name(machine)), ("reason", &told.reason)],
            );
        }
        core.mirror.write(kinds::MACHINE, machine, &new).await?;
        Ok(())
    }
}

/// Counters of a check over the machines that it selects.
pub(crate) fn health_check_status(check: &mut Value, machines: &[&Value], well: usize, now: &str) {
    let generation = check["metadata"]["generation"].as_i64();
    let mut targets: Vec<&str> = machines.iter().map(|it| name(it)).collect();
    targets.sort_unstable();
    let limit = check["spec"]["remediation"]["triggerIf"]["unhealthyLessThanOrEqualTo"].clone();
    let total = machines.len();
    let most =
        match limit.as_str().and_then(|it| it.strip_suffix('%')).and_then(|it| it.parse::<usize>().ok()) {
            Some(percent) => total * percent / 100,
            None => limit.as_u64().map_or(total, |it| usize::try_from(it).unwrap_or(total)),
        };
    let sick = total - well.min(total);
    check["status"]["targets"] = json!(targets);
    check["status"]["expectedMachines"] = json!(total);
    check["status"]["currentHealthy"] = json!(well);
    check["status"]["remediationsAllowed"] = json!(most.saturating_sub(sick));
    check["status"]["observedGeneration"] = json!(generation);
    let allowed = if sick <= most {
        Condition::yes("RemediationAllowed", "RemediationAllowed")
    } else {
        let message = format!(
            "Remediation is not allowed, the number of not started or unhealthy machines exceeds \
             spec.remediation.triggerIf.unhealthyLessThanOrEqualTo (total: {total}, unhealthy: {sick}, \
             unhealthyLessThanOrEqualTo: {most})"
        );
        Condition::no("RemediationAllowed", "TooManyUnhealthy", message)
    };
    for it in [allowed, Condition::no("Paused", "NotPaused", "")] {
        set_condition(&mut check["status"]["conditions"], &it, generation, now);
    }
}
