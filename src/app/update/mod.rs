//! The only function that changes a model.

mod arrange;
mod ask;
mod delivered;
mod drift;
mod edit;
#[cfg(test)]
mod edit_road;
mod explain;
mod filter;
mod firewalls;
mod folded;
mod forward;
mod git;
mod looked;
mod moved;
mod news;
mod noded;
mod observe;
mod parts;
mod press;
mod publish;
mod revert;
mod roll;
mod scrolled;
mod sealed;
mod settle;
pub(crate) mod snapshot;
mod staged;
mod template;
mod text;
#[cfg(test)]
mod text_road;

pub use arrange::arrange;
pub(crate) use roll::is_open as roll_is_open;

use crate::{Effect, Message, Model};
use std::time::Duration;

/// How long a value that changed is underlined.
const LIT: Duration = Duration::from_secs(2);

pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let asked = matches!(message, Message::Pressed(_) | Message::Asked(_) | Message::Clicked(_));
    let checked = matches!(message, Message::Found(domain::Look::Check(_), _));
    let looks = asked || checked || matches!(message, Message::Ticked(_));
    let mut effects = taken(model, message);
    if looks {
        effects.extend(git::wanted(model));
        effects.extend(roll::wanted(model));
    }
    if asked {
        arrange(model);
        arrange::let_go(model);
    }
    effects
}

fn taken(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Pressed(key) => press::pressed(model, &key),
        Message::Typed(typing) => text::typed(model, &typing),
        Message::Returned(id, answer) => sealed::returned(model, id, answer),
        Message::Staged(staging) => staged::staged(model, staging),
        Message::Pasted(text) => press::pasted(model, &text),
        Message::Asked(action) => ask::asked(model, action),
        Message::Clicked(row) => moved::clicked(model, row),
        Message::Observed(observation) => {
            let moved = matches!(observation, domain::Observation::SourceMap(_));
            let merged = matches!(observation, domain::Observation::Log(_) | domain::Observation::Review(..));
            observe::observed(&mut model.world, model.now, observation);
            match (moved, merged) {
                (true, _) => forward::moved_on(model),
                (_, true) => publish::arrived(model),
                _ => Vec::new(),
            }
        }
        Message::Found(domain::Look::EtcdSnapshot { .. }, finding) => {
            snapshot::found(model, &finding);
            Vec::new()
        }
        Message::Found(domain::Look::Writers(of), finding) => {
            drift::written(model, of, finding);
            Vec::new()
        }
        Message::Found(domain::Look::Mend { mend, .. }, finding) => drift::mended(model, &mend, finding),
        Message::Found(look @ domain::Look::FormerRules { .. }, finding) => {
            drift::remembered(model, look, finding);
            Vec::new()
        }
        Message::Found(domain::Look::LoadBalancers | domain::Look::Networks, finding) => {
            // Where it could not be asked, the rhythm of the list goes on.
            if let Ok(finding) = finding {
                observe::listed(&mut model.world, model.now, finding);
            }
            Vec::new()
        }
        Message::Found(domain::Look::Revert(_), finding) => revert::found(model, finding),
        Message::Found(look @ (domain::Look::Plan { .. } | domain::Look::Preview { .. }), finding) => {
            roll::found(model, look, finding);
            Vec::new()
        }
        Message::Found(look, finding) => {
            git::found(model, &look, &finding);
            edit::found(model, &look, finding)
        }
        Message::Restored(records) => {
            model.drafts.restore(records);
            Vec::new()
        }
        Message::Progressed(id, progress) => {
            if let Some(conductor) = &mut model.rolls.conductor {
                conductor.progressed(id, &progress);
            }
            Vec::new()
        }
        Message::Recalled(standing) => roll::recalled(model, standing),
        Message::Settled(id, outcome) => settle::settled(model, id, outcome),
        Message::Ticked(now) => {
            model.now = now;
            observe::ticked(&mut model.world, now);
            model.screen.changed.retain(|_, at| now.since(*at) < LIT);
            explain::check(model);
            drift::check(model)
        }
        Message::Resized { width, height } => {
            (model.screen.width, model.screen.height) = (width, height);
            Vec::new()
        }
        Message::Changed(cells) => {
            let now = model.now;
            model.screen.changed.extend(cells.into_iter().map(|it| (it, now)));
            Vec::new()
        }
        Message::Fitted { rows } => {
            model.screen.rows = rows;
            moved::follow(model);
            text::follow(model);
            Vec::new()
        }
    }
}
