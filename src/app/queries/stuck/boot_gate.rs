//! D7: before it removes a machine, the provider asks every machine whether it has booted, the dead ones too.

use super::control_plane::{Sides, condition, stuck};
use super::verdict::{Class, Stuck, proof};
use crate::Model;
use domain::{ControlPlane, Link, Machine, Moment, Source};
use std::time::Duration;

/// A machine on its way out is silent for a while; after this it holds the others up.
const SILENT: Duration = Duration::from_secs(300);
const WAITS: &str = "CACPPT scales down only after every machine, also one that is being deleted, has told over Talos \
                     that it booted; it says so in its log only, and asks a silent machine for ever";

/// One machine is silent, and the control plane is told to become smaller.
pub(super) fn closed(model: &Model, plane: &ControlPlane, sides: &Sides<'_>) -> Option<Stuck> {
    let down = plane.conditions.get("Resized").filter(|it| it.is_false() && it.reason == "ScalingDown")?;
    let answers = model.world.feeds_of(Source::Talos).any(|(_, it)| it.link == Link::Live);
    if !answers {
        return None;
    }
    let (machine, silent, why) =
        sides.all().find_map(|it| silence(model, it).map(|(since, why)| (it, since, why)))?;
    let since = down.since.max(Some(silent))?;
    let name = &machine.id.name;
    let title = format!("nothing is scaled down while {name} does not say that it booted");
    let mut it = stuck(Class::BootGate, plane, Some(machine), title, since);
    it.held = model.now.since(since) >= SILENT;
    it.proven = it.held;
    it.flaw = Some(WAITS);
    it.proof.push(condition(down));
    it.proof.push(proof(
        format!("the Talos API of {name} does not answer"),
        why,
        Source::Talos,
        Some(silent),
    ));
    let going = match machine.deletion_stage() {
        Some(stage) => format!("machine {name} is being deleted: {}", stage.word()),
        None => format!("machine {name} is not being deleted"),
    };
    it.proof.push(proof(going, machine.phase.word(), Source::Capi, machine.meta.deleted));
    it.advice.push(match machine.deleting() {
        true => format!("see what holds the deletion of {name}: the gate opens when it is gone"),
        false => format!("bring {name} back, or delete its machine if it will not come back"),
    });
    Some(it)
}

/// Since when the Talos API of a machine is silent, and why.
fn silence<'a>(model: &'a Model, machine: &Machine) -> Option<(Moment, &'a str)> {
    let is_its = |part: &str| {
        machine.node.as_ref().is_some_and(|it| it.0 == part)
            || machine.addresses.iter().any(|it| it.address == part)
    };
    model.world.feeds_of(Source::Talos).filter(|(feed, _)| is_its(&feed.part)).find_map(|(_, state)| {
        match &state.link {
            Link::Degraded { why, .. } => Some((state.since, why.as_str())),
            _ => None,
        }
    })
}
