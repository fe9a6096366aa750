//! What the ledger keeps of a roll: names, digests, gates with what they saw. Never a config.

use domain::{Act, GateReport, Plan, Progress, Receipt, RollStep, Stopped};
use serde_json::{Value, json};

pub(super) fn apply(plan: &Plan, step: &RollStep) -> Value {
    let names: Vec<&str> = step.nodes.iter().map(|it| it.0.as_str()).collect();
    json!({
        "apply": plan.target.0, "commit": plan.revision.commit.0, "path": plan.revision.path.0,
        "cluster": plan.cluster, "roll": step.roll.0, "nodes": names, "effect": plan.effect.word(),
        "active": plan.against.as_ref().map(|it| it.active.0.as_str()),
        "persistent": plan.against.as_ref().map(|it| it.persistent.0.as_str()),
        "rendered": plan.wanted.0, "secrets": plan.secrets.0,
    })
}

pub(super) fn progress(progress: &Progress) -> Value {
    match progress {
        Progress::Gate(gate) => {
            json!({ "gate": gate.gate.words(), "is": gate.state.word(), "saw": gate.saw })
        }
        Progress::Acts(act @ Act::Try { seconds }) => json!({ "does": act.words(), "seconds": seconds }),
        Progress::Acts(act) => json!({ "does": act.words() }),
        Progress::Answered(act, said) => json!({ "did": act.words(), "answer": said }),
    }
}

pub(super) fn applied(receipt: &Receipt) -> Value {
    json!({
        "applied": receipt.target.0, "commit": receipt.revision.commit.0, "digest": receipt.digest.0,
        "answer": receipt.answer, "gates": gates(&receipt.gates),
    })
}

pub(super) fn stopped(stopped: &Stopped) -> Value {
    json!({
        "stopped": stopped.target.0, "commit": stopped.revision.commit.0, "gate": stopped.gate.words(),
        "saw": stopped.saw, "after": stopped.after.words(), "gates": gates(&stopped.gates),
    })
}

fn gates(gates: &[GateReport]) -> Value {
    let one = |it: &GateReport| json!({ "gate": it.gate.words(), "is": it.state.word(), "saw": it.saw });
    gates.iter().map(one).collect()
}
