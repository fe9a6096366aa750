//! What an edit of a version, a template or a replica count would do to machines.

use super::victims;
use crate::Model;
use domain::{MachineId, ObjectRef, Strategy};

/// What would change on an owner of machines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    Version(String),
    Template(String),
    Replicas(u32),
    /// Anything else of what machines are made from.
    Config,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forecast {
    /// "replaces 3 machines, one at a time".
    pub title: String,
    /// The machines that go, first one first, each with what is worth knowing of it.
    pub order: Vec<(MachineId, String)>,
    /// More of what it means: etcd, servers, time.
    pub notes: Vec<(&'static str, String)>,
    /// What stands in its way.
    pub warnings: Vec<String>,
}

/// What `edit` would do to the machines of `roller`; none where nothing is known of it.
pub fn forecast(model: &Model, roller: &ObjectRef, edit: &Edit) -> Option<Forecast> {
    let capi = &model.world.capi;
    let plane = capi.control_planes().find(|it| it.meta.id == *roller);
    let deployment = capi.machine_deployments.get(roller);
    let (replicas, version, template, strategy) = match (plane, deployment) {
        (Some(it), _) => (it.replicas, &it.version, &it.template, &it.strategy),
        (None, Some(it)) => (it.replicas, &it.version, &it.template, &it.strategy),
        (None, None) => return None,
    };
    let same = match edit {
        Edit::Version(to) => Some(to) == version.as_ref(),
        Edit::Template(to) => Some(to) == template.as_ref().map(|it| &it.name),
        Edit::Replicas(to) => *to == replicas,
        Edit::Config => false,
    };
    if same {
        return Some(Forecast { title: "changes nothing".into(), ..Forecast::default() });
    }
    let order = victims::all(capi, roller);
    let mut found = match edit {
        Edit::Replicas(to) => scaled(model, &order, replicas, *to),
        _ => replaced(model, roller, order, strategy, replicas),
    };
    if plane.is_some() {
        found.notes.insert(0, ("etcd", etcd(model, replicas, edit, strategy)));
        if let Edit::Replicas(to) = edit
            && to % 2 == 0
        {
            found
                .warnings
                .push(format!("{to} members tolerate no more losses than {}", to.saturating_sub(1).max(1)));
        }
    }
    if let Some(kind) = server(model, roller) {
        match edit {
            Edit::Replicas(to) if *to < replicas => {}
            Edit::Replicas(to) => found.notes.push(("server", format!("{} more {kind}", to - replicas))),
            _ => found.notes.push(("server", format!("one more {kind} while it lasts"))),
        }
    }
    if let Some(last) = model.world.history.past.iter().rev().find(|it| it.roller == *roller)
        && let Some(ended) = last.ended
    {
        let took = crate::queries::ages::exact(ended.since(last.began));
        found.notes.push(("time", format!("the last one took {took}")));
    }
    if model.world.history.rolls.contains_key(roller) {
        found.warnings.push("a rollout of it is under way; it will turn to the new one".into());
    }
    // What only makes machines drains none.
    let drains = !found.order.is_empty();
    let budgets = model.world.budgets.iter().filter(|it| drains && it.allowed == 0 && it.expected > 0);
    for budget in budgets.take(3) {
        found.warnings.push(format!(
            "budget {}/{} allows 0 now: a drain may wait for it",
            budget.meta.id.namespace, budget.meta.id.name
        ));
    }
    Some(found)
}

fn replaced(
    model: &Model,
    roller: &ObjectRef,
    order: Vec<MachineId>,
    strategy: &Strategy,
    replicas: u32,
) -> Forecast {
    if *strategy == Strategy::OnDelete {
        return Forecast {
            title: format!("marks {} machines as outdated; a person deletes each", order.len()),
            ..Forecast::default()
        };
    }
    let at_once = match model.world.capi.machine_deployments.get(roller) {
        Some(_) => (strategy.surge(replicas) + strategy.unavailable(replicas)).max(1),
        None => 1,
    };
    let manner = if at_once == 1 { "one at a time".into() } else { format!("{at_once} at a time") };
    let machines = crate::queries::words::count(order.len(), "machine", "machines");
    Forecast {
        title: format!("replaces {machines}, {manner}"),
        order: order.into_iter().map(|id| (id.clone(), remark(model, &id))).collect(),
        ..Forecast::default()
    }
}

fn scaled(model: &Model, order: &[MachineId], from: u32, to: u32) -> Forecast {
    if to > from {
        let more = crate::queries::words::count((to - from) as usize, "machine", "machines");
        return Forecast { title: format!("makes {more} more: {from} → {to}"), ..Forecast::default() };
    }
    let fewer = (from - to) as usize;
    Forecast {
        title: format!(
            "deletes {}: {from} → {to}",
            crate::queries::words::count(fewer, "machine", "machines")
        ),
        order: order.iter().take(fewer).map(|id| (id.clone(), remark(model, id))).collect(),
        warnings: if to == 0 { vec!["nothing would be left".into()] } else { Vec::new() },
        ..Forecast::default()
    }
}

/// What is worth knowing of a machine before it goes.
fn remark(model: &Model, id: &MachineId) -> String {
    let chain = model.world.capi.machines.get(id).map(|it| crate::queries::join::of_machine(model, it));
    match chain.and_then(|it| it.member) {
        Some(member) if member.leader => "etcd leader moves first".into(),
        Some(_) => "leaves etcd".into(),
        None => String::new(),
    }
}

/// "3 → 4 → 3 each time, never below".
fn etcd(model: &Model, replicas: u32, edit: &Edit, strategy: &Strategy) -> String {
    let members = model.world.history.members.last().map_or(replicas, |(_, count)| *count);
    match (edit, strategy.surge(replicas)) {
        (Edit::Replicas(to), _) => format!("{members} → {to}"),
        (_, 0) => {
            format!("{members} → {} → {members} each time, below for a while", members.saturating_sub(1))
        }
        (_, surge) => format!("{members} → {} → {members} each time, never below", members + surge),
    }
}

/// "cx33 in nbg1".
fn server(model: &Model, roller: &ObjectRef) -> Option<String> {
    let capi = &model.world.capi;
    let machine = capi.machines.iter().find(|it| capi.roller_of(it).as_ref() == Some(roller))?;
    let infra = capi.infra_of(machine)?;
    let kind = infra.server_type.clone()?;
    let region = infra.region.clone().or_else(|| machine.failure_domain.clone()).unwrap_or_default();
    Some(format!("{kind} in {region}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Budget, CapiChange, Change, MachineDeployment, Meta, Observation};

    #[test]
    fn what_only_makes_machines_waits_for_no_budget() {
        let id = ObjectRef { kind: "MachineDeployment".into(), name: "md".into(), ..ObjectRef::default() };
        let meta = Meta { id: id.clone(), ..Meta::default() };
        let deployment = MachineDeployment { meta, replicas: 3, ..MachineDeployment::default() };
        let mut model = Model::default();
        let change = CapiChange::MachineDeployments(Change::Snapshot(vec![deployment]));
        update(&mut model, Message::Observed(Observation::Capi(change)));
        let budget = Budget { allowed: 0, expected: 1, ..Budget::default() };
        update(&mut model, Message::Observed(Observation::Budgets(Change::Snapshot(vec![budget]))));
        let more = forecast(&model, &id, &Edit::Replicas(4)).unwrap();
        assert_eq!((more.title.as_str(), more.warnings.len()), ("makes 1 machine more: 3 → 4", 0));
    }
}
