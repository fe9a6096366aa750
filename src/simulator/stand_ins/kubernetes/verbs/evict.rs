//! Evict a pod, where its disruption budget allows.

use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::selectors::label_selector;
use super::super::status::Status;
use super::super::store::{Stored, Write};
use super::How;
use super::delete::{DeleteOptions, delete};
use super::get::get;
use super::update::put;
use serde_json::{Value, json};
use std::sync::Arc;

const BUDGETS: &str = "poddisruptionbudgets.policy";

pub fn evict(cluster: &Cluster, target: &Target, eviction: &Value, how: &How) -> Result<(), Status> {
    let pod = get(cluster, target)?;
    let mut options = DeleteOptions::read(&eviction["deleteOptions"]);
    options.dry_run |= how.dry_run;
    if !pod.deleting && !matches!(pod.phase.as_str(), "Pending" | "Succeeded" | "Failed") {
        match budgets(cluster, &pod).as_slice() {
            [] => {}
            [budget] => spend(cluster, &pod, budget, options.dry_run)?,
            _ => {
                let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
                return Err(Status::new(500, "InternalError", why));
            }
        }
    }
    if !options.dry_run {
        mark(cluster, target)?;
    }
    delete(cluster, target, &options)?;
    Ok(())
}

/// The budgets that select the pod.
fn budgets(cluster: &Cluster, pod: &Stored) -> Vec<Arc<Stored>> {
    let (all, _) = cluster.store.list(BUDGETS, Some(&pod.key.namespace));
    let selects = |budget: &Arc<Stored>| {
        let selector = label_selector(&budget.value()["spec"]["selector"]);
        selector.is_some_and(|it| it.iter().all(|one| one.matches(|key| pod.label(key))))
    };
    all.into_iter().filter(selects).collect()
}

/// Take one disruption from the budget, or say why there is none.
fn spend(cluster: &Cluster, pod: &Stored, budget: &Arc<Stored>, dry_run: bool) -> Result<(), Status> {
    let now = cluster.now();
    let healthy = is_ready(&pod.value());
    cluster
        .store
        .write(BUDGETS, &budget.key, |stored| {
            let Some(stored) = stored else { return Ok(Write::Nothing) };
            let mut value = stored.value();
            let number = |value: &Value, key: &str| value["status"][key].as_i64().unwrap_or(0);
            let (desired, current) = (number(&value, "desiredHealthy"), number(&value, "currentHealthy"));
            let always = value["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
            if !healthy && (always || current >= desired && desired > 0) {
                return Ok(Write::Nothing);
            }
            if number(&value, "observedGeneration") < value["metadata"]["generation"].as_i64().unwrap_or(0) {
                let cause = format!(
                    "The disruption budget {} is still being processed by the server.",
                    stored.key.name
                );
                return Err(refused(&cause).with_retry_after(10));
            }
            let allowed = number(&value, "disruptionsAllowed");
            if allowed <= 0 {
                let cause = format!(
                    "The disruption budget {} needs {desired} healthy pods and has {current} currently",
                    stored.key.name
                );
                return Err(refused(&cause));
            }
            if dry_run {
                return Ok(Write::Nothing);
            }
            value["status"]["disruptionsAllowed"] = (allowed - 1).into();
            value["status"]["disruptedPods"][&pod.key.name] = now.as_str().into();
            Ok(Write::Put(value))
        })
        .map(|_| ())
}

fn refused(cause: &str) -> Status {
    let why = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::new(429, "TooManyRequests", why)
        .with_causes(vec![json!({ "reason": "DisruptionBudget", "message": cause })])
}

pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|it| it["type"] == "Ready" && it["status"] == "True")
}

/// Say on the pod itself why it goes.
fn mark(cluster: &Cluster, target: &Target) -> Result<(), Status> {
    let condition = json!({
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting", "lastProbeTime": null, "lastTransitionTime": cluster.now(),
    });
    put(cluster, target, &How::default(), |old, _| {
        let mut new = old.clone();
        let mut conditions = old["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.retain(|it| it["type"] != "DisruptionTarget");
        conditions.push(condition);
        new["status"]["conditions"] = conditions.into();
        Ok(Write::Put(new))
    })?;
    Ok(())
}

/// What the answer to an eviction says.
pub fn success() -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })
}
