//! One lane for every machine of a rollout: which phase it was in at which time.

use crate::Model;
use crate::model::{Life, Roll};
use crate::queries::machines::waits;
use crate::queries::timeline::clock;
use crate::queries::words::Phrase;
use domain::{MachineId, Moment};

/// What a machine was at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It was not there.
    Nothing,
    /// Its server is made.
    Made,
    Boots,
    Joins,
    /// It runs and is as wanted.
    New,
    /// It runs and is to be replaced.
    Old,
    Drains,
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub id: MachineId,
    pub name: String,
    pub gone: bool,
    /// The phase from each moment on, earliest first. Before the first there is nothing.
    pub phases: Vec<(Moment, Phase)>,
    /// What it waits for, or "next", or when it went.
    pub says: Phrase,
}

impl Lane {
    pub fn at(&self, moment: Moment) -> Phase {
        self.phases.iter().rev().find(|(from, _)| *from <= moment).map_or(Phase::Nothing, |(_, phase)| *phase)
    }

    /// What is seen in a stretch of time: the phase at its end, but never less than what began and ended in it.
    pub fn during(&self, from: Moment, to: Moment) -> Phase {
        let at_end = self.at(to);
        if at_end == Phase::Nothing {
            let within =
                self.phases.iter().rev().find(|(at, it)| *at > from && *at <= to && *it != Phase::Nothing);
            return within.map_or(at_end, |(_, phase)| *phase);
        }
        at_end
    }
}

/// The lanes of a rollout, in the order of the machines' age; they keep their places.
pub fn lanes(model: &Model, roll: &Roll) -> Vec<Lane> {
    let order = super::victims::next(&model.world.capi, &roll.roller);
    let mut lives: Vec<&Life> = model
        .world
        .history
        .lives
        .values()
        .filter(|it| it.roller.as_ref() == Some(&roll.roller))
        .filter(|it| it.gone.is_none_or(|gone| gone >= roll.began))
        .filter(|it| roll.ended.is_none_or(|ended| it.created <= ended))
        .collect();
    lives.sort_by_key(|it| (it.created, it.id.clone()));
    lives.into_iter().map(|life| lane(model, life, &order)).collect()
}

fn lane(model: &Model, life: &Life, order: &[MachineId]) -> Lane {
    let running = if life.outdated.is_some() { Phase::Old } else { Phase::New };
    let steps = [
        (Some(life.created), Phase::Made),
        (life.booted, Phase::Boots),
        (life.joined, Phase::Joins),
        (life.ready, running),
        (life.deleting, Phase::Drains),
        (life.removing, Phase::Deleted),
        (life.gone, Phase::Nothing),
    ];
    let mut phases: Vec<(Moment, Phase)> = steps.into_iter().filter_map(|(at, it)| Some((at?, it))).collect();
    phases.sort_by_key(|(at, _)| *at);
    Lane {
        id: life.id.clone(),
        name: life.id.name.clone(),
        gone: life.gone.is_some(),
        phases,
        says: says(model, life, order),
    }
}

fn says(model: &Model, life: &Life, order: &[MachineId]) -> Phrase {
    if let Some(gone) = life.gone {
        return Phrase::new().faint(format!("gone {}", clock(model, gone)));
    }
    let Some(machine) = model.world.capi.machines.get(&life.id) else { return Phrase::new() };
    if let Some(waits) = waits::waits(model, machine) {
        return waits;
    }
    if machine.etcd_leaving {
        return Phrase::new().faint("was asked to leave etcd");
    }
    match order.iter().position(|it| *it == life.id) {
        Some(0) => Phrase::new().faint("next"),
        Some(_) => Phrase::new().faint("then"),
        None => Phrase::new(),
    }
}
