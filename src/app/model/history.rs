//! What happened to machines, kept longer than the machines are there: their lives, the rollouts of their owners and
//! how many etcd members there were.

use super::World;
use crate::queries::machines::outdated;
use domain::{Machine, MachineId, Moment, ObjectRef};
use std::collections::BTreeMap;

/// One machine from its first breath to its last. Times come from the wire where it has them, else from when the
/// cockpit saw it happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    pub id: MachineId,
    pub uid: String,
    pub control_plane: bool,
    /// The control plane or deployment that replaces it.
    pub roller: Option<ObjectRef>,
    pub version: Option<String>,
    pub node: Option<String>,
    /// The provider's name for its server.
    pub server: Option<String>,
    pub created: Moment,
    /// Its server is there and boots.
    pub booted: Option<Moment>,
    /// It is a node, not ready yet.
    pub joined: Option<Moment>,
    pub ready: Option<Moment>,
    /// Its deletion was asked for; it drains.
    pub deleting: Option<Moment>,
    /// Drained; what it is made of is being deleted.
    pub removing: Option<Moment>,
    pub gone: Option<Moment>,
    /// Since when it is not what its owner wants. It stays as it was once the machine is being deleted.
    pub outdated: Option<Moment>,
}

impl Life {
    /// The last time that anything happened to it.
    pub fn moved(&self) -> Moment {
        let all = [self.booted, self.joined, self.ready, self.deleting, self.removing, self.gone];
        all.into_iter().flatten().max().unwrap_or(self.created).max(self.created)
    }
}

/// One rollout of a control plane or deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    pub roller: ObjectRef,
    pub from: Option<String>,
    pub to: Option<String>,
    pub began: Moment,
    pub ended: Option<Moment>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// By uid: a name may come back.
    pub lives: BTreeMap<String, Life>,
    /// Under way, one for every owner at most.
    pub rolls: BTreeMap<ObjectRef, Roll>,
    /// Over, oldest first.
    pub past: Vec<Roll>,
    /// How many etcd members there were, from when on.
    pub members: Vec<(Moment, u32)>,
}

/// Lives and rollouts that are kept after their end.
const KEPT: usize = 400;

impl History {
    /// Write down what is different from the last time.
    pub(crate) fn follow(world: &mut World, now: Moment) {
        let mut history = std::mem::take(&mut world.history);
        for machine in world.capi.machines.iter() {
            history.live(world, machine, now);
        }
        for life in history.lives.values_mut().filter(|it| it.gone.is_none()) {
            let there = world.capi.machines.get(&life.id).is_some_and(|it| it.meta.uid == life.uid);
            if !there {
                life.removing = life.removing.or(life.deleting);
                life.gone = Some(now);
            }
        }
        history.roll(world, now);
        history.forget();
        world.history = history;
    }

    /// The number of etcd members, as often as it is known.
    pub(crate) fn count_members(&mut self, now: Moment, members: u32) {
        if members > 0 && self.members.last().is_none_or(|(_, before)| *before != members) {
            self.members.push((now, members));
        }
    }

    fn live(&mut self, world: &World, machine: &Machine, now: Moment) {
        let new = || Life {
            id: machine.id.clone(),
            uid: machine.meta.uid.clone(),
            control_plane: machine.control_plane,
            roller: None,
            version: None,
            node: None,
            server: None,
            created: machine.meta.created.unwrap_or(now).min(now),
            booted: None,
            joined: None,
            ready: None,
            deleting: None,
            removing: None,
            gone: None,
            outdated: None,
        };
        let life = self.lives.entry(machine.meta.uid.clone()).or_insert_with(new);
        life.gone = None;
        life.version.clone_from(&machine.version);
        life.roller = world.capi.roller_of(machine).or(life.roller.take());
        life.node = machine.node.as_ref().map(|it| it.0.clone()).or(life.node.take());
        life.server = machine.provider_id.clone().or(life.server.take());
        let made = machine.infrastructure_ready || machine.provider_id.is_some();
        let evidence = machine.conditions.true_since("InfrastructureReady");
        once(&mut life.booted, made, evidence, now);
        let node = machine.node.as_ref().and_then(|it| world.kube_nodes.get(it));
        once(&mut life.joined, machine.node.is_some(), node.and_then(|it| it.meta.created), now);
        let healthy =
            ["NodeHealthy", "NodeReady", "Ready"].into_iter().find(|it| machine.conditions.is_true(it));
        let running = healthy.is_some() && machine.node.is_some();
        once(&mut life.ready, running, healthy.and_then(|it| machine.conditions.true_since(it)), now);
        once(&mut life.deleting, machine.deleting(), machine.meta.deleted, now);
        let drained = machine.deletion_stage().is_some_and(|it| it >= domain::DeletionStage::Infrastructure);
        once(&mut life.removing, drained, None, now);
        order(life);
        if life.deleting.is_none() {
            let stale = !outdated::reasons(&world.capi, machine).is_empty();
            life.outdated = if stale { life.outdated.or(Some(now)) } else { None };
        }
    }

    fn roll(&mut self, world: &World, now: Moment) {
        for roller in rollers(world) {
            let mine = || {
                self.lives.values().filter(|it| it.gone.is_none() && it.roller.as_ref() == Some(&roller.id))
            };
            let stale = mine().filter(|it| it.outdated.is_some()).count();
            let unsettled = mine().any(|it| it.deleting.is_some() || it.ready.is_none());
            let extra = mine().count() > roller.replicas;
            match self.rolls.get_mut(&roller.id) {
                None if stale > 0 => {
                    let from =
                        mine().filter(|it| it.outdated.is_some()).filter_map(|it| it.version.clone()).min();
                    let newest = mine().filter(|it| it.outdated.is_none()).map(|it| it.created).min();
                    let oldest = mine().filter(|it| it.outdated.is_some()).map(|it| it.created).max();
                    let replacing = newest.filter(|it| Some(*it) > oldest);
                    let began = roller.since.or(replacing).unwrap_or(now).min(now);
                    let roll = Roll {
                        roller: roller.id.clone(),
                        from,
                        to: roller.version.clone(),
                        began,
                        ended: None,
                    };
                    self.rolls.insert(roller.id.clone(), roll);
                }
                Some(roll) if stale == 0 && !unsettled && !extra => {
                    let mut roll = roll.clone();
                    roll.ended = Some(now);
                    self.past.push(roll);
                    self.rolls.remove(&roller.id);
                }
                Some(roll) => roll.to.clone_from(&roller.version),
                None => {}
            }
        }
    }

    fn forget(&mut self) {
        while self.past.len() > 20 {
            self.past.remove(0);
        }
        let gone = self.lives.values().filter(|it| it.gone.is_some()).count();
        if gone > KEPT {
            let mut old: Vec<(Option<Moment>, String)> = self
                .lives
                .values()
                .filter(|it| it.gone.is_some())
                .map(|it| (it.gone, it.uid.clone()))
                .collect();
            old.sort();
            for (_, uid) in old.into_iter().take(gone - KEPT) {
                self.lives.remove(&uid);
            }
        }
    }
}

/// Write a time down the first time that `is` holds, from the wire where it knows better.
fn once(at: &mut Option<Moment>, is: bool, evidence: Option<Moment>, now: Moment) {
    if is && at.is_none() {
        *at = Some(evidence.unwrap_or(now).min(now));
    }
}

/// A condition may have become true again later than what must have followed it: an earlier step is never later
/// than a later one.
fn order(life: &mut Life) {
    let later = [life.ready, life.deleting].into_iter().flatten().min();
    life.joined = life.joined.map(|it| later.map_or(it, |later| it.min(later)).max(life.created));
    let later = [life.joined, later].into_iter().flatten().min();
    life.booted = life.booted.map(|it| later.map_or(it, |later| it.min(later)).max(life.created));
}

/// An owner that replaces machines.
struct Roller {
    id: ObjectRef,
    replicas: usize,
    version: Option<String>,
    /// Since when it says of itself that it rolls.
    since: Option<Moment>,
}

fn rollers(world: &World) -> Vec<Roller> {
    let says = |conditions: &domain::Conditions| {
        let spec = conditions.get("MachinesSpecUpToDate").filter(|it| it.is_false()).and_then(|it| it.since);
        spec.or_else(|| conditions.true_since("RollingOut"))
    };
    let planes = world.capi.control_planes().map(|it| Roller {
        id: it.meta.id.clone(),
        replicas: it.replicas as usize,
        version: it.version.clone(),
        since: says(&it.conditions),
    });
    let deployments = world.capi.machine_deployments.iter().map(|it| Roller {
        id: it.meta.id.clone(),
        replicas: it.replicas as usize,
        version: it.version.clone(),
        since: says(&it.conditions),
    });
    planes.chain(deployments).collect()
}
