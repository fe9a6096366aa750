//! What the ledger keeps of a roll: names, digests, gates with what they saw. Never a config.

use domain::{
    Act, GateReport, GateState, Installed, Plan, Progress, Receipt, Release, RollStep, Stopped, Upgrade,
};
use serde_json::{Value, json};

pub(super) fn apply(plan: &Plan, step: &RollStep) -> Value {
    let names: Vec<&str> = step.nodes.iter().map(|it| it.0.as_str()).collect();
    json!({
        "apply": plan.target.0, "commit": plan.revision.commit.0, "path": plan.revision.path.0,
        "cluster": plan.cluster, "roll": step.roll.0, "nodes": names, "effect": plan.word(),
        "upgrade": plan.upgrade.as_ref().map(upgrade),
        "active": plan.against.as_ref().map(|it| it.active.0.as_str()),
        "persistent": plan.against.as_ref().map(|it| it.persistent.0.as_str()),
        "rendered": plan.wanted.0, "secrets": plan.secrets.0,
    })
}

fn upgrade(it: &Upgrade) -> Value {
    json!({ "image": it.image, "from": release(&it.from), "to": release(&it.to) })
}

fn release(it: &Release) -> Value {
    json!({ "version": it.version, "schematic": it.schematic })
}

/// None where nothing of it is kept.
pub(super) fn progress(progress: &Progress) -> Option<Value> {
    Some(match progress {
        // What still waits is told when it is over, one way or the other.
        Progress::Gate(gate) if gate.state == GateState::Waiting => return None,
        Progress::Doing(_) => return None,
        Progress::Gate(gate) => {
            json!({ "gate": gate.gate.words(), "is": gate.state.word(), "saw": gate.saw })
        }
        Progress::Acts(act) => about(json!({ "does": act.words() }), act),
        Progress::Answered(act, said) => about(json!({ "did": act.words(), "answer": said }), act),
    })
}

/// The same, with what the act is about.
fn about(mut line: Value, act: &Act) -> Value {
    match act {
        Act::Try { seconds } => line["seconds"] = (*seconds).into(),
        Act::Pull { image } | Act::Upgrade { image } => line["image"] = image.as_str().into(),
        Act::Install(Installed { image, boot }) => {
            line["image"] = image.as_str().into();
            line["boot"] = boot.as_str().into();
        }
        Act::Evict { pod } => line["pod"] = pod.as_str().into(),
        _ => {}
    }
    line
}

pub(super) fn applied(receipt: &Receipt) -> Value {
    json!({
        "applied": receipt.target.0, "commit": receipt.revision.commit.0, "digest": receipt.digest.0,
        "talos": receipt.release.as_ref().map(release), "answer": receipt.answer, "gates": gates(&receipt.gates),
    })
}

pub(super) fn stopped(stopped: &Stopped) -> Value {
    json!({
        "stopped": stopped.target.0, "commit": stopped.revision.commit.0, "gate": stopped.gate.words(),
        "saw": stopped.saw, "after": stopped.left(), "gates": gates(&stopped.gates),
    })
}

fn gates(gates: &[GateReport]) -> Value {
    let one = |it: &GateReport| json!({ "gate": it.gate.words(), "is": it.state.word(), "saw": it.saw });
    gates.iter().map(one).collect()
}
