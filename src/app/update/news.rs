//! What a change of facts means in one line: told by comparing a row with the one before it.

use crate::World;
use domain::{
    Application, CapiChange, Change, DeliveryChange, Entity, KubeNode, Machine, Moment, News, Observation,
    Source, Sync, Table,
};

/// What `observation` tells that `world`, which has not heard it yet, does not know.
pub(super) fn told(world: &World, now: Moment, observation: &Observation) -> Vec<News> {
    let quiet = now < world.quiet_until;
    match observation {
        Observation::Capi(CapiChange::Machines(change)) => {
            compare(now, Source::Capi, &world.capi.machines, change, quiet, machine, |it| it.id.name.clone())
        }
        Observation::Delivery(DeliveryChange::Applications(change)) => {
            compare(now, Source::Argo, &world.delivery.applications, change, quiet, application, |it| {
                it.meta.name().to_owned()
            })
        }
        Observation::KubeNodes(change) => {
            compare(now, Source::Kube, &world.kube_nodes, change, quiet, kube_node, |it| it.name.0.clone())
        }
        _ => Vec::new(),
    }
}

/// The first thing heard of a whole table is no news; only what differs from then on is.
fn compare<T: Entity>(
    now: Moment,
    source: Source,
    table: &Table<T>,
    change: &Change<T>,
    quiet: bool,
    words: fn(Option<&T>, Option<&T>) -> Vec<String>,
    name: fn(&T) -> String,
) -> Vec<News> {
    let mut news = Vec::new();
    let mut tell = |before: Option<&T>, after: Option<&T>| {
        let Some(about) = after.or(before).map(name) else { return };
        let lines = words(before, after).into_iter();
        news.extend(lines.map(|words| News { at: now, source, about: about.clone(), words }));
    };
    match change {
        Change::Upsert(after) if !table.is_empty() => tell(table.get(after.id()), Some(after)),
        Change::Remove(id) => tell(table.get(id), None),
        Change::Snapshot(all) if !table.is_empty() && !quiet => {
            for after in all {
                tell(table.get(after.id()), Some(after));
            }
            for before in table.iter().filter(|before| !all.iter().any(|after| after.id() == before.id())) {
                tell(Some(before), None);
            }
        }
        _ => {}
    }
    news
}

fn machine(before: Option<&Machine>, after: Option<&Machine>) -> Vec<String> {
    match (before, after) {
        (None, Some(after)) => {
            vec![format!("is made, for {}", after.version.as_deref().unwrap_or("a version not told"))]
        }
        (Some(_), None) => vec!["gone".into()],
        (Some(before), Some(after)) => {
            let mut said = Vec::new();
            if before.phase != after.phase && !after.deleting() {
                said.push(after.phase.word().to_owned());
            }
            if before.deletion_stage() != after.deletion_stage()
                && let Some(stage) = after.deletion_stage()
            {
                said.push(format!("deleting: {}", stage.word()));
            }
            if before.node.is_none()
                && let Some(node) = &after.node
            {
                said.push(format!("is node {node}"));
            }
            said
        }
        (None, None) => Vec::new(),
    }
}

fn application(before: Option<&Application>, after: Option<&Application>) -> Vec<String> {
    match (before, after) {
        (None, Some(_)) => vec!["is made".into()],
        (Some(_), None) => vec!["gone".into()],
        (Some(before), Some(after)) => {
            let mut said = Vec::new();
            if before.sync != after.sync {
                let revision = after.revision().map(|it| format!(" {}", it.get(..7).unwrap_or(it)));
                said.push(match after.sync {
                    Sync::Synced => format!("synced{}", revision.unwrap_or_default()),
                    other => other.word().to_owned(),
                });
            }
            if before.health != after.health {
                said.push(after.health.word().to_owned());
            }
            let failed = |it: &Application| it.operation.as_ref().is_some_and(|it| it.phase.failed());
            if !failed(before) && failed(after) {
                said.push("sync failed".into());
            }
            said
        }
        (None, None) => Vec::new(),
    }
}

fn kube_node(before: Option<&KubeNode>, after: Option<&KubeNode>) -> Vec<String> {
    match (before, after) {
        (None, Some(_)) => vec!["registered".into()],
        (Some(_), None) => vec!["gone".into()],
        (Some(before), Some(after)) => {
            let mut said = Vec::new();
            if before.ready() != after.ready() {
                said.push(if after.ready() { "ready" } else { "not ready" }.into());
            }
            if before.unschedulable != after.unschedulable {
                said.push(if after.unschedulable { "cordoned" } else { "uncordoned" }.into());
            }
            said
        }
        (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, Model, update};
    use domain::{MachineId, MachinePhase};

    fn hear(model: &mut Model, change: Change<Machine>) {
        update(model, Message::Observed(Observation::Capi(CapiChange::Machines(change))));
    }

    #[test]
    fn a_machine_is_told_of_when_it_changes_and_not_before() {
        let mut model = Model::default();
        let id = MachineId { namespace: "default".into(), name: "cp-1".into() };
        let mut it = Machine { id: id.clone(), phase: MachinePhase::Provisioned, ..Machine::default() };
        hear(&mut model, Change::Snapshot(vec![it.clone()]));
        assert!(model.world.news.is_empty());
        it.phase = MachinePhase::Running;
        hear(&mut model, Change::Upsert(it.clone()));
        hear(&mut model, Change::Upsert(it));
        hear(&mut model, Change::Remove(id));
        let said: Vec<&str> = model.world.news.iter().map(|it| it.words.as_str()).collect();
        assert_eq!(said.len(), 2);
        assert!(said.contains(&"running") && said.contains(&"gone"));
    }
}
