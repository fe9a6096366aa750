//! Drift: worked out when facts have changed, looked into, adopted into Git or brought back to what Git says.

use super::{looked, moved, revert, roll};
use crate::model::{Asked, DriftIndex};
use crate::queries::drift;
use crate::{Dialog, Effect, Model, Page, Place, RowKey, Tab};
use domain::{Finding, Look, Mend, NodeName, Return, Subject, Way};
use std::collections::BTreeSet;
use std::time::Duration;

/// Facts may change a thousand times a second; what differs is gone through twice.
const BETWEEN: Duration = Duration::from_millis(500);
/// Where no fact changes, time alone makes "pending" to "stuck".
const AT_LEAST: Duration = Duration::from_secs(30);

/// Go through all sides again, if a fact has changed and it is time.
pub(super) fn check(model: &mut Model) -> Vec<Effect> {
    let before = model.now.since(model.drift.checked);
    let due = model.world.uncompared && before >= BETWEEN || before >= AT_LEAST;
    if !due && model.drift.checked != domain::Moment::default() {
        return Vec::new();
    }
    (model.drift.checked, model.world.uncompared) = (model.now, false);
    let rows = drift::work_out(model);
    // Who delivers what may be another one where what differs is the same.
    let index = DriftIndex::of(&rows, &model.world.declared);
    model.drift.compared = drift::compared(model);
    let differs = rows != model.drift.rows;
    (model.drift.rows, model.drift.index) = (rows, index);
    if differs {
        let drift = &mut model.drift;
        drift.seen.retain(|key, _| drift.index.find(key).is_some());
        for key in &drift.index.keys {
            drift.seen.entry(key.clone()).or_insert(model.now);
        }
        model.drift.generation += 1;
        if model.screen.place == Place::Page(Page::Drift) {
            moved::follow(model);
        }
    }
    forget(model);
    let mut effects = ask_again(model);
    if let Some(look) = drift::unremembered(model) {
        if let Look::FormerRules { tip, path, firewall } = look.clone() {
            model.drift.former.insert((path, firewall), (tip, Asked::UnderWay));
        }
        effects.push(Effect::Look(look));
    }
    let Some(revision) = drift::unblamed(model) else { return effects };
    let entry = (revision.commit.clone(), Asked::UnderWay);
    model.drift.writers.insert(revision.path.clone(), entry);
    effects.push(Effect::Look(Look::Writers(revision)));
    effects
}

/// Who wrote the lines of a file is kept while the tip is the same, or while something differs that the file says.
fn forget(model: &mut Model) {
    let tip = model.world.sources.as_ref().map(|it| &it.commit);
    let said: BTreeSet<_> =
        model.drift.rows.iter().filter_map(|it| it.written.as_ref()).map(|it| &it.path).collect();
    model.drift.writers.retain(|path, (of, _)| Some(&*of) == tip || said.contains(path));
}

/// Have lists read again on which something is not as wanted.
fn ask_again(model: &mut Model) -> Vec<Effect> {
    let looks = drift::unsure(model);
    for look in &looks {
        match look {
            Look::LoadBalancers => model.world.lists.balancers.asked(model.now),
            _ => model.world.lists.networks.asked(model.now),
        }
    }
    looks.into_iter().map(Effect::Look).collect()
}

/// What the file of a firewall said before, or why that is not known.
pub(super) fn remembered(model: &mut Model, of: Look, finding: Result<Finding, String>) {
    let Look::FormerRules { tip, path, firewall } = of else { return };
    let rules = match finding {
        Ok(Finding::FormerRules(all)) => Asked::Answered(Box::new(all)),
        Ok(_) => return,
        Err(why) => Asked::Failed(why),
    };
    model.drift.former.insert((path, firewall), (tip, rules));
    model.world.uncompared = true;
}

/// Who wrote the lines of a file, or why that is not known.
pub(super) fn written(model: &mut Model, revision: domain::Revision, finding: Result<Finding, String>) {
    let lines = match finding {
        Ok(Finding::Blame { lines, .. }) => Asked::Answered(Box::new(lines)),
        Ok(_) => return,
        Err(why) => Asked::Failed(why),
    };
    model.drift.writers.insert(revision.path, (revision.commit, lines));
    model.world.uncompared = true;
}

/// `enter`: go to the thing itself, where the cockpit has a place for it.
pub(super) fn open(model: &mut Model) {
    match drift::selected(model).map(|it| it.of.clone()) {
        Some(Subject::Node(name)) => looked::go(model, Place::Node(name)),
        Some(Subject::Object(object)) => looked::go(model, Place::Object(object, Tab::Overview)),
        _ => model.screen.notice = Some("the cockpit has no page of it; e opens what Git says".into()),
    }
}

/// `a`: have the draft worked out that says in Git what is live.
pub(super) fn adopt(model: &mut Model) -> Vec<Effect> {
    let mend = drift::selected(model).and_then(|it| {
        it.ways.iter().find_map(|way| match way {
            Way::Adopt(mend) => Some(mend.clone()),
            _ => None,
        })
    });
    mend.map_or_else(Vec::new, |mend| work_out(model, mend))
}

fn work_out(model: &mut Model, mend: Mend) -> Vec<Effect> {
    let Some(tip) = model.world.sources.as_ref().map(|it| it.commit.clone()) else { return Vec::new() };
    model.screen.notice = Some("the draft is being worked out".into());
    model.drift.mending = Some(mend.clone());
    vec![Effect::Look(Look::Mend { tip, mend })]
}

/// The draft came, or why there is none.
pub(super) fn mended(model: &mut Model, of: &Mend, finding: Result<Finding, String>) -> Vec<Effect> {
    if model.drift.mending.take_if(|it| it == of).is_none() {
        return Vec::new();
    }
    match finding {
        Ok(Finding::Mended { draft, .. }) => {
            let says = match of {
                Mend::Roll { .. } => "a draft that has the machines made anew: c commits it",
                _ => "what is live, as a draft: c commits it",
            };
            let waits_for_it = model.screen.place == Place::Page(Page::Drift);
            revert::stage(model, draft, &[], says, waits_for_it)
        }
        Ok(_) => Vec::new(),
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// `A`: make what is live as Git says.
pub(super) fn bring_back(model: &mut Model) -> Vec<Effect> {
    let back = drift::selected(model).and_then(|it| {
        it.ways.iter().find_map(|way| match way {
            Way::BringBack(back) => Some(back.clone()),
            _ => None,
        })
    });
    match back {
        None => Vec::new(),
        Some(Return::Plan(node)) => plan(model, &node),
        Some(Return::Roll { of }) => work_out(model, Mend::Roll { of }),
        Some(Return::Command(command)) => {
            model.screen.notice = Some(format!("the cockpit does not write there; run: {command}"));
            Vec::new()
        }
        Some(Return::Sync(object)) => {
            model.screen.dialog = Some(Dialog::Sync(object));
            Vec::new()
        }
    }
}

/// The plan of the tip, with this node chosen.
fn plan(model: &mut Model, node: &NodeName) -> Vec<Effect> {
    let Some(tip) = model.world.sources.as_ref().map(|it| it.commit.clone()) else { return Vec::new() };
    model.screen.go(Place::Plan(tip));
    let list = model.screen.listing_mut();
    list.marked.clear();
    (list.selected, list.picked) = (Some(RowKey(node.0.clone())), None);
    roll::plan_again(model)
}
