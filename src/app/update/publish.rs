//! From drafts to a commit to the remote: the message, the order, the question, and how each of them ended.

use super::edit::{keep, selected};
use crate::model::{Dialog, DraftId, DraftStage, DraftState, Prompt, PromptKind, together};
use crate::queries::{changes, proposal};
use crate::{Effect, Model};
use domain::{CommitId, Order, OrderId, Outcome, Proposal};

/// `c`: ask for the message, with one proposed.
pub(super) fn ask_message(model: &mut Model) -> Vec<Effect> {
    let chosen = changes::chosen(model);
    let Some(first) = chosen.first() else { return Vec::new() };
    let (id, text) = (first.id, crate::model::titles(&chosen));
    let cursor = text.chars().count();
    model.screen.prompt = Some(Prompt { kind: PromptKind::Message(id), text, cursor, choice: 0 });
    Vec::new()
}

/// Every draft that is marked becomes one commit, else the one that is selected.
pub(super) fn commit(model: &mut Model, id: DraftId, message: &str) -> Vec<Effect> {
    let mut ids: Vec<DraftId> = changes::chosen(model).iter().map(|it| it.id).collect();
    if !ids.contains(&id) {
        ids = vec![id];
    }
    let drafts: Vec<&DraftState> = ids.iter().filter_map(|id| model.drafts.get(*id)).collect();
    let mut draft = match together(&drafts) {
        Ok(draft) => draft,
        Err(apart) => {
            model.screen.notice = Some(apart.to_string());
            return super::edit::missing(model);
        }
    };
    let message = drafts
        .iter()
        .find(|it| it.id == id)
        .map_or_else(|| message.trim().to_owned(), |it| it.retitled(message.trim()));
    draft.message.clone_from(&message);
    let order = Order::Commit(draft);
    let order_id = model.ledger.open(order.clone());
    let mut effects = change(
        model,
        |it| ids.contains(&it.id),
        |it| {
            it.message = Some(message.clone());
            it.stage = DraftStage::Committing(order_id);
        },
    );
    effects.push(Effect::Carry(order_id, order));
    model.screen.listing_mut().marked.clear();
    effects
}

/// `P`: show what would be published; nothing is sent before a yes.
pub(super) fn ask_push(model: &mut Model) -> Vec<Effect> {
    if let Some(id) = selected(model) {
        model.screen.dialog = Some(Dialog::Push(id));
    }
    Vec::new()
}

/// `y` on the question: send it.
pub(super) fn push(model: &mut Model, id: DraftId) -> Vec<Effect> {
    let branch = model.world.repository.as_ref().map(|it| it.branch.clone());
    let committed = model.drafts.get(id).map(|it| it.stage.clone());
    let (Some(branch), Some(DraftStage::Committed { commit, at })) = (branch, committed) else {
        return Vec::new();
    };
    let message = model.drafts.get(id).map(|it| it.message.clone().unwrap_or_else(|| it.title()));
    let order = match proposal::is_the_way(model) {
        true => Order::Propose { commit: commit.clone(), onto: branch, message: message.unwrap_or_default() },
        false => Order::Push { commit: commit.clone(), branch },
    };
    let order_id = model.ledger.open(order.clone());
    let of_it = |it: &DraftState| it.commit() == Some(&commit);
    let mut effects = change(model, of_it, |it| {
        it.stage = DraftStage::Pushing { commit: commit.clone(), at, order: order_id }
    });
    effects.push(Effect::Carry(order_id, order));
    effects
}

/// An order about drafts came to its end.
pub(super) fn settled(model: &mut Model, id: OrderId, outcome: &Outcome) -> Vec<Effect> {
    let now = model.now;
    if let Outcome::Closed { branch, .. } = outcome {
        model.drafts.closed = Some(branch.clone());
    }
    let of_it = |it: &DraftState| match &it.stage {
        DraftStage::Committing(order) | DraftStage::Pushing { order, .. } => *order == id,
        _ => false,
    };
    change(model, of_it, |draft| {
        if let Outcome::Proposed { proposal, .. } = outcome {
            draft.proposal = Some(proposal.clone());
        }
        draft.stage = match (draft.stage.clone(), outcome) {
            (DraftStage::Committing(_), Outcome::Committed { commit, .. }) => {
                DraftStage::Committed { commit: commit.clone(), at: now }
            }
            (DraftStage::Pushing { at, .. }, Outcome::Pushed { commit, .. }) => {
                DraftStage::Pushed { commit: commit.clone(), committed: at, at: now }
            }
            // The branch moved on: the draft is what it was, and can be committed on the new tip.
            (DraftStage::Pushing { .. }, Outcome::Overtaken { .. }) => DraftStage::Open,
            (DraftStage::Pushing { commit, at, .. }, _) => DraftStage::Committed { commit, at },
            _ => DraftStage::Open,
        };
    })
}

/// The branch holds the commit of a draft that was never said to be pushed: the cockpit was ended in between, or what
/// was offered was merged. Its host says which commit it became where that is another one, and which pull request is
/// the one where a person made it.
pub(super) fn arrived(model: &mut Model) -> Vec<Effect> {
    let (now, log, reviews) = (model.now, model.world.log.clone(), model.world.reviews.clone());
    let there = |it: &DraftState| -> Option<DraftState> {
        let DraftStage::Committed { commit, at: committed } = &it.stage else { return None };
        let pushed = |commit: CommitId, at| DraftStage::Pushed { commit, committed: *committed, at };
        if let Some(known) = log.get(commit) {
            return Some(DraftState { stage: pushed(commit.clone(), known.at), ..it.clone() });
        }
        let (proposal, review) = (it.proposal.as_ref()?, reviews.get(commit)?.as_ref().ok()?);
        let made = Proposal {
            url: Some(review.url.clone()).filter(|it| !it.is_empty()).or(proposal.url.clone()),
            number: Some(review.number),
            ..proposal.clone()
        };
        let stage = review.merged.clone().map_or_else(|| it.stage.clone(), |merged| pushed(merged, now));
        let known = stage == it.stage && made == *proposal;
        (!known).then(|| DraftState { stage, proposal: Some(made), ..it.clone() })
    };
    change(model, |it| there(it).is_some(), |it| *it = there(it).unwrap_or_else(|| it.clone()))
}

/// `z`: what is committed and on no branch is a draft again, and goes on to what the branch says by now. None where
/// the selected one is not.
pub(super) fn take_back(model: &mut Model) -> Option<Vec<Effect>> {
    let open = crate::queries::editor::edited(model).is_some();
    let id = selected(model).filter(|_| !open)?;
    let draft = model.drafts.get(id)?;
    let DraftStage::Committed { commit, .. } = draft.stage.clone() else { return None };
    let offered = draft.proposal.as_ref().map(proposal::named);
    model.screen.notice = Some(match offered {
        Some(offered) => format!("a draft again; {offered} stays as it is until it is offered anew"),
        None => "a draft again".to_owned(),
    });
    let of_it = |it: &DraftState| it.commit() == Some(&commit);
    let mut effects = change(model, of_it, |it| {
        it.stage = DraftStage::Open;
        it.proposal = None;
    });
    effects.extend(super::forward::moved_on(model));
    Some(effects)
}

/// Change every draft that is meant, and keep it.
fn change(
    model: &mut Model,
    meant: impl Fn(&DraftState) -> bool,
    mut how: impl FnMut(&mut DraftState),
) -> Vec<Effect> {
    let drafts = model.drafts.list.iter_mut().filter(|it| meant(it));
    drafts
        .map(|draft| {
            how(draft);
            keep(draft)
        })
        .collect()
}
