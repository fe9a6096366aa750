//! What the publishing of a draft waits for, to its end: the foot of the screen has room for a line only.

use super::fleet::Mark;
use super::proposal;
use crate::Model;
use crate::model::{DraftStage, DraftState};
use domain::{Order, Outcome};

/// What holds a draft up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldUp {
    /// "PULL REQUEST"
    pub title: &'static str,
    pub mark: Mark,
    /// Sentences; each begins a line.
    pub says: Vec<String>,
}

/// How its pull request fares, or why the last try to commit or to push it came to nothing.
pub fn of(model: &Model, draft: &DraftState) -> Option<HeldUp> {
    if let (DraftStage::Committed { commit, .. }, Some(offered)) = (&draft.stage, &draft.proposal) {
        let fares = proposal::says(model, draft)?;
        let page = offered.url.clone().filter(|it| !fares.contains(it.as_str()));
        let mark = match model.world.reviews.get(commit) {
            Some(Ok(review)) if proposal::stands_still(review) => Mark::Problem,
            _ => Mark::UnderWay,
        };
        return Some(HeldUp { title: "PULL REQUEST", mark, says: [fares].into_iter().chain(page).collect() });
    }
    let its = |order: &Order| match (order, &draft.stage) {
        (Order::Commit(it), DraftStage::Open) => it.files.iter().any(|it| it.path == draft.path),
        (Order::Push { commit, .. } | Order::Propose { commit, .. }, DraftStage::Committed { .. }) => {
            draft.commit() == Some(commit)
        }
        _ => false,
    };
    let last = model.ledger.entries().iter().rev().find(|it| its(&it.order))?;
    let title = if draft.stage == DraftStage::Open { "NOT COMMITTED" } else { "NOT PUSHED" };
    let says = match last.outcome.as_ref()? {
        Outcome::Refused(refusal) => {
            [Some(refusal.why.clone()), refusal.hint.clone()].into_iter().flatten().collect()
        }
        Outcome::Closed { why, .. } => vec![why.clone(), "P offers it as a pull request".to_owned()],
        _ => return None,
    };
    Some(HeldUp { title, mark: Mark::Problem, says })
}
