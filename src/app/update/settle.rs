//! An order came to its end: write it down and say so in one line. Outcomes open nothing.

use crate::{Effect, Model};
use domain::{OrderId, Outcome};

pub(super) fn settled(model: &mut Model, id: OrderId, outcome: Outcome) -> Vec<Effect> {
    model.screen.notice = Some(match &outcome {
        Outcome::Committed { commit, .. } => format!("committed {}", commit.short()),
        Outcome::Closed { branch, .. } => {
            format!("{} takes no direct pushes; P offers it as a pull request", branch.0)
        }
        Outcome::Proposed { proposal, remote, .. } => {
            let failed = remote.iter().find(|it| it.starts_with("no pull request was made"));
            let page = proposal.url.as_deref().unwrap_or("no page is known for its host");
            let named = crate::queries::proposal::named(proposal);
            let said = format!("offered as {named}: {page}");
            failed.map_or(said.clone(), |why| format!("{said}; {why}"))
        }
        Outcome::Overtaken { branch } => {
            format!("{} moved on meanwhile: the change is offered again", branch.0)
        }
        Outcome::Pushed { commit, branch, .. } => format!("pushed {} to {}", commit.short(), branch.0),
        Outcome::Asked { object, words } => format!("{} is {words}", object.name),
        Outcome::Applied(receipt) => format!("{} runs {}", receipt.target, receipt.revision.commit.short()),
        Outcome::Stopped(stopped) => stopped.words(),
        Outcome::Refused(refusal) => match &refusal.hint {
            Some(hint) => format!("{}; {hint}", refusal.why),
            None => refusal.why.clone(),
        },
    });
    let mut effects = super::publish::settled(model, id, &outcome);
    effects.extend(super::roll::settled(model, id, &outcome));
    model.ledger.close(id, outcome);
    effects
}
