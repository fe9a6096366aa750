//! Putting a pushed change in force on nodes: the plan, the question, the roll, and what a person says where it
//! stands.

use super::{edit, filter};
use crate::model::{Asked, Conductor, Dialog, DraftStage, DraftState, Prompt, PromptKind};
use crate::queries::preview::rendered_of;
use crate::queries::{editor, plan};
use crate::{Effect, Key, Model, Page, Place};
use domain::{
    CommitId, Consent, Demand, Finding, Look, OrderId, Outcome, Plan, RollId, StandingRoll, Verdict,
};

/// `a`: on a change, show its plan; on a plan, ask.
pub(super) fn apply(model: &mut Model) -> Vec<Effect> {
    let Place::Plan(commit) = model.screen.place.clone() else {
        let Some(commit) = plan::commit(model) else { return Vec::new() };
        model.screen.go(Place::Plan(commit));
        return wanted(model);
    };
    let chosen: Vec<Plan> = plan::chosen(model, &commit).into_iter().cloned().collect();
    let count = chosen.len();
    if chosen.iter().any(|it| matches!(it.demand(count), Demand::Name(_))) {
        model.screen.prompt =
            Some(Prompt { kind: PromptKind::Name, text: String::new(), cursor: 0, choice: 0 });
    }
    model.rolls.width = None;
    model.screen.dialog = Some(Dialog::Apply(chosen));
    Vec::new()
}

/// What is asked for because it is shown, and nothing is known of it: a plan, or what the selected draft changes in
/// rendered configs. Not while that is being typed, and not where it cannot be committed as it is.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    match model.screen.place.clone() {
        Place::Plan(commit) if !model.rolls.plans.contains_key(&commit) => ask(model, commit),
        Place::Page(Page::Changes) => preview(model),
        _ => Vec::new(),
    }
}

fn preview(model: &mut Model) -> Vec<Effect> {
    let ready = |it: &&DraftState| {
        let good = it.checks.as_ref().is_some_and(|all| all.iter().all(|it| it.verdict != Verdict::Bad));
        let known = model.rolls.preview.as_ref().is_some_and(|(of, _)| it.makes(of));
        it.stage == DraftStage::Open && good && !known
    };
    let selected = edit::selected(model).filter(|_| editor::edited(model).is_none());
    let state = selected.and_then(|id| model.drafts.get(id)).filter(ready);
    let of = state.and_then(|it| rendered_of(model, &it.path));
    let (Some(draft), Some(of)) = (state.and_then(DraftState::draft), of) else { return Vec::new() };
    model.rolls.preview = Some((draft.clone(), Asked::UnderWay));
    vec![Effect::Look(Look::Preview { draft, of })]
}

/// Look anew.
pub(super) fn plan_again(model: &mut Model) -> Vec<Effect> {
    match plan::commit(model) {
        Some(commit) => ask(model, commit),
        None => Vec::new(),
    }
}

fn ask(model: &mut Model, commit: CommitId) -> Vec<Effect> {
    // Of questions of one kind only the last is answered: what was asked of another commit is asked again when it is
    // shown again.
    model.rolls.plans.retain(|_, it| *it != Asked::UnderWay);
    if model.rolls.planned(&commit).is_none() {
        model.rolls.plans.insert(commit.clone(), Asked::UnderWay);
    }
    vec![Effect::Look(Look::Plan { commit })]
}

/// What was foretold. It opens nothing.
pub(super) fn found(model: &mut Model, look: Look, finding: Result<Finding, String>) {
    match (look, finding) {
        (Look::Plan { commit }, Ok(Finding::Planned(planned))) => {
            model.rolls.plans.insert(commit, Asked::Answered(planned));
        }
        (Look::Plan { commit }, Err(why)) => {
            model.rolls.plans.insert(commit, Asked::Failed(why));
        }
        (Look::Preview { draft, .. }, Ok(Finding::Previewed(previewed))) => {
            model.rolls.preview = Some((draft, Asked::Answered(previewed)));
        }
        (Look::Preview { draft, .. }, Err(why)) => model.rolls.preview = Some((draft, Asked::Failed(why))),
        _ => {}
    }
}

/// A key at the typed name. Enter never says yes: `tab` leaves the name, and `y` does, where the name is right.
pub(super) fn typed(model: &mut Model, mut prompt: Prompt, key: &Key) -> Vec<Effect> {
    let plans = match &model.screen.dialog {
        Some(Dialog::Apply(plans)) => plans.clone(),
        _ => return Vec::new(),
    };
    match (key.0.as_str(), prompt.choice) {
        ("esc" | "ctrl-c", _) => {
            model.screen.dialog = None;
            return Vec::new();
        }
        ("tab" | "backtab", _) => prompt.choice = 1 - prompt.choice.min(1),
        ("y", 1) => {
            let consent = Consent::Typed(prompt.text.clone());
            model.screen.prompt = Some(prompt);
            return confirmed(model, plans, &consent);
        }
        ("up" | "down", _) => {
            if let Some((width, workers)) = plan::width(model, &plans) {
                let next = if key.0 == "up" { width + 1 } else { width - 1 };
                model.rolls.width = Some(next.clamp(1, workers));
            }
        }
        ("enter", _) => model.screen.notice = Some("enter says no yes here: tab, then y".into()),
        (_, 0) => filter::edit(&mut prompt, key),
        _ => {}
    }
    model.screen.prompt = Some(prompt);
    Vec::new()
}

/// The person said yes. Where that is not enough, the question stays and says why.
pub(super) fn confirmed(model: &mut Model, plans: Vec<Plan>, consent: &Consent) -> Vec<Effect> {
    let count = plans.len();
    let approved: Result<Vec<_>, _> =
        plans.iter().map(|it| it.clone().approve(&one(consent, it, &plans), count)).collect();
    let approvals = match approved {
        Ok(approvals) => approvals,
        Err(refusal) => {
            model.screen.dialog = Some(Dialog::Apply(plans));
            model.screen.notice = Some(match refusal.hint {
                Some(hint) => format!("{}; {hint}", refusal.why),
                None => refusal.why,
            });
            return Vec::new();
        }
    };
    (model.screen.dialog, model.screen.prompt) = (None, None);
    let Some(commit) = plans.first().map(|it| it.revision.commit.clone()) else { return Vec::new() };
    // A roll that stood still goes on under its own name.
    let width = plan::width(model, &plans).map_or(1, |(width, _)| width);
    let standing = model.rolls.standing.take_if(|it| it.commit == commit).map(|it| it.roll);
    let roll = standing.unwrap_or_else(|| RollId(format!("{}-{}", commit.short(), model.now.0)));
    model.rolls.conductor = Some(Conductor::new(roll, approvals, width));
    model.screen.listing_mut().marked.clear();
    next(model)
}

/// The typed word for one of the plans: of several only the name of the cluster is a yes, and to all of them.
fn one(consent: &Consent, plan: &Plan, plans: &[Plan]) -> Consent {
    match consent {
        Consent::Typed(name) if plans.len() > 1 && *name != plan.cluster => Consent::Typed(String::new()),
        other => other.clone(),
    }
}

/// Give the orders that may be given now.
fn next(model: &mut Model) -> Vec<Effect> {
    let Some(mut conductor) = model.rolls.conductor.take() else { return Vec::new() };
    let orders = conductor.next(|order| model.ledger.open(order.clone()));
    model.rolls.conductor = Some(conductor);
    orders.into_iter().map(|(id, order)| Effect::Carry(id, order)).collect()
}

/// An order came to its end: the next one, or a look at what the nodes run by now.
pub(super) fn settled(model: &mut Model, id: OrderId, outcome: &Outcome) -> Vec<Effect> {
    let Some(conductor) = &mut model.rolls.conductor else { return Vec::new() };
    if !conductor.settled(id, outcome) {
        return Vec::new();
    }
    let commit = conductor.commit.clone();
    let mut effects = next(model);
    if effects.is_empty() {
        effects.extend(ask(model, commit));
    }
    effects
}

/// A person says that a roll which stands goes on: with the node that stopped it, or without.
pub(super) fn go_on(model: &mut Model, retry: bool) -> Vec<Effect> {
    if let Some(conductor) = &mut model.rolls.conductor {
        if retry { conductor.retry() } else { conductor.pass_over() }
    }
    next(model)
}

/// A roll of a run before this one stands still. The nodes are asked what they run; nothing else is done.
pub(super) fn recalled(model: &mut Model, standing: StandingRoll) -> Vec<Effect> {
    let commit = standing.commit.clone();
    model.screen.notice =
        Some(format!("the roll of {} stands still at {}: {}", commit.short(), standing.at, standing.why));
    model.rolls.standing = Some(standing);
    ask(model, commit)
}

/// Whether a plan has anything to do.
pub(crate) fn is_open(plan: &Plan) -> bool {
    !plan.is_done() || plan.pending.is_some()
}

#[cfg(test)]
#[path = "roll_test.rs"]
mod tests;
