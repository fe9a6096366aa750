//! Clusters: adopt infrastructure and control plane, and sum everything up.

use serde_json::{Value, json};

use super::aggregate::{aggregate, count_true};
use super::machine_set::count;
use super::{CLUSTER_NAME, CONTROL_PLANE, Core};
use crate::control::{
    Condition, Event, Key, Kind, Legacy, Outcome, Problem, Reconcile, condition, controller_of, deleting,
    is_paused, is_true, key, kinds, label, name, namespace, owner_reference, set_condition, set_finalizer,
    set_legacy, text, uid,
};

const FINALIZER: &str = "cluster.cluster.x-k8s.io";

pub(super) struct Clusters(pub Core);

/// What a cluster's status follows from.
pub(crate) struct Parts<'a> {
    pub infrastructure: Option<&'a Value>,
    pub control_plane: Option<&'a Value>,
    pub machines: Vec<&'a Value>,
    pub deployments: Vec<&'a Value>,
}

impl Reconcile for Clusters {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            kinds::CLUSTER,
            kinds::MACHINE,
            kinds::MACHINE_DEPLOYMENT,
            kinds::TALOS_CONTROL_PLANE,
            kinds::HETZNER_CLUSTER,
        ]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        if event.kind == kinds::CLUSTER {
            return vec![key(object)];
        }
        if let Some(cluster) = label(object, CLUSTER_NAME) {
            return vec![Key::new(namespace(object), cluster)];
        }
        let refers = |cluster: &Value| {
            [text(cluster, "/spec/infrastructureRef/name"), text(cluster, "/spec/controlPlaneRef/name")]
                .contains(&name(object))
        };
        let all = self.0.mirror.list(kinds::CLUSTER);
        all.iter().filter(|it| namespace(it) == namespace(object) && refers(it)).map(|it| key(it)).collect()
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let core = &self.0;
        let Some(old) = core.mirror.get(kinds::CLUSTER, at) else { return Ok(Outcome::Settled) };
        if is_paused(None, &old) || old["spec"]["paused"] == true || deleting(&old) {
            return Ok(Outcome::Settled);
        }
        let part = |field: &str| {
            let reference = &old["spec"][field];
            let kind = kinds::of(text(reference, "/kind"))?;
            Some((kind, core.mirror.get(kind, &Key::new(&at.namespace, text(reference, "/name")))?))
        };
        let (infrastructure, control_plane) = (part("infrastructureRef"), part("controlPlaneRef"));
        for (kind, part) in [&infrastructure, &control_plane].into_iter().flatten() {
            self.adopt(&old, *kind, part).await?;
        }
        let machines = core.in_cluster(kinds::MACHINE, &at.namespace, &at.name);
        let mut deployments = core.mirror.list(kinds::MACHINE_DEPLOYMENT);
        deployments.retain(|it| namespace(it) == at.namespace && text(it, "/spec/clusterName") == at.name);
        let mut new = Value::clone(&old);
        set_finalizer(&mut new, FINALIZER, true);
        new["metadata"]["labels"][CLUSTER_NAME] = json!(at.name);
        let parts = Parts {
            infrastructure: infrastructure.as_ref().map(|it| &*it.1),
            control_plane: control_plane.as_ref().map(|it| &*it.1),
            machines: machines.iter().map(|it| &**it).collect(),
            deployments: deployments.iter().map(|it| &**it).collect(),
        };
        cluster_status(&mut new, &parts, &core.now());
        core.mirror.write(kinds::CLUSTER, &old, &new).await?;
        Ok(Outcome::Settled)
    }
}

impl Clusters {
    async fn adopt(&self, cluster: &Value, kind: Kind, part: &Value) -> Result<(), Problem> {
        if controller_of(part).is_some_and(|it| it["uid"] == uid(cluster)) || deleting(part) {
            return Ok(());
        }
        let mut new = part.clone();
        new["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, cluster, true)]);
        new["metadata"]["labels"][CLUSTER_NAME] = json!(name(cluster));
        self.0.mirror.write(kind, part, &new).await?;
        Ok(())
    }
}

/// Sum up what the parts of a cluster say.
pub(crate) fn cluster_status(cluster: &mut Value, parts: &Parts<'_>, now: &str) {
    let generation = cluster["metadata"]["generation"].as_i64();
    let infrastructure = parts.infrastructure.filter(|it| it["status"]["ready"] == true);
    if let Some(infrastructure) = infrastructure {
        cluster["status"]["initialization"]["infrastructureProvisioned"] = json!(true);
        cluster["spec"]["controlPlaneEndpoint"] = infrastructure["spec"]["controlPlaneEndpoint"].clone();
        let domains = infrastructure["status"]["failureDomains"].as_object();
        cluster["status"]["failureDomains"] = domains
            .into_iter()
            .flatten()
            .map(|(name, it)| json!({"name": name, "controlPlane": it["controlPlane"]}))
            .collect();
    }
    let plane = parts.control_plane;
    if plane.is_some_and(|it| it["status"]["initialized"] == true) {
        cluster["status"]["initialization"]["controlPlaneInitialized"] = json!(true);
    }
    let provisioned = infrastructure.is_some() && cluster["spec"]["controlPlaneEndpoint"]["host"].is_string();
    let phase = if provisioned { "Provisioned" } else { "Provisioning" };
    cluster["status"]["phase"] = json!(phase);
    cluster["status"]["observedGeneration"] = json!(generation);
    counters(cluster, parts);
    let conditions = conditions(parts);
    for it in &conditions {
        set_condition(&mut cluster["status"]["conditions"], it, generation, now);
    }
    let available = available(&cluster["status"]["conditions"]);
    set_condition(&mut cluster["status"]["conditions"], &available, generation, now);
    let older = &mut cluster["status"]["deprecated"]["v1beta1"]["conditions"];
    let legacy = |kind: &'static str, good: bool, reason: &str| {
        if good { Legacy::yes(kind) } else { Legacy::no(kind, "Warning", reason, "") }
    };
    for it in [
        legacy("InfrastructureReady", infrastructure.is_some(), "WaitingForInfrastructure"),
        legacy(
            "ControlPlaneInitialized",
            plane.is_some_and(|it| it["status"]["initialized"] == true),
            "WaitingForControlPlaneProviderInitialized",
        ),
        legacy(
            "ControlPlaneReady",
            plane.is_some_and(|it| it["status"]["ready"] == true),
            "WaitingForControlPlane",
        ),
        legacy("Ready", infrastructure.is_some(), "WaitingForInfrastructure"),
    ] {
        set_legacy(older, &it, now);
    }
}

/// The two halves of a cluster's machines.
fn halves<'a>(parts: &Parts<'a>) -> (Vec<&'a Value>, Vec<&'a Value>) {
    parts.machines.iter().partition(|it| label(it, CONTROL_PLANE).is_some())
}

fn counters(cluster: &mut Value, parts: &Parts<'_>) {
    if let Some(plane) = parts.control_plane {
        let of = |pointer: &str| plane.pointer(pointer).cloned().unwrap_or_default();
        let available = plane["status"]["availableReplicas"].as_u64().or_else(|| {
            let (all, gone) = (of("/spec/replicas").as_u64()?, of("/status/unavailableReplicas").as_u64()?);
            Some(all.saturating_sub(gone))
        });
        cluster["status"]["controlPlane"] = json!({
            "desiredReplicas": of("/spec/replicas"),
            "replicas": of("/status/replicas"),
            "readyReplicas": of("/status/readyReplicas"),
            "availableReplicas": available,
        });
        // The Talos provider does not count what is up to date, so nothing is said of it here either.
        if let Some(number) = plane["status"]["upToDateReplicas"].as_u64() {
            cluster["status"]["controlPlane"]["upToDateReplicas"] = json!(number);
        }
    }
    let workers = halves(parts).1;
    let desired: usize = parts.deployments.iter().map(|it| count(&it["spec"]["replicas"])).sum();
    cluster["status"]["workers"] = json!({
        "desiredReplicas": desired,
        "replicas": workers.len(),
        "readyReplicas": count_true(&workers, "Ready"),
        "availableReplicas": count_true(&workers, "Available"),
        "upToDateReplicas": count_true(&workers, "UpToDate"),
    });
}

fn conditions(parts: &Parts<'_>) -> Vec<Condition> {
    let (control, workers) = halves(parts);
    let plane = parts.control_plane;
    let deployments = &parts.deployments;
    let mut all = vec![
        Condition::yes("RemoteConnectionProbe", "ProbeSucceeded"),
        Condition::no("Deleting", "NotDeleting", ""),
        Condition::no("Paused", "NotPaused", ""),
        Condition::no("Remediating", "NotRemediating", ""),
        handed_on(parts.infrastructure, "HetznerCluster", "InfrastructureReady", "Ready"),
        if plane.is_some_and(|it| it["status"]["initialized"] == true) {
            Condition::yes("ControlPlaneInitialized", "Initialized")
        } else {
            Condition::no("ControlPlaneInitialized", "NotInitialized", "Control plane not yet initialized")
        },
        handed_on(plane, "TalosControlPlane", "ControlPlaneAvailable", "Available"),
        every(&control, "Ready", "ControlPlaneMachinesReady", ("Ready", "NotReady", "ReadyUnknown")),
        every(
            &control,
            "UpToDate",
            "ControlPlaneMachinesUpToDate",
            ("UpToDate", "NotUpToDate", "UpToDateUnknown"),
        ),
        every(&workers, "Ready", "WorkerMachinesReady", ("Ready", "NotReady", "ReadyUnknown")),
        every(&workers, "UpToDate", "WorkerMachinesUpToDate", ("UpToDate", "NotUpToDate", "UpToDateUnknown")),
    ];
    all.push(if deployments.is_empty() {
        Condition::yes("WorkersAvailable", "NoWorkers")
    } else {
        of_deployments(deployments, "Available", "WorkersAvailable", false)
    });
    for (of, kind) in
        [("RollingOut", "RollingOut"), ("ScalingUp", "ScalingUp"), ("ScalingDown", "ScalingDown")]
    {
        all.push(of_deployments(deployments, of, kind, true));
    }
    all
}

/// Of machines of one half; a half without machines is well.
fn every(machines: &[&Value], of: &str, kind: &'static str, words: (&str, &str, &str)) -> Condition {
    if machines.is_empty() {
        Condition::yes(kind, "NoReplicas")
    } else {
        aggregate(machines, of, kind, words)
    }
}

/// What a provider's object says of itself, under the cluster's name for it.
fn handed_on(object: Option<&Value>, word: &str, kind: &'static str, of: &str) -> Condition {
    let Some(object) = object else {
        return Condition::no(kind, "ObjectDoesNotExist", format!("{word} does not exist"));
    };
    let newer = &object["status"]["v1beta2"]["conditions"];
    let found = condition(newer, of).or_else(|| condition(&object["status"]["conditions"], of));
    match found {
        Some(found) if found["status"] == "True" => Condition::yes(kind, of),
        Some(found) => {
            let no = if of == "Ready" { "NotReady" } else { "NotAvailable" };
            let reason = found["reason"].as_str().filter(|it| !it.is_empty()).unwrap_or(no);
            Condition::no(kind, reason, found["message"].as_str().unwrap_or_default())
        }
        None => {
            let no = if of == "Ready" { "NotReady" } else { "NotAvailable" };
            Condition::no(kind, no, format!("{word} status.ready is {}", object["status"]["ready"] == true))
        }
    }
}

/// Of deployments: good when all say so, or (`any`) going on when one says so.
fn of_deployments(deployments: &[&Value], of: &str, kind: &'static str, any: bool) -> Condition {
    let mut lines = Vec::new();
    for deployment in deployments {
        let found = condition(&deployment["status"]["conditions"], of);
        let yes = found.is_some_and(|it| it["status"] == "True");
        if yes == any {
            let message = found.and_then(|it| it["message"].as_str()).unwrap_or_default();
            let message = if message.contains('\n') {
                let inner = message.lines().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n");
                format!("\n{inner}")
            } else {
                format!(" {message}")
            };
            lines.push(format!("* MachineDeployment {}:{message}", name(deployment)));
        }
    }
    match (any, lines.is_empty()) {
        (true, true) => Condition::no(kind, &format!("Not{kind}"), ""),
        (true, false) => Condition::new(kind, "True", kind, lines.join("\n")),
        (false, true) => Condition::yes(kind, "Available"),
        (false, false) => Condition::no(kind, "NotAvailable", lines.join("\n")),
    }
}

/// Available: remote connection, infrastructure, control plane and workers are.
fn available(conditions: &Value) -> Condition {
    let mut lines = Vec::new();
    for kind in ["RemoteConnectionProbe", "InfrastructureReady", "ControlPlaneAvailable", "WorkersAvailable"]
    {
        if !is_true(conditions, kind) {
            let message =
                condition(conditions, kind).and_then(|it| it["message"].as_str()).unwrap_or_default();
            if message.starts_with("* ") {
                let inner = message.lines().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n");
                lines.push(format!("* {kind}:\n{inner}"));
            } else {
                lines.push(format!("* {kind}: {message}"));
            }
        }
    }
    if lines.is_empty() {
        Condition::yes("Available", "Available")
    } else {
        Condition::no("Available", "NotAvailable", lines.join("\n"))
    }
}
