//! The rollout that the Machines screen shows: what it changes, how far it is, how long it takes, what holds it up.

use super::lanes::{Lane, lanes};
use crate::Model;
use crate::model::{Life, Roll};
use crate::queries::ages;
use crate::queries::stuck;
use crate::queries::timeline::clock;
use crate::queries::words::{Phrase, Tone};
use domain::{Moment, ObjectRef, Strategy};
use std::time::Duration;

/// A rollout as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    pub roller: ObjectRef,
    /// "v1.35.0 → v1.35.2".
    pub title: Phrase,
    /// "one at a time, surge 1".
    pub manner: String,
    /// "about 21 min left", or what it stands still for.
    pub course: Phrase,
    pub began: Moment,
    pub ended: Option<Moment>,
    pub lanes: Vec<Lane>,
    /// How many etcd members there were from when on; empty where this is not a control plane, or nobody told.
    pub members: Vec<(Moment, u32)>,
    /// "quorum 3, may lose 1".
    pub quorum: Phrase,
    /// Machines replaced and to be replaced, for "1 of 3".
    pub done: usize,
    pub all: usize,
}

/// The rollout of the selection's owner, else any that is under way, else the last one.
pub fn shown(model: &Model, wanted: Option<&ObjectRef>) -> Option<Rollout> {
    let history = &model.world.history;
    let of = |it: &&Roll| Some(&it.roller) == wanted;
    let under_way = || history.rolls.values();
    let roll = under_way()
        .find(of)
        .or_else(|| under_way().max_by_key(|it| it.began))
        .or_else(|| history.past.iter().rev().find(of))
        .or_else(|| history.past.last())?;
    Some(told(model, roll))
}

/// Every rollout that is under way.
pub fn current(model: &Model) -> Vec<Rollout> {
    model.world.history.rolls.values().map(|roll| told(model, roll)).collect()
}

fn told(model: &Model, roll: &Roll) -> Rollout {
    let lanes = lanes(model, roll);
    let (done, left) = progress(model, roll);
    let control_plane = model.world.capi.control_planes().any(|it| it.meta.id == roll.roller);
    let members = if control_plane { members(model, roll) } else { Vec::new() };
    Rollout {
        roller: roll.roller.clone(),
        title: title(roll),
        manner: manner(model, &roll.roller),
        course: course(model, roll, done, left),
        began: roll.began,
        ended: roll.ended,
        quorum: members.last().map(|(_, count)| quorum(*count)).unwrap_or_default(),
        members,
        lanes,
        done,
        all: done + left,
    }
}

/// Machines that went since it began, and outdated ones that are still there.
fn progress(model: &Model, roll: &Roll) -> (usize, usize) {
    let mine = || model.world.history.lives.values().filter(|it| it.roller.as_ref() == Some(&roll.roller));
    let ended = roll.ended.unwrap_or(Moment(i64::MAX));
    let done = mine()
        .filter(|it| it.outdated.is_some() && it.gone.is_some_and(|gone| gone >= roll.began && gone <= ended))
        .count();
    let left = mine().filter(|it| it.gone.is_none() && it.outdated.is_some()).count();
    (done, if roll.ended.is_some() { 0 } else { left })
}

fn title(roll: &Roll) -> Phrase {
    match (&roll.from, &roll.to) {
        (Some(from), Some(to)) if from != to => Phrase::new().plain(from).faint(" → ").strong(to),
        (_, Some(to)) => Phrase::new().strong(to).faint("  new template or config"),
        _ => Phrase::new().plain(roll.roller.name.clone()),
    }
}

/// "one at a time, surge 1".
pub fn manner(model: &Model, roller: &ObjectRef) -> String {
    let capi = &model.world.capi;
    if let Some(it) = capi.control_planes().find(|it| it.meta.id == *roller) {
        return match &it.strategy {
            Strategy::OnDelete => "a person deletes each machine".into(),
            strategy => format!("one at a time, surge {}", strategy.surge(it.replicas)),
        };
    }
    match capi.machine_deployments.get(roller) {
        Some(it) if it.strategy == Strategy::OnDelete => "a person deletes each machine".into(),
        Some(it) => {
            let (surge, down) = (it.strategy.surge(it.replicas), it.strategy.unavailable(it.replicas));
            match (surge, down) {
                (1, 0) => "one at a time, surge 1".into(),
                (surge, 0) => format!("{surge} at a time, surge {surge}"),
                (surge, down) => format!("surge {surge}, {down} may be missing"),
            }
        }
        None => String::new(),
    }
}

fn course(model: &Model, roll: &Roll, done: usize, left: usize) -> Phrase {
    if let Some(ended) = roll.ended {
        let took = ages::exact(ended.since(roll.began));
        return Phrase::new().faint(format!("ended {}, took {took}", clock(model, ended)));
    }
    if let Some(stuck) = stuck::of_roller(model, &roll.roller) {
        let stands = ages::exact(model.now.since(stuck.since));
        return Phrase::new()
            .say(Tone::Bad, format!("stands still for {stands}"))
            .faint(format!(": {}", stuck.title));
    }
    let moved = moved(model, roll);
    let still = model.now.since(moved);
    if still >= stuck::NO_PROGRESS {
        return Phrase::new().say(Tone::Bad, format!("nothing moved for {}", ages::exact(still)));
    }
    match estimate(model, roll, done, left) {
        Some(left) => Phrase::new().faint(format!("about {} left", about(left))),
        None => Phrase::new().faint("no estimate yet"),
    }
}

/// When anything last moved in it.
pub fn moved(model: &Model, roll: &Roll) -> Moment {
    let lives = model.world.history.lives.values().filter(|it| it.roller.as_ref() == Some(&roll.roller));
    let machines = lives.map(Life::moved).filter(|it| *it >= roll.began).max();
    let members = model.world.history.members.last().map(|(at, _)| *at).filter(|it| *it >= roll.began);
    [Some(roll.began), machines, members].into_iter().flatten().max().unwrap_or(roll.began)
}

/// From the replacements already seen in it: the time each took, for all that are left, less what the one under way
/// has had.
fn estimate(model: &Model, roll: &Roll, done: usize, left: usize) -> Option<Duration> {
    let lives = model.world.history.lives.values().filter(|it| it.roller.as_ref() == Some(&roll.roller));
    let last = lives.filter_map(|it| it.gone).filter(|it| *it >= roll.began).max()?;
    let each = last.since(roll.began).checked_div(u32::try_from(done).ok()?)?;
    let whole = each.checked_mul(u32::try_from(left).ok()?)?;
    let rest = whole.saturating_sub(model.now.since(last));
    Some(if left > 0 { rest.max(each / 8) } else { each / 8 })
}

/// Rounded as one would say it.
fn about(it: Duration) -> String {
    match it.as_secs() {
        s @ 0..=59 => format!("{} s", s.div_ceil(10) * 10),
        s @ 60..=119 => format!("{} s", s.div_ceil(30) * 30),
        s => format!("{} min", s.div_ceil(60)),
    }
}

fn members(model: &Model, roll: &Roll) -> Vec<(Moment, u32)> {
    let all = &model.world.history.members;
    let before = all.iter().rev().find(|(at, _)| *at <= roll.began);
    let ended = roll.ended.unwrap_or(Moment(i64::MAX));
    let within = all.iter().filter(|(at, _)| *at > roll.began && *at <= ended);
    before.map(|(_, count)| (roll.began, *count)).into_iter().chain(within.copied()).collect()
}

/// "quorum 3, may lose 1".
pub fn quorum(members: u32) -> Phrase {
    let quorum = members / 2 + 1;
    let spare = members.saturating_sub(quorum);
    let tone = if spare == 0 { Tone::Wait } else { Tone::Faint };
    Phrase::new().faint(format!("quorum {quorum}, ")).say(tone, format!("may lose {spare}"))
}
