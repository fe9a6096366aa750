//! The provider's audit of etcd: it removes members without a machine, unless it cannot be sure, or is misled.

use super::control_plane::{Sides, stuck};
use super::verdict::{Class, Stuck, proof};
use crate::Model;
use crate::queries::join::SeenEtcd;
use domain::{ControlPlane, Machine, Source, first_label};
use std::collections::BTreeSet;
use std::time::Duration;

/// A server becomes a node within a few minutes, or something is wrong.
const NODE: Duration = Duration::from_secs(600);
const SKIPS: &str = "CACPPT audits etcd only while every machine of the control plane has a node; until then a member \
                     that nobody runs stays, and counts against the quorum";
const REMOVES: &str = "CACPPT up to 0.5.12 (issue #260) looks for members by the published Hostname: a member whose \
                       machine publishes another name is taken for a stranger and removed";

/// The names by which etcd may know a machine, whatever its provider publishes.
fn hosts(model: &Model, machine: &Machine) -> impl Iterator<Item = String> {
    let node = machine.node.as_ref().map(|it| first_label(&it.0));
    let server = model.world.capi.infra_of(machine).map(|it| first_label(it.meta.name()));
    [node, server, machine.hostname()].into_iter().flatten()
}

/// D4: a machine that never became a node keeps the audit from removing a member that has no machine.
pub(super) fn starved(
    model: &Model,
    plane: &ControlPlane,
    sides: &Sides<'_>,
    etcd: &SeenEtcd,
) -> Option<Stuck> {
    let machine = sides.all().filter(|it| it.node.is_none()).min_by_key(|it| it.meta.created)?;
    let known: BTreeSet<String> = sides.all().flat_map(|it| hosts(model, it)).collect();
    let stale: Vec<&str> = etcd
        .members
        .iter()
        .map(|it| it.host.as_str())
        .filter(|host| !host.is_empty() && !known.contains(*host))
        .collect();
    let first = stale.first()?;
    let name = &machine.id.name;
    let since = machine.phase_since.or(machine.meta.created)?;
    let title =
        format!("{name} never became a node, so etcd member {first} without a machine is not removed");
    let mut it = stuck(Class::AuditStarved, plane, Some(machine), title, since);
    it.held = model.now.since(since) >= NODE;
    it.proven = it.held && etcd.witnesses >= 2 && etcd.agree;
    it.flaw = Some(SKIPS);
    it.proof.push(proof(
        format!("machine {name} has no node"),
        machine.phase.word(),
        Source::Capi,
        Some(since),
    ));
    if let Some(said) = machine.conditions.get("NodeHealthy").filter(|it| !it.is_true()) {
        it.proof.push(super::control_plane::condition(said));
    }
    it.proof.push(proof(
        format!("etcd lists {}, and no machine runs it", stale.join(", ")),
        format!("told alike by {} nodes", etcd.witnesses),
        Source::Etcd,
        None,
    ));
    it.advice.push(format!("find out why {name} is no node: its console, its kubelet, the cloud controller"));
    it.advice
        .push(format!("delete machine {name}: another one is made, and the audit goes on once it is a node"));
    Some(it)
}

/// D6: a machine publishes a host name that is not its node's, so the audit does not find its member.
pub(super) fn misled(
    model: &Model,
    plane: &ControlPlane,
    sides: &Sides<'_>,
    etcd: &SeenEtcd,
) -> Option<Stuck> {
    let odd = |machine: &&Machine| {
        let published = machine.address("Hostname").map(first_label);
        let node = machine.node.as_ref().map(|it| first_label(&it.0));
        published.is_some() && node.is_some() && published != node
    };
    let odd: Vec<&Machine> = sides.live.iter().copied().filter(odd).collect();
    let node = |machine: &Machine| machine.node.as_ref().map(|it| first_label(&it.0)).unwrap_or_default();
    // Where etcd itself goes by the published name, nothing is wrong.
    let strange = |machine: &&Machine| machine.hostname().is_some_and(|host| etcd.member(&host).is_none());
    let odd: Vec<&Machine> = odd.into_iter().filter(strange).collect();
    // The one that has lost its member already proves it.
    let machine = odd.iter().find(|it| etcd.member(&node(it)).is_none()).or(odd.first())?;
    let removed = etcd.member(&node(machine)).is_none();
    let (name, node) = (&machine.id.name, node(machine));
    let published = machine.address("Hostname").unwrap_or_default();
    let since = machine.phase_since.or(machine.meta.created).unwrap_or(model.now);
    let title = match removed {
        true => {
            format!("the etcd member of {name} was removed: it is looked for as {published}, and is {node}")
        }
        false => format!("etcd member {node} may be removed: its machine {name} is published as {published}"),
    };
    let mut it = stuck(Class::AuditMisled, plane, Some(machine), title, since);
    it.held = true;
    it.proven = removed && etcd.witnesses >= 2 && etcd.agree;
    it.flaw = Some(REMOVES);
    it.proof.push(proof(
        format!("machine {name} publishes the host name {published}"),
        format!("status.addresses, {} of {} machines", odd.len(), sides.live.len()),
        Source::Capi,
        Some(since),
    ));
    it.proof.push(proof(format!("its node is {node}"), "status.nodeRef", Source::Capi, None));
    let listed = if removed { "lists neither name" } else { "lists it under the name of its node" };
    it.proof.push(proof(
        format!("etcd {listed}"),
        format!("{} members, told alike by {} nodes", etcd.members.len(), etcd.witnesses),
        Source::Etcd,
        None,
    ));
    it.advice.push("upgrade CACPPT to a release with #260, in the repository".into());
    it.advice.push("pause the cluster in the repository until then: no audit, and no rollout either".into());
    Some(it)
}
