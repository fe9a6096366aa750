//! A Talos control plane whose machines and etcd members do not match.

use super::verdict::{Class, Proof, Stuck, proof};
use super::{audit, boot_gate};
use crate::Model;
use crate::queries::join::{SeenEtcd, seen};
use crate::queries::rollout::victims;
use domain::{Condition, ControlPlane, Machine, Moment, Source, Strategy};
use std::time::Duration;

/// The condition really ends so.
const HEALTHY: &str = "EtcdClusterHealthyCondition";
const FLAW: &str = "known flaw of the Talos control plane provider (CACPPT) up to 0.5.12, issue #237, fixed in 0.5.13 by #250; since then only where a member left by itself, issue #262";
const NO_REMEDY: &str =
    "CACPPT has no remediation for a member that stops by itself, issue #262; the fix #263 is open";

/// How long each may last before it is called stuck.
const LEFT: Duration = Duration::from_secs(120);
/// Where the service itself says that it has stopped and two nodes agree on the members, nothing else can come.
const LEFT_PROVEN: Duration = Duration::from_secs(20);
const LOST: Duration = Duration::from_secs(300);
const DELETED: Duration = Duration::from_secs(900);
const QUIET: Duration = Duration::from_secs(600);

pub(super) fn found(model: &Model) -> Vec<Stuck> {
    let etcd = seen(&model.world);
    model.world.capi.control_planes().flat_map(|plane| of_plane(model, plane, &etcd)).collect()
}

/// The machines of one control plane, sorted as its controller sees them.
pub(super) struct Sides<'a> {
    /// Neither being deleted nor asked to leave.
    pub live: Vec<&'a Machine>,
    pub leaving: Vec<&'a Machine>,
}

impl<'a> Sides<'a> {
    pub fn all(&self) -> impl Iterator<Item = &'a Machine> {
        self.live.iter().chain(&self.leaving).copied()
    }
}

fn of_plane(model: &Model, plane: &ControlPlane, etcd: &SeenEtcd) -> Vec<Stuck> {
    let capi = &model.world.capi;
    let machines = || capi.machines.iter().filter(|it| capi.roller_of(it).as_ref() == Some(&plane.meta.id));
    let (leaving, live) = machines().partition(|it| it.deleting() || it.etcd_leaving);
    let sides = Sides { live, leaving };
    let mut found: Vec<Stuck> = held(model, plane).into_iter().collect();
    if plane.is_talos() && etcd.known() {
        found.extend(missing_member(model, plane, &sides, etcd));
        found.extend(remaining_member(model, plane, &sides, etcd));
        found.extend(learner(model, plane, etcd));
        found.extend(audit::starved(model, plane, &sides, etcd));
        found.extend(audit::misled(model, plane, &sides, etcd));
    }
    if plane.is_talos() {
        found.extend(boot_gate::closed(model, plane, &sides));
    }
    found.extend(single(model, plane, &sides));
    found
}

pub(super) fn stuck(
    class: Class,
    plane: &ControlPlane,
    machine: Option<&Machine>,
    title: String,
    since: Moment,
) -> Stuck {
    Stuck::new(class, plane.meta.id.clone(), machine, title, since)
}

pub(super) fn condition(it: &Condition) -> Proof {
    let detail = format!("{} {} {}", it.kind, it.status.word(), it.reason);
    let says = if it.message.is_empty() {
        it.kind.clone()
    } else {
        super::super::machines::waits::one_line(&it.message)
    };
    proof(says, detail.trim().to_owned(), Source::Capi, it.since)
}

/// D1 and D2: one live machine is no member.
fn missing_member(model: &Model, plane: &ControlPlane, sides: &Sides<'_>, etcd: &SeenEtcd) -> Option<Stuck> {
    let unhealthy = plane.conditions.get(HEALTHY).filter(|it| it.is_false())?;
    let outside: Vec<&&Machine> = sides
        .live
        .iter()
        .filter(|it| it.node.is_some() && it.hostname().is_some_and(|host| etcd.member(&host).is_none()))
        .collect();
    let [machine] = outside[..] else { return None };
    let name = &machine.id.name;
    let node = machine.hostname().unwrap_or_default();
    // Talos lists a service only while it runs; a node whose services are known and that has none of etcd's has it
    // stopped.
    let talos = model.world.nodes.iter().find(|it| domain::first_label(&it.name.0) == node);
    let runs = talos
        .filter(|it| !it.services.is_empty())
        .map(|it| it.services.iter().any(|it| it.name == "etcd" && it.running));
    let stopped = runs == Some(false);
    let order = victims(&model.world.capi, &plane.meta.id);
    let (outdated, youngest) = (order.contains(&machine.id), is_youngest(machine, &sides.live));
    let others = sides.live.len().saturating_sub(1);
    let complete = etcd.members.len() == others && etcd.members.iter().all(|it| !it.learner);
    let left = outdated && !youngest && complete;
    let since = unhealthy.since.unwrap_or(model.now);
    let (class, title) = if left {
        (Class::LeftNotDeleted, format!("etcd member of {name} left, its machine was never deleted"))
    } else {
        (Class::MemberLost, format!("{name} is no etcd member any more, and nothing repairs it"))
    };
    let mut it = stuck(class, plane, Some(machine), title, since);
    let sure = stopped && etcd.witnesses >= 2 && etcd.agree;
    let patience = match (left, sure) {
        (true, true) => LEFT_PROVEN,
        (true, false) => LEFT,
        (false, _) => LOST,
    };
    it.held = model.now.since(since) >= patience;
    it.proven = left && sure;
    it.flaw = Some(if left { FLAW } else { NO_REMEDY });
    it.proof.push(condition(unhealthy));
    it.proof.push(proof(
        format!("etcd has {} members, and {node} is none of them", etcd.members.len()),
        format!("told alike by {} nodes", etcd.witnesses),
        Source::Etcd,
        None,
    ));
    if let Some(runs) = runs {
        let says = if runs { "still runs" } else { "has stopped" };
        it.proof.push(proof(
            format!("the etcd service of {node} {says}"),
            "service etcd",
            Source::Talos,
            None,
        ));
    }
    it.proof.push(proof(
        format!("machine {name} has a node and is not being deleted"),
        if machine.etcd_leaving { "marked as leaving" } else { "no deletionTimestamp, no etcd-leaving mark" },
        Source::Capi,
        machine.phase_since,
    ));
    if left {
        let all = sides.live.len() + sides.leaving.len();
        it.proof.push(proof(
            format!("{name} is outdated, so it was the one to go"),
            format!("{all} machines, {} wanted", plane.replicas),
            Source::Capi,
            plane.conditions.get("MachinesSpecUpToDate").and_then(|it| it.since),
        ));
        it.advice.push(format!(
            "delete machine {name}: it has left etcd already, the rollout then goes on by itself"
        ));
        it.advice.push("upgrade CACPPT to 0.5.13 or later, in the repository".into());
    } else {
        it.advice.push(format!(
            "find out why etcd on {node} stopped, in its logs; then restart or replace the machine"
        ));
    }
    Some(it)
}

fn is_youngest(machine: &Machine, live: &[&Machine]) -> bool {
    live.iter().all(|it| it.id == machine.id || it.meta.created < machine.meta.created)
}

/// D3: a machine that is being deleted is still a member.
fn remaining_member(
    model: &Model,
    plane: &ControlPlane,
    sides: &Sides<'_>,
    etcd: &SeenEtcd,
) -> Option<Stuck> {
    let unhealthy = plane.conditions.get(HEALTHY).filter(|it| it.is_false())?;
    let deleted = sides.leaving.iter().filter(|it| it.deleting());
    let machine =
        deleted.into_iter().find(|it| it.hostname().is_some_and(|host| etcd.member(&host).is_some()))?;
    let name = &machine.id.name;
    let since = machine.meta.deleted.or(unhealthy.since).unwrap_or(model.now);
    let title = format!("{name} is being deleted, and still is an etcd member");
    let mut it = stuck(Class::DeletedNotLeft, plane, Some(machine), title, since);
    it.held = model.now.since(since) >= DELETED;
    it.proof.push(condition(unhealthy));
    let stage = machine.deletion_stage().map_or("being deleted", |it| it.word());
    it.proof.push(proof(
        format!("machine {name}: {stage}"),
        "deletionTimestamp is set",
        Source::Capi,
        machine.meta.deleted,
    ));
    it.advice.push("wait for the deletion: the member is removed once the machine is gone".into());
    Some(it)
}

/// D5: a member that has not started, or does not vote yet.
fn learner(model: &Model, plane: &ControlPlane, etcd: &SeenEtcd) -> Option<Stuck> {
    let member = etcd.members.iter().find(|it| it.learner || it.host.is_empty())?;
    let since = plane.conditions.get(HEALTHY).filter(|it| it.is_false()).and_then(|it| it.since)?;
    let who = if member.host.is_empty() { "a member that has not started" } else { member.host.as_str() };
    let mut it = stuck(Class::LearnerStuck, plane, None, format!("{who} does not vote in etcd"), since);
    it.held = model.now.since(since) >= LOST;
    it.proof.push(proof(format!("{who} is a learner"), "the member list", Source::Etcd, None));
    it.advice.push("look at the logs of etcd on that node".into());
    Some(it)
}

/// D8: a control plane of one machine was replaced, and the old one stays.
fn single(model: &Model, plane: &ControlPlane, sides: &Sides<'_>) -> Option<Stuck> {
    if plane.replicas != 1 || sides.live.len() != 2 || !sides.leaving.is_empty() {
        return None;
    }
    let newest = sides.live.iter().filter(|it| it.node.is_some()).max_by_key(|it| it.meta.created)?;
    let oldest = sides.live.iter().min_by_key(|it| it.meta.created)?;
    let since = newest.conditions.true_since("NodeHealthy").or(newest.phase_since)?;
    let title = format!("{} was replaced and stays", oldest.id.name);
    let mut it = stuck(Class::SingleReplica, plane, Some(oldest), title, since);
    it.held = model.now.since(since) >= QUIET;
    it.flaw = Some("CACPPT issue #193: a control plane of one machine is not scaled down again");
    it.proof.push(proof(
        "2 machines, 1 wanted, none is being deleted",
        "spec.replicas 1",
        Source::Capi,
        Some(since),
    ));
    it.advice.push(format!("delete machine {}", oldest.id.name));
    Some(it)
}

/// D10: nothing moves because somebody wants it so.
fn held(model: &Model, plane: &ControlPlane) -> Option<Stuck> {
    let order = victims(&model.world.capi, &plane.meta.id);
    let cluster =
        model.world.capi.clusters.iter().find(|it| Some(it.meta.name()) == plane.meta.cluster.as_deref());
    let paused = plane.meta.paused || cluster.is_some_and(|it| it.meta.paused);
    let why = if paused {
        "it is paused"
    } else if plane.strategy == Strategy::OnDelete {
        "a person deletes each machine (OnDelete)"
    } else if cluster.is_some_and(|it| !it.infrastructure_ready) {
        "the infrastructure of the cluster is not ready"
    } else if cluster.is_some_and(|it| it.endpoint.is_none()) {
        "the cluster has no endpoint"
    } else {
        return None;
    };
    let first = order.first()?;
    let since = model.world.history.rolls.get(&plane.meta.id).map_or(model.now, |it| it.began);
    let title = format!("{} of its machines are outdated; {why}", order.len());
    let mut it = stuck(Class::Held, plane, None, title, since);
    it.held = true;
    it.proven = true;
    let outdated = model.world.capi.machines.get(first);
    let reasons = outdated
        .map(|it| crate::queries::machines::outdated::reasons(&model.world.capi, it))
        .unwrap_or_default();
    let words: Vec<String> = reasons.iter().map(|it| it.words()).collect();
    it.proof.push(proof(format!("{} {}", first.name, words.join(", ")), "compared here", Source::Capi, None));
    it.proof.push(proof(why, plane.meta.id.to_string(), Source::Capi, None));
    Some(it)
}
