//! Which machine goes next: the exact order of the controllers.

use crate::Capi;
use crate::queries::machines::outdated;
use domain::{Machine, MachineId, ObjectRef};

/// The machines of an owner that a rollout still has to replace, in the order in which they will go.
pub fn next(capi: &Capi, roller: &ObjectRef) -> Vec<MachineId> {
    order(capi, roller, |it| !outdated::reasons(capi, it).is_empty())
}

/// The order in which all live machines of an owner would be replaced if all had to be.
pub fn all(capi: &Capi, roller: &ObjectRef) -> Vec<MachineId> {
    order(capi, roller, |_| true)
}

fn order(capi: &Capi, roller: &ObjectRef, wanted: impl Fn(&Machine) -> bool) -> Vec<MachineId> {
    let mut found: Vec<&Machine> = capi
        .machines
        .iter()
        .filter(|it| !it.deleting() && capi.roller_of(it).as_ref() == Some(roller))
        .filter(|it| wanted(it))
        .collect();
    if roller.kind == "MachineDeployment" {
        // The set's "Random" policy: what is marked, then what is not healthy, then by name.
        found.sort_by_key(|it| (!it.delete_first, it.node.is_some(), it.id.name.clone()));
    } else {
        // Marked ones first, then the oldest.
        found.sort_by_key(|it| (!it.delete_first, it.meta.created, it.id.name.clone()));
    }
    found.into_iter().map(|it| it.id.clone()).collect()
}
