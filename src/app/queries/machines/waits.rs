//! What a machine does now and what it waits for, in words.

use crate::Model;
use crate::queries::words::{Phrase, Tone, count};
use domain::{DeletionStage, Machine, MachinePhase};

/// What holds up a drain, out of the message that Cluster API writes into condition `Deleting`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A pod that must not be evicted: its budget allows no disruption.
    Budget { pod: String, budget: Option<String>, others: usize },
    /// Pods that are told to end and have not.
    Ending { pods: usize },
    /// Cluster API's own words.
    Other(String),
}

impl Hold {
    pub fn words(&self) -> String {
        match self {
            Hold::Budget { pod, others: 0, .. } => format!("waits for pod {pod}: budget allows 0"),
            Hold::Budget { pod, others, .. } => {
                format!("waits for pod {pod} and {others} more: budget allows 0")
            }
            Hold::Ending { pods } => format!("waits for {} to end", count(*pods, "pod", "pods")),
            Hold::Other(words) => words.clone(),
        }
    }
}

/// What holds up the drain of `machine`, where its condition tells.
pub fn hold(machine: &Machine) -> Option<Hold> {
    let message = &machine.conditions.get("Deleting").filter(|it| it.is_true())?.message;
    let lines = || message.lines().map(|line| line.trim().trim_start_matches(['*', '-']).trim());
    let pods = |line: &str| -> (Vec<String>, usize) {
        let list = line.trim_start_matches("Pods ").trim_start_matches("Pod ");
        let list = list.split(':').next().unwrap_or_default();
        let more = list.split(" (").nth(1).and_then(|it| it.split(' ').next()).and_then(|it| it.parse().ok());
        let named = list.split(" ... ").next().unwrap_or(list).split(" (").next().unwrap_or(list);
        let named: Vec<String> =
            named.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
        (named, more.unwrap_or(0))
    };
    if let Some(line) = lines().find(|it| it.contains("disruption budget")) {
        let (named, more) = pods(line);
        let budget =
            line.split("disruption budget ").nth(1).and_then(|it| it.split(' ').next()).map(str::to_owned);
        let pod = named.first()?.clone();
        return Some(Hold::Budget { pod, budget, others: named.len() - 1 + more });
    }
    if let Some(line) =
        lines().find(|it| it.contains("deletionTimestamp set") || it.contains("still not removed"))
    {
        let (named, more) = pods(line);
        return Some(Hold::Ending { pods: named.len() + more });
    }
    let first = lines().find(|it| it.starts_with("Pod"))?;
    Some(Hold::Other(first.to_owned()))
}

/// One word for its state: running, draining, boots.
pub fn state(machine: &Machine) -> (Tone, &'static str) {
    if let Some(stage) = machine.deletion_stage() {
        return match stage {
            DeletionStage::Draining | DeletionStage::PreDrainHook => (Tone::Wait, "draining"),
            DeletionStage::VolumeDetach => (Tone::Wait, "detaching"),
            _ => (Tone::Wait, "deleting"),
        };
    }
    match machine.phase {
        MachinePhase::Pending => (Tone::Wait, "waits"),
        MachinePhase::Provisioning => (Tone::Wait, "server is made"),
        MachinePhase::Provisioned => (Tone::Wait, "boots"),
        MachinePhase::Updating => (Tone::Wait, "updating"),
        MachinePhase::Failed => (Tone::Bad, "failed"),
        MachinePhase::Running if unhealthy(machine) => (Tone::Bad, "not ready"),
        MachinePhase::Running if !settled(machine) => (Tone::Wait, "joins"),
        MachinePhase::Running => (Tone::Faint, "running"),
        other => (Tone::Faint, other.word()),
    }
}

/// A node is there and known to be not well.
fn unhealthy(machine: &Machine) -> bool {
    ["NodeHealthy", "HealthCheckSucceeded"].into_iter().any(|it| machine.conditions.is_false(it))
        || ["NodeHealthy"].into_iter().any(|it| {
            machine
                .conditions
                .get(it)
                .is_some_and(|it| matches!(it.reason.as_str(), "ConnectionDown" | "NodeDeleted"))
        })
}

fn settled(machine: &Machine) -> bool {
    match machine.conditions.get("NodeHealthy").or_else(|| machine.conditions.get("Ready")) {
        Some(it) => it.is_true(),
        None => true,
    }
}

/// What it waits for, where it waits.
pub fn waits(model: &Model, machine: &Machine) -> Option<Phrase> {
    if let Some(stage) = machine.deletion_stage() {
        let words = match stage {
            DeletionStage::Draining => match hold(machine) {
                Some(hold @ Hold::Budget { .. }) => return Some(Phrase::new().say(Tone::Bad, hold.words())),
                Some(hold) => hold.words(),
                None => "drains its node".into(),
            },
            DeletionStage::PreDrainHook | DeletionStage::PreTerminateHook => match machine.hooks.first() {
                Some(hook) => format!("{} of {hook}", stage.word()),
                None => stage.word().into(),
            },
            _ => match server(machine) {
                Some(id) => format!("server {id} is deleted"),
                None => stage.word().into(),
            },
        };
        return Some(Phrase::new().say(Tone::Wait, words));
    }
    let infra = model.world.capi.infra_of(machine);
    let broken = infra.into_iter().flat_map(|it| it.conditions.iter()).find(|it| {
        it.is_false()
            && !it.message.is_empty()
            && it.severity != Some(domain::Severity::Info)
            && it.kind != "Ready"
    });
    match machine.phase {
        MachinePhase::Pending if !machine.bootstrap_ready => {
            Some(Phrase::new().say(Tone::Wait, "waits for its bootstrap config"))
        }
        MachinePhase::Pending | MachinePhase::Provisioning => Some(match broken {
            Some(it) => Phrase::new().say(Tone::Bad, one_line(&it.message)),
            None => Phrase::new().say(Tone::Wait, "waits for its server"),
        }),
        MachinePhase::Provisioned => Some(Phrase::new().say(Tone::Wait, "boots, no node yet")),
        MachinePhase::Running if unhealthy(machine) => {
            let said =
                machine.conditions.get("NodeHealthy").map(|it| one_line(&it.message)).unwrap_or_default();
            Some(
                Phrase::new()
                    .say(Tone::Bad, if said.is_empty() { "its node is not healthy".into() } else { said }),
            )
        }
        MachinePhase::Running if !settled(machine) => {
            Some(Phrase::new().say(Tone::Wait, "joins the cluster"))
        }
        _ => None,
    }
}

/// The number of its server.
pub fn server(machine: &Machine) -> Option<&str> {
    machine.provider_id.as_deref().and_then(|it| it.rsplit('/').next()).filter(|it| !it.is_empty())
}

/// A message on one line, without its bullets.
pub fn one_line(message: &str) -> String {
    let lines: Vec<&str> =
        message.lines().map(|it| it.trim().trim_start_matches(['*', '-']).trim()).collect();
    lines.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Condition, Conditions, Meta, Moment, Truth};

    fn drains(message: &str) -> Machine {
        Machine {
            meta: Meta { deleted: Some(Moment(1)), ..Meta::default() },
            conditions: Conditions(vec![Condition {
                kind: "Deleting".into(),
                status: Truth::True,
                reason: "DrainingNode".into(),
                message: message.into(),
                ..Condition::default()
            }]),
            ..Machine::default()
        }
    }

    #[test]
    fn what_holds_up_a_drain_is_read_out_of_its_message() {
        let it = drains(
            "Drain not completed yet (started at 2026-11-21T08:00:00Z):\n* Pod ory/hydra-0: cannot evict pod as it \
             would violate the pod's disruption budget. The disruption budget hydra needs 1 healthy pods and has 1 \
             currently\n* Pods a/b, c/d: deletionTimestamp set, but still not removed from the Node",
        );
        let budget = Hold::Budget { pod: "ory/hydra-0".into(), budget: Some("hydra".into()), others: 0 };
        assert_eq!(hold(&it), Some(budget.clone()));
        assert_eq!(budget.words(), "waits for pod ory/hydra-0: budget allows 0");
        let it = drains("* Pods a/b, c/d, e/f, ... (2 more): deletionTimestamp set, but still not removed");
        assert!(matches!(hold(&it), Some(Hold::Ending { pods: 5 | 6 })), "{:?}", hold(&it));
        assert_eq!(hold(&drains("")), None);
    }
}
