//! MachineDeployments: one set for each template, rolled over from the old to the new.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::aggregate::{aggregate, count_true};
use super::machine_set::{count, selector, versions};
use super::rolling::{Share, next};
use super::{CLUSTER_NAME, Core};
use crate::control::{
    Condition, Event, Key, Kind, Legacy, Outcome, Problem, Reconcile, condition, controller_of, deleting,
    is_paused, key, kinds, label, name, namespace, owned_by, owner_reference, set_condition, set_finalizer,
    set_legacy, text,
};

const FINALIZER: &str = "cluster.x-k8s.io/machinedeployment";
pub(crate) const HASH: &str = "machine-template-hash";
const REVISION: &str = "machinedeployment.clusters.x-k8s.io/revision";

pub(super) struct Deployments(pub Core);

impl Reconcile for Deployments {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::MACHINE_DEPLOYMENT, kinds::MACHINE_SET, kinds::MACHINE, kinds::CLUSTER]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        match event.kind {
            kinds::MACHINE_DEPLOYMENT => vec![key(object)],
            kinds::MACHINE_SET => {
                let owner = controller_of(object).filter(|it| it["kind"] == "MachineDeployment");
                owner.map(|it| Key::new(namespace(object), text(it, "/name"))).into_iter().collect()
            }
            kinds::MACHINE => label(object, "cluster.x-k8s.io/deployment-name")
                .map(|it| Key::new(namespace(object), it))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let core = &self.0;
        let Some(old) = core.mirror.get(kinds::MACHINE_DEPLOYMENT, at) else { return Ok(Outcome::Settled) };
        let cluster =
            core.mirror.get(kinds::CLUSTER, &Key::new(&at.namespace, text(&old, "/spec/clusterName")));
        let Some(cluster) = cluster else { return Ok(Outcome::Settled) };
        if is_paused(Some(&cluster), &old) {
            return Ok(Outcome::Settled);
        }
        let mut new = Value::clone(&old);
        if deleting(&old) {
            self.delete(&old, &mut new).await?;
        } else {
            set_finalizer(&mut new, FINALIZER, true);
            new["metadata"]["labels"][CLUSTER_NAME] = new["spec"]["clusterName"].clone();
            if !owned_by(&old, &cluster) {
                new["metadata"]["ownerReferences"] =
                    json!([owner_reference(kinds::CLUSTER, &cluster, false)]);
            }
            if old["spec"]["paused"] != true {
                self.roll(&old, &mut new).await?;
            }
        }
        let sets = self.sets(&old);
        let machines: Vec<_> = sets.iter().flat_map(|it| core.machines_of(it)).collect();
        let refs: Vec<&Value> = machines.iter().map(|it| &**it).collect();
        deployment_status(&mut new, &refs, &core.now());
        core.mirror.write(kinds::MACHINE_DEPLOYMENT, &old, &new).await?;
        Ok(Outcome::Settled)
    }
}

/// The digest of what a rollout is about: the machine's spec without what is changed in place.
pub(crate) fn template_hash(deployment: &Value) -> String {
    let mut spec = deployment["spec"]["template"]["spec"].clone();
    if let Some(spec) = spec.as_object_mut() {
        for field in ["deletion", "minReadySeconds", "readinessGates", "taints"] {
            spec.remove(field);
        }
    }
    let digest = Sha256::digest(plain(&spec).as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    number.to_string()
}

/// JSON with its keys in order and without what is null: the same for the same meaning.
fn plain(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{key:?}:{}", plain(value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// A number of replicas or a share of them in percent.
fn share_of(value: &Value, total: usize, otherwise: usize, up: bool) -> usize {
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).unwrap_or(otherwise);
    }
    let percent = value.as_str().and_then(|it| it.strip_suffix('%')).and_then(|it| it.parse::<usize>().ok());
    percent.map_or(otherwise, |it| if up { (total * it).div_ceil(100) } else { total * it / 100 })
}

impl Deployments {
    /// The sets of a deployment, the oldest first.
    fn sets(&self, deployment: &Value) -> Vec<std::sync::Arc<Value>> {
        let mut sets = self.0.mirror.list(kinds::MACHINE_SET);
        sets.retain(|it| owned_by(it, deployment));
        sets.sort_by_key(|it| (text(it, "/metadata/creationTimestamp").to_owned(), name(it).to_owned()));
        sets
    }

    async fn delete(&self, old: &Value, new: &mut Value) -> Result<(), Problem> {
        let sets = self.sets(old);
        for set in sets.iter().filter(|it| !deleting(it)) {
            self.0.mirror.delete(kinds::MACHINE_SET, &key(set)).await?;
        }
        if sets.is_empty() {
            set_finalizer(new, FINALIZER, false);
        }
        Ok(())
    }

    async fn roll(&self, old: &Value, new: &mut Value) -> Result<(), Problem> {
        let core = &self.0;
        let hash = template_hash(old);
        let sets = self.sets(old);
        // Whoever says `rollout.after` wants machines anew that were made before, once that moment has come.
        let after = old["spec"]["rollout"]["after"].as_str().filter(|it| **it <= *core.now());
        let is_new = |it: &Value| {
            let same = label(it, HASH).is_some_and(|it| it.split('-').next() == Some(hash.as_str()));
            same && after.is_none_or(|after| text(it, "/metadata/creationTimestamp") >= after)
        };
        let desired = count(&old["spec"]["replicas"]);
        let strategy = &old["spec"]["rollout"]["strategy"]["rollingUpdate"];
        let surge = share_of(&strategy["maxSurge"], desired, 1, true);
        let unavailable = share_of(&strategy["maxUnavailable"], desired, 0, false);
        let newest = sets.iter().rev().find(|it| is_new(it)).map(|it| Value::clone(it));
        let newest = match newest {
            Some(set) => set,
            None => {
                let present: usize =
                    sets.iter().map(|it| Share::of(it)).map(|it| it.wanted.max(it.current)).sum();
                let first = (desired + surge).saturating_sub(present).min(desired);
                self.create_set(old, &hash, first, sets.len() + 1).await?
            }
        };
        new["metadata"]["annotations"][REVISION] = newest["metadata"]["annotations"][REVISION].clone();
        let before: Vec<Share> =
            sets.iter().filter(|it| name(it) != name(&newest)).map(|it| Share::of(it)).collect();
        let mut share = Share::of(&newest);
        if newest["status"].is_null() {
            share.current = 0;
        }
        for (set, replicas) in next(desired, surge, unavailable, &share, &before) {
            let replicas_text = replicas.to_string();
            core.journal.info("Scaling MachineSet", &[("MachineSet", &set), ("replicas", &replicas_text)]);
            let at = Key::new(namespace(old), &set);
            core.mirror.merge(kinds::MACHINE_SET, &at, &json!({"spec": {"replicas": replicas}})).await?;
        }
        for set in sets.iter().filter(|it| name(it) != name(&newest) && !deleting(it)) {
            if set["spec"]["replicas"] == 0 && set["status"]["replicas"] == 0 {
                core.mirror.delete(kinds::MACHINE_SET, &key(set)).await?;
            }
        }
        Ok(())
    }

    async fn create_set(
        &self,
        deployment: &Value,
        hash: &str,
        replicas: usize,
        revision: usize,
    ) -> Result<Value, Problem> {
        let core = &self.0;
        let ending = core.naming.letters(5);
        let revision = deployment["metadata"]["annotations"][REVISION]
            .as_str()
            .and_then(|it| it.parse::<usize>().ok())
            .map_or(revision, |it| it + 1);
        let set = machine_set(deployment, hash, &ending, replicas, revision);
        core.journal.info("Created new MachineSet", &[("MachineSet", name(&set))]);
        core.mirror.create(kinds::MACHINE_SET, set).await
    }
}

/// A new set of a deployment.
pub(crate) fn machine_set(
    deployment: &Value,
    hash: &str,
    ending: &str,
    replicas: usize,
    revision: usize,
) -> Value {
    let unique = format!("{hash}-{ending}");
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"][HASH] = json!(unique);
    template["metadata"]["labels"]["cluster.x-k8s.io/deployment-name"] = json!(name(deployment));
    template["metadata"]["labels"][CLUSTER_NAME] = deployment["spec"]["clusterName"].clone();
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"][HASH] = json!(unique);
    json!({
        "metadata": {
            "name": format!("{}-{ending}", name(deployment)),
            "namespace": namespace(deployment),
            "labels": template["metadata"]["labels"],
            "annotations": {REVISION: revision.to_string()},
            "ownerReferences": [owner_reference(kinds::MACHINE_DEPLOYMENT, deployment, true)],
            "finalizers": ["cluster.x-k8s.io/machineset"],
        },
        "spec": {
            "clusterName": deployment["spec"]["clusterName"],
            "replicas": replicas,
            "deletion": {"order": deployment["spec"]["deletion"]["order"].as_str().unwrap_or("Oldest")},
            "selector": selector,
            "template": template,
        },
    })
}

/// Counters and conditions of a deployment, given all its machines.
pub(crate) fn deployment_status(deployment: &mut Value, machines: &[&Value], now: &str) {
    let generation = deployment["metadata"]["generation"].as_i64();
    let desired = count(&deployment["spec"]["replicas"]);
    let current = machines.len();
    let (ready, available) = (count_true(machines, "Ready"), count_true(machines, "Available"));
    let current_spec = count_true(machines, "UpToDate");
    let phase = match current.cmp(&desired) {
        std::cmp::Ordering::Less => "ScalingUp",
        std::cmp::Ordering::Greater => "ScalingDown",
        std::cmp::Ordering::Equal => "Running",
    };
    let strategy = &deployment["spec"]["rollout"]["strategy"]["rollingUpdate"];
    let unavailable = share_of(&strategy["maxUnavailable"], desired, 0, false);
    let text_of_selector = selector(deployment);
    let status = &mut deployment["status"];
    for (field, number) in [
        ("replicas", current),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        ("upToDateReplicas", current_spec),
    ] {
        status[field] = json!(number);
    }
    status["phase"] = json!(phase);
    status["selector"] = json!(text_of_selector);
    status["observedGeneration"] = json!(generation);
    status["versions"] = versions(machines);
    let needed = desired.saturating_sub(unavailable);
    let mut all = vec![
        if available >= needed {
            Condition::yes("Available", "Available")
        } else {
            let message = format!(
                "{available} available replicas, at least {needed} required (spec.strategy.rollout.maxUnavailable is \
                 {unavailable}, spec.replicas is {desired})"
            );
            Condition::no("Available", "NotAvailable", message)
        },
        rolling_out(machines),
    ];
    let empty = machines.is_empty();
    all.push(if current < desired {
        let message = format!("Scaling up from {current} to {desired} replicas");
        Condition::new("ScalingUp", "True", "ScalingUp", message)
    } else {
        Condition::no("ScalingUp", "NotScalingUp", "")
    });
    all.push(if current > desired {
        let message = format!("Scaling down from {current} to {desired} replicas");
        Condition::new("ScalingDown", "True", "ScalingDown", message)
    } else {
        Condition::no("ScalingDown", "NotScalingDown", "")
    });
    for (of, kind, words) in [
        ("Ready", "MachinesReady", ("Ready", "NotReady", "ReadyUnknown")),
        ("UpToDate", "MachinesUpToDate", ("UpToDate", "NotUpToDate", "UpToDateUnknown")),
    ] {
        all.push(if empty {
            Condition::yes(kind, "NoReplicas")
        } else {
            aggregate(machines, of, kind, words)
        });
    }
    all.push(Condition::no("Remediating", "NotRemediating", ""));
    all.push(Condition::no("Paused", "NotPaused", ""));
    all.push(if deleting(deployment) {
        Condition::new("Deleting", "True", "Deleting", format!("Deleting {current} Machines"))
    } else {
        Condition::no("Deleting", "NotDeleting", "")
    });
    for it in &all {
        set_condition(&mut deployment["status"]["conditions"], it, generation, now);
    }
    let older = &mut deployment["status"]["deprecated"]["v1beta1"];
    older["readyReplicas"] = json!(count_true(machines, "NodeReady"));
    older["availableReplicas"] = json!(available);
    older["updatedReplicas"] = json!(current_spec);
    older["unavailableReplicas"] = json!(desired.saturating_sub(available));
    let legacy = |kind: &'static str, good: bool| {
        if good { Legacy::yes(kind) } else { Legacy::no(kind, "Warning", "WaitingForAvailableMachines", "") }
    };
    for it in [legacy("Available", available >= needed), legacy("Ready", available >= needed)] {
        set_legacy(&mut older["conditions"], &it, now);
    }
}

/// How many machines are not what the deployment wants, and in what.
fn rolling_out(machines: &[&Value]) -> Condition {
    let mut reasons = std::collections::BTreeSet::new();
    let mut outdated = 0;
    for machine in machines {
        let found =
            condition(&machine["status"]["conditions"], "UpToDate").filter(|it| it["status"] == "False");
        let Some(found) = found else { continue };
        outdated += 1;
        reasons.extend(found["message"].as_str().unwrap_or_default().lines().map(str::to_owned));
    }
    if outdated == 0 {
        return Condition::no("RollingOut", "NotRollingOut", "");
    }
    let reasons: Vec<String> = reasons.into_iter().collect();
    let message = format!("Rolling out {outdated} not up-to-date replicas\n{}", reasons.join("\n"));
    Condition::new("RollingOut", "True", "RollingOut", message)
}
