//! Rollouts that stand still, machines that do not come or go, and breaks in the chain from machine to server.

use super::{Rule, heard};
use crate::queries::join;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::stuck::{self, Class, Stuck};
use crate::queries::words::Phrase;
use crate::{Model, Page, Place};

/// What is stuck, by the rules of [`stuck`]: its classes bring their own proof.
pub(super) fn standing_still(model: &Model, rule: &Rule) -> Vec<Problem> {
    let told = |it: &Stuck| it.held || (it.proven && rule.holds(model.now, Some(it.since)));
    stuck::all(model).into_iter().filter(told).map(|it| problem(model, rule, it)).collect()
}

fn problem(model: &Model, rule: &Rule, it: Stuck) -> Problem {
    let subject = it.machine.as_ref().map_or_else(|| it.roller.to_string(), |machine| machine.name.clone());
    let weight = match it.class {
        Class::Held | Class::CheckInert => Weight::Notice,
        Class::MemberLost => Weight::Lost,
        _ => Weight::Stuck,
    };
    let mut problem =
        Problem::new(rule.name, format!("{:?} {subject}", it.class), weight, emphasised(&it.title, &subject))
            .since(Some(it.since))
            .at(it.roller.to_string())
            .opens(Place::Page(Page::Machines));
    problem = match (it.flaw, it.proven) {
        (Some(flaw), true) => problem.because(Certainty::Proven, flaw),
        (Some(flaw), false) => problem.because(Certainty::Likely, flaw),
        (None, true) => {
            problem.certainty = Certainty::Proven;
            problem
        }
        (None, false) => problem,
    };
    for proof in it.proof {
        let heard = heard(model, proof.source);
        problem = problem.proof(Evidence {
            says: emphasised(&proof.says, &subject),
            detail: proof.detail,
            source: proof.source,
            heard,
        });
    }
    for advice in it.advice {
        let (title, detail) = advice.split_once(": ").unwrap_or((&advice, ""));
        problem = problem.remedy(title, detail, "");
    }
    if let Some(machine) = &it.machine {
        problem = problem.explains("broken-chain", format!("machine-without-member {}", machine.name));
    }
    if it.class == Class::NoServer {
        // The provider's own answer says more.
        for machine in model.world.capi.infra_machines.iter() {
            problem = problem.explains("cloud-refuses", machine.meta.name());
        }
    }
    problem
}

/// The words with the name of what they are about made strong.
fn emphasised(text: &str, name: &str) -> Phrase {
    match text.split_once(name).filter(|_| !name.is_empty()) {
        Some((before, after)) => Phrase::new().plain(before).strong(name).plain(after),
        None => text.into(),
    }
}

/// A machine, node, member or server that has no counterpart where it should have one.
pub(super) fn broken_chain(model: &Model, rule: &Rule) -> Vec<Problem> {
    let old = |it: &join::Break| rule.holds(model.now, it.since);
    join::breaks(model)
        .into_iter()
        .filter(old)
        .map(|it| {
            let weight = if it.grave { Weight::Stuck } else { Weight::Notice };
            let heard = heard(model, it.source);
            let says = emphasised(&it.says, &it.subject);
            let proof =
                Evidence { says: says.clone(), detail: it.kind.replace('-', " "), source: it.source, heard };
            Problem::new(rule.name, format!("{} {}", it.kind, it.subject), weight, says)
                .since(it.since)
                .opens(Place::Page(Page::Machines))
                .proof(proof)
        })
        .collect()
}
