//! MachineSets: so many machines of one template.

use std::time::Duration;

use serde_json::{Value, json};

use super::aggregate::{aggregate, count_true};
use super::clone::made_of;
use super::{CLUSTER_NAME, Core};
use crate::control::{
    Condition, Event, Key, Kind, Legacy, Outcome, Problem, Reconcile, controller_of, deleting, is_paused,
    key, kinds, name, namespace, owned_by, owner_reference, set_condition, set_finalizer, set_legacy, text,
};

const FINALIZER: &str = "cluster.x-k8s.io/machineset";
/// How long a set that is held back by a preflight check waits before it looks again.
const PREFLIGHT_RETRY: Duration = Duration::from_secs(15);

pub(super) struct Sets(pub Core);

impl Reconcile for Sets {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::MACHINE_SET, kinds::MACHINE, kinds::CLUSTER, kinds::TALOS_CONTROL_PLANE]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        match event.kind {
            kinds::MACHINE_SET => vec![key(object)],
            kinds::MACHINE => {
                let owner = controller_of(object).filter(|it| it["kind"] == "MachineSet");
                owner.map(|it| Key::new(namespace(object), text(it, "/name"))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let core = &self.0;
        let Some(old) = core.mirror.get(kinds::MACHINE_SET, at) else { return Ok(Outcome::Settled) };
        if is_paused(core.cluster_of(&old).as_deref(), &old) {
            return Ok(Outcome::Settled);
        }
        let machines = core.machines_of(&old);
        let mut new = Value::clone(&old);
        let mut outcome = Outcome::Settled;
        let mut blocked = Vec::new();
        if deleting(&old) {
            for machine in machines.iter().filter(|it| !deleting(it)) {
                core.mirror.delete(kinds::MACHINE, &key(machine)).await?;
            }
            if machines.is_empty() {
                set_finalizer(&mut new, FINALIZER, false);
            }
        } else {
            set_finalizer(&mut new, FINALIZER, true);
            let desired = count(&old["spec"]["replicas"]);
            if machines.len() < desired {
                blocked = core.preflight(&old);
                if blocked.is_empty() {
                    for _ in machines.len()..desired {
                        self.create(&old).await?;
                    }
                } else {
                    outcome = Outcome::Again(PREFLIGHT_RETRY);
                }
            } else if machines.len() > desired {
                self.scale_down(&machines, machines.len() - desired).await?;
            }
        }
        let machines = core.machines_of(&old);
        let refs: Vec<&Value> = machines.iter().map(|it| &**it).collect();
        set_status(&mut new, &refs, &blocked, &core.now());
        core.mirror.write(kinds::MACHINE_SET, &old, &new).await?;
        Ok(outcome)
    }
}

/// A number of replicas; one where it is not said.
pub(super) fn count(replicas: &Value) -> usize {
    replicas.as_u64().map_or(1, |it| usize::try_from(it).unwrap_or(usize::MAX))
}

impl Core {
    /// The machines that a set controls, those that are being deleted among them.
    pub(super) fn machines_of(&self, set: &Value) -> Vec<std::sync::Arc<Value>> {
        let mut all = self.mirror.list(kinds::MACHINE);
        all.retain(|it| owned_by(it, set));
        all
    }
}

impl Sets {
    async fn create(&self, set: &Value) -> Result<(), Problem> {
        let core = &self.0;
        let machine_name = core.naming.name(&format!("{}-", name(set)));
        let mut labels = set["spec"]["template"]["metadata"]["labels"].clone();
        labels[CLUSTER_NAME] = set["spec"]["clusterName"].clone();
        labels["cluster.x-k8s.io/set-name"] = json!(name(set));
        let owner = owner_reference(kinds::MACHINE_SET, set, true);
        let template = &set["spec"]["template"]["spec"];
        let space = namespace(set);
        let mut spec = template.clone();
        for (pointer, part) in [
            ("bootstrap", &template["bootstrap"]["configRef"]),
            ("infrastructureRef", &template["infrastructureRef"]),
        ] {
            let Some((_, made)) = made_of(part) else { continue };
            let plain = json!({CLUSTER_NAME: set["spec"]["clusterName"]});
            core.clone_template(part, space, &machine_name, &plain, &owner).await?;
            let reference = json!({"apiGroup": made.group, "kind": made.kind, "name": machine_name});
            if pointer == "bootstrap" {
                spec["bootstrap"] = json!({"configRef": reference});
            } else {
                spec["infrastructureRef"] = reference;
            }
        }
        let machine = json!({
            "metadata": {
                "name": machine_name,
                "namespace": space,
                "labels": labels,
                "annotations": set["spec"]["template"]["metadata"]["annotations"],
                "ownerReferences": [owner],
                "finalizers": [super::machine::FINALIZER],
            },
            "spec": spec,
        });
        core.mirror.create(kinds::MACHINE, machine).await?;
        core.journal.info("Machine created", &[("MachineSet", name(set)), ("Machine", &machine_name)]);
        Ok(())
    }

    /// Delete so many machines: those that are marked first, then those that are not healthy, then the oldest.
    async fn scale_down(&self, machines: &[std::sync::Arc<Value>], surplus: usize) -> Result<(), Problem> {
        let going = machines.iter().filter(|it| deleting(it)).count();
        let mut rest: Vec<&Value> = machines.iter().map(|it| &**it).filter(|it| !deleting(it)).collect();
        rest.sort_by_key(|it| {
            let marked = it["metadata"]["annotations"].get("cluster.x-k8s.io/delete-machine").is_some();
            let joined = it["status"]["nodeRef"]["name"].is_string();
            let made = text(it, "/metadata/creationTimestamp");
            (!marked, joined && count_true(&[it], "Ready") == 1, made.to_owned(), name(it).to_owned())
        });
        for machine in rest.into_iter().take(surplus.saturating_sub(going)) {
            self.0.journal.info("Deleting Machine", &[("Machine", name(machine))]);
            self.0.mirror.delete(kinds::MACHINE, &key(machine)).await?;
        }
        Ok(())
    }
}

/// Counters and conditions of a set, given its machines and what holds it back.
pub(crate) fn set_status(set: &mut Value, machines: &[&Value], blocked: &[String], now: &str) {
    let generation = set["metadata"]["generation"].as_i64();
    let desired = count(&set["spec"]["replicas"]);
    let current = machines.len();
    let going = machines.iter().filter(|it| deleting(it)).count();
    set["status"]["replicas"] = json!(current);
    set["status"]["readyReplicas"] = json!(count_true(machines, "Ready"));
    set["status"]["availableReplicas"] = json!(count_true(machines, "Available"));
    set["status"]["upToDateReplicas"] = json!(count_true(machines, "UpToDate"));
    set["status"]["observedGeneration"] = json!(generation);
    set["status"]["selector"] = json!(selector(set));
    set["status"]["versions"] = versions(machines);
    let mut scaling_up = Condition::no("ScalingUp", "NotScalingUp", "");
    if current < desired {
        let mut message = format!("Scaling up from {current} to {desired} replicas");
        if !blocked.is_empty() {
            let list: Vec<String> = blocked.iter().map(|it| format!("* {it}")).collect();
            message = format!("{message} is blocked because:\n{}", list.join("\n"));
        }
        scaling_up = Condition::new("ScalingUp", "True", "ScalingUp", message);
    }
    let mut scaling_down = Condition::no("ScalingDown", "NotScalingDown", "");
    if current > desired || deleting(set) {
        let message =
            format!("Scaling down from {current} to {} replicas", if deleting(set) { 0 } else { desired });
        scaling_down = Condition::new("ScalingDown", "True", "ScalingDown", message);
    }
    let going_away = if deleting(set) {
        Condition::new("Deleting", "True", "Deleting", format!("Deleting {going} Machines"))
    } else {
        Condition::no("Deleting", "NotDeleting", "")
    };
    let ready = if machines.is_empty() {
        Condition::yes("MachinesReady", "NoReplicas")
    } else {
        aggregate(machines, "Ready", "MachinesReady", ("Ready", "NotReady", "ReadyUnknown"))
    };
    let current_spec = if machines.is_empty() {
        Condition::yes("MachinesUpToDate", "NoReplicas")
    } else {
        aggregate(machines, "UpToDate", "MachinesUpToDate", ("UpToDate", "NotUpToDate", "UpToDateUnknown"))
    };
    for it in [
        scaling_up,
        scaling_down,
        going_away,
        ready,
        current_spec,
        Condition::no("Remediating", "NotRemediating", ""),
        Condition::no("Paused", "NotPaused", ""),
    ] {
        set_condition(&mut set["status"]["conditions"], &it, generation, now);
    }
    let older = &mut set["status"]["deprecated"]["v1beta1"];
    older["readyReplicas"] = json!(count_true(machines, "NodeReady"));
    older["availableReplicas"] = json!(count_true(machines, "Available"));
    older["fullyLabeledReplicas"] = json!(current);
    let resized = if current == desired {
        Legacy::yes("Resized")
    } else {
        Legacy::no("Resized", "Warning", "Scaling", "")
    };
    set_legacy(&mut older["conditions"], &resized, now);
}

/// How many machines have which version.
pub(super) fn versions(machines: &[&Value]) -> Value {
    let mut all: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for machine in machines {
        *all.entry(text(machine, "/spec/version")).or_default() += 1;
    }
    all.into_iter().map(|(version, replicas)| json!({"version": version, "replicas": replicas})).collect()
}

/// The labels of a set's or deployment's selector as one text.
pub(super) fn selector(object: &Value) -> String {
    let labels = object["spec"]["selector"]["matchLabels"].as_object();
    let pairs = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}
