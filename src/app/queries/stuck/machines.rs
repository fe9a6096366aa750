//! A machine that does not come, or does not go; sets that wait; checks that do nothing.

use super::verdict::{Class, Proof, Stuck, proof};
use crate::Model;
use crate::queries::machines::waits::{Hold, hold, one_line};
use domain::{DeletionStage, HealthCheck, Machine, MachinePhase, MachineSet, ObjectRef, Severity, Source};
use std::time::Duration;

const DRAIN: Duration = Duration::from_secs(300);
const DELETION: Duration = Duration::from_secs(900);
const PROVISION: Duration = Duration::from_secs(600);

pub(super) fn found(model: &Model) -> Vec<Stuck> {
    let capi = &model.world.capi;
    let mut found: Vec<Stuck> = capi.machines.iter().filter_map(|it| of_machine(model, it)).collect();
    found.extend(capi.machine_sets.iter().filter_map(|it| blocked(model, it)));
    found.extend(capi.health_checks.iter().filter_map(|it| inert(model, it)));
    found
}

fn of_machine(model: &Model, machine: &Machine) -> Option<Stuck> {
    let roller = model.world.capi.roller_of(machine).unwrap_or_else(|| machine.meta.id.clone());
    match machine.deletion_stage() {
        Some(stage) => leaving(model, machine, stage, roller),
        None => coming(model, machine, roller),
    }
}

fn leaving(model: &Model, machine: &Machine, stage: DeletionStage, roller: ObjectRef) -> Option<Stuck> {
    let name = &machine.id.name;
    let since = machine.deletion_stage_since()?;
    let lasts = model.now.since(since);
    let holds = hold(machine);
    let deleting = machine.conditions.get("Deleting");
    let said = proof(
        format!("machine {name} is being deleted: {}", stage.word()),
        deleting.map(|it| format!("Deleting {} {}", it.status.word(), it.reason)).unwrap_or_default(),
        Source::Capi,
        machine.meta.deleted,
    );
    let node = machine.node.as_ref().map_or(name.as_str(), |it| it.0.as_str());
    if stage == DeletionStage::Draining {
        if let Some(Hold::Budget { pod, budget, .. }) = &holds {
            let title = format!("drain of {node} waits for pod {pod}: its budget allows 0 disruptions");
            let mut it = Stuck::new(Class::DrainWaits, roller, Some(machine), title, since);
            it.held = lasts >= DRAIN;
            it.proven = true;
            it.proof.push(said);
            it.proof.push(proof(
                format!("the pod {pod} refuses eviction"),
                deleting.map(|it| one_line(&it.message)).unwrap_or_default(),
                Source::Capi,
                Some(since),
            ));
            it.proof.extend(of_budget(model, pod, budget.as_deref()));
            let timeout = match machine.deletion.drain_timeout {
                Some(limit) => {
                    format!("wait: the drain is given up after {}", crate::queries::ages::short(limit))
                }
                None => "waiting ends nothing: no drain timeout is set".into(),
            };
            it.advice
                .push(format!("run more replicas behind {pod}, or loosen its budget, in the repository"));
            it.advice.push(timeout);
            return Some(it);
        }
        let words = holds.as_ref().map_or("drains its node".into(), Hold::words);
        let mut it = Stuck::new(Class::DrainWaits, roller, Some(machine), format!("{node} {words}"), since);
        it.held = lasts >= DRAIN;
        it.proof.push(said);
        return it.held.then_some(it);
    }
    let title = format!("{name} does not get past: {}", stage.word());
    let mut it = Stuck::new(Class::DeletionStalled, roller, Some(machine), title, since);
    it.held = lasts >= DELETION;
    it.proof.push(said);
    it.held.then_some(it)
}

fn of_budget(model: &Model, pod: &str, budget: Option<&str>) -> Option<Proof> {
    let namespace = pod.split('/').next()?;
    let in_namespace = model.world.budgets.iter().filter(|it| it.meta.id.namespace == namespace);
    let it = in_namespace
        .into_iter()
        .find(|it| budget.is_none_or(|name| it.meta.name() == name) && it.allowed == 0)?;
    let limit = match (&it.min_available, &it.max_unavailable) {
        (Some(min), _) => format!("minAvailable {min}"),
        (_, Some(max)) => format!("maxUnavailable {max}"),
        _ => String::new(),
    };
    Some(proof(
        format!(
            "budget {namespace}/{} wants {} available, and {} is there",
            it.meta.name(),
            it.wanted,
            it.healthy
        ),
        format!("{limit}, {} pods", it.expected),
        Source::Kube,
        None,
    ))
}

fn coming(model: &Model, machine: &Machine, roller: ObjectRef) -> Option<Stuck> {
    let name = &machine.id.name;
    let since = machine.phase_since.or(machine.meta.created)?;
    let lasts = model.now.since(since);
    match machine.phase {
        MachinePhase::Pending | MachinePhase::Provisioning => {
            let infra = model.world.capi.infra_of(machine);
            let refused = infra.and_then(|it| {
                it.conditions.iter().find(|it| it.is_false() && refuses(&it.kind, &it.reason, it.severity))
            });
            let why = refused
                .map(|it| if it.message.is_empty() { it.reason.clone() } else { one_line(&it.message) });
            let title = match &why {
                Some(why) => format!("no server is made for {name}: {why}"),
                None => format!("no server is made for {name}"),
            };
            let mut it = Stuck::new(Class::NoServer, roller, Some(machine), title, since);
            it.held = refused.is_some() || lasts >= PROVISION;
            it.proven = refused.is_some();
            it.proof.push(proof(
                format!("machine {name} is {}", machine.phase.word()),
                "phase",
                Source::Capi,
                Some(since),
            ));
            if let (Some(infra), Some(refused)) = (infra, refused) {
                it.proof.push(proof(
                    why.unwrap_or_default(),
                    format!(
                        "{} {}: {} {}",
                        infra.meta.id.kind,
                        infra.meta.name(),
                        refused.kind,
                        refused.reason
                    ),
                    Source::Capi,
                    refused.since,
                ));
                it.advice.push(
                    "another server type or location, in the machine template in the repository".into(),
                );
            }
            it.advice.push("wait: the provider is asked again by itself".into());
            it.held.then_some(it)
        }
        MachinePhase::Provisioned if lasts >= PROVISION => {
            let id = machine.provider_id.as_deref().unwrap_or("its server");
            let title = format!("{name} has {id} and never became a node");
            let mut it = Stuck::new(Class::NoNode, roller, Some(machine), title, since);
            it.held = true;
            let said =
                machine.conditions.get("NodeHealthy").map(|it| one_line(&it.message)).unwrap_or_default();
            it.proof.push(proof("no node carries its provider id", said, Source::Capi, Some(since)));
            it.advice.push("look at its console, its kubelet and the cloud controller".into());
            Some(it)
        }
        _ => None,
    }
}

/// A provider condition that says no, not "not yet".
fn refuses(kind: &str, reason: &str, severity: Option<Severity>) -> bool {
    let no = [
        "CreationFailed",
        "NotFound",
        "Ambiguous",
        "Irrecoverably",
        "NoAvailable",
        "LimitExceeded",
        "Unavailable",
    ];
    kind != "Ready" && (severity == Some(Severity::Error) || no.iter().any(|it| reason.contains(it)))
}

/// D9 and R5: a set that may not make machines.
fn blocked(model: &Model, set: &MachineSet) -> Option<Stuck> {
    let up = set
        .conditions
        .get("ScalingUp")
        .filter(|it| it.is_true() && it.message.contains("blocked because"))?;
    let roller = set.meta.owner.clone().unwrap_or_else(|| set.meta.id.clone());
    let since = up.since.unwrap_or(model.now);
    let why = one_line(up.message.split("blocked because").nth(1).unwrap_or_default());
    let title = if why.contains("ControlPlane") || why.to_lowercase().contains("control plane") {
        format!("workers of {} wait for the control plane", roller.name)
    } else {
        format!("{} may make no machines: {why}", roller.name)
    };
    let mut it = Stuck::new(Class::WorkersHeld, roller, None, title, since);
    it.held = true;
    it.proven = true;
    it.proof.push(proof(
        one_line(&up.message),
        format!("MachineSet {}", set.meta.name()),
        Source::Capi,
        up.since,
    ));
    Some(it)
}

/// R9: a health check that looks after nothing.
fn inert(model: &Model, check: &HealthCheck) -> Option<Stuck> {
    let age = check.meta.created.map_or(Duration::MAX, |it| model.now.since(it));
    let barred = check.conditions.get("RemediationAllowed").filter(|it| it.is_false());
    let (title, detail, since) = if check.expected == 0 && age > DRAIN && !check.selector.is_empty() {
        let selector = check.selector.join(",");
        (format!("health check {} matches no machine", check.meta.name()), selector, check.meta.created)
    } else {
        let it = barred?;
        (format!("health check {} may repair nothing", check.meta.name()), one_line(&it.message), it.since)
    };
    let mut it =
        Stuck::new(Class::CheckInert, check.meta.id.clone(), None, title, since.unwrap_or(model.now));
    it.held = true;
    it.proof.push(proof(it.title.clone(), detail, Source::Capi, since));
    Some(it)
}
