//! One cluster's etcd: its members, who leads, whether a quorum stands, and what it says of itself.

mod status;

pub use status::MemberStatus;

use super::lock::Lock;
use super::seeded;
use crate::Clock;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// How long members of a cluster wait before they elect another leader.
const ELECTION: Duration = Duration::from_millis(1_500);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: u64,
    /// Empty until the member has started once.
    pub name: String,
    pub address: IpAddr,
    pub learner: bool,
    /// Its process runs and the others reach it.
    pub running: bool,
}

/// etcd's own words for what it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EtcdError {
    #[error("etcdserver: no leader")]
    NoLeader,
    #[error("etcdserver: member not found")]
    NoSuchMember,
    #[error("etcdserver: too many learner members in cluster")]
    TooManyLearners,
    #[error("etcdserver: can only promote a learner member which is in sync with leader")]
    NotReady,
    #[error("etcdserver: re-configuration failed due to not enough started members")]
    NotEnoughStarted,
}

#[derive(Debug, Clone)]
pub struct Etcd {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    seed: u64,
    clock: Clock,
    state: Mutex<State>,
    quorum: watch::Sender<bool>,
    space: watch::Sender<bool>,
    /// Counts changes of membership, leader and alarms.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    members: Vec<Member>,
    leader: Option<u64>,
    term: u64,
    /// The index at `since`; it grows from there while a quorum stands.
    index: u64,
    since: i64,
    /// The database is at its limit.
    full: bool,
    made: u64,
}

impl Etcd {
    pub fn new(clock: Clock, seed: u64) -> Self {
        let state = State { since: clock.now(), term: 1, ..State::default() };
        let inner = Inner {
            seed,
            clock,
            state: Mutex::new(state),
            quorum: watch::Sender::new(false),
            space: watch::Sender::new(true),
            changed: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether a majority of the voters runs: without one no Kubernetes API server can answer.
    pub fn quorum(&self) -> watch::Receiver<bool> {
        self.inner.quorum.subscribe()
    }

    /// Whether the database takes writes.
    pub fn space(&self) -> watch::Receiver<bool> {
        self.inner.space.subscribe()
    }

    /// Wakes at each change of membership, leader or alarms.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    pub fn members(&self) -> Vec<Member> {
        self.inner.state.held().members.clone()
    }

    pub fn member(&self, id: u64) -> Option<Member> {
        self.inner.state.held().members.iter().find(|it| it.id == id).cloned()
    }

    /// The leader's id, while there is one.
    pub fn leader(&self) -> Option<u64> {
        self.inner.state.held().leader
    }

    /// A member of a world that begins with a running cluster, or the very first of a new one: a voter at once.
    pub fn place(&self, name: &str, address: IpAddr) -> u64 {
        let mut state = self.inner.state.held();
        let id = self.new_id(&mut state, name);
        state.members.push(Member { id, name: name.into(), address, learner: false, running: true });
        if state.leader.is_none() {
            state.leader = Some(id);
            state.term += 1;
        }
        self.settle(state);
        id
    }

    /// The first moment lies so far back: the database has grown, leaders have come and gone.
    pub fn aged(&self, age: Duration) {
        let mut state = self.inner.state.held();
        let seconds = age.as_secs();
        state.index = state.index.max(seconds.saturating_mul(status::INDEX_PER_SECOND) + 400_000);
        state.term = state.term.max(2 + seconds / 600_000 + seeded::mix(self.inner.seed, "term", 0) % 5);
    }

    /// Announce a member that will start: a learner without a name.
    pub fn add_learner(&self, hint: &str, address: IpAddr) -> Result<u64, EtcdError> {
        let mut state = self.inner.state.held();
        self.ready(&state)?;
        if state.members.iter().any(|it| it.learner) {
            return Err(EtcdError::TooManyLearners);
        }
        let id = self.new_id(&mut state, hint);
        state.members.push(Member { id, name: String::new(), address, learner: true, running: false });
        self.settle(state);
        Ok(id)
    }

    /// The member's process came up; it tells its name.
    pub fn start(&self, id: u64, name: &str) -> Result<(), EtcdError> {
        let mut state = self.inner.state.held();
        let member = state.members.iter_mut().find(|it| it.id == id).ok_or(EtcdError::NoSuchMember)?;
        member.name = name.into();
        member.running = true;
        self.settle(state);
        Ok(())
    }

    /// A learner that has caught up gets its vote.
    pub fn promote(&self, id: u64) -> Result<(), EtcdError> {
        let mut state = self.inner.state.held();
        self.ready(&state)?;
        let member = state.members.iter_mut().find(|it| it.id == id).ok_or(EtcdError::NoSuchMember)?;
        if !member.running {
            return Err(EtcdError::NotReady);
        }
        member.learner = false;
        self.settle(state);
        Ok(())
    }

    /// The member's process ended, or nobody reaches it.
    pub fn stop(&self, id: u64) {
        let mut state = self.inner.state.held();
        if let Some(member) = state.members.iter_mut().find(|it| it.id == id) {
            member.running = false;
        }
        self.settle(state);
    }

    /// Take a member out for good.
    pub fn remove(&self, id: u64) -> Result<Member, EtcdError> {
        let mut state = self.inner.state.held();
        self.ready(&state)?;
        let index = state.members.iter().position(|it| it.id == id).ok_or(EtcdError::NoSuchMember)?;
        let rest: Vec<&Member> = state.members.iter().filter(|it| it.id != id && !it.learner).collect();
        let running = rest.iter().filter(|it| it.running).count();
        if running <= rest.len() / 2 && !rest.is_empty() {
            return Err(EtcdError::NotEnoughStarted);
        }
        let gone = state.members.remove(index);
        self.settle(state);
        Ok(gone)
    }

    /// The leader hands over to another; the new leader's name, or None if `id` does not lead.
    pub fn forfeit(&self, id: u64) -> Result<Option<String>, EtcdError> {
        let mut state = self.inner.state.held();
        self.ready(&state)?;
        if state.leader != Some(id) {
            return Ok(None);
        }
        let next = state.members.iter().find(|it| it.id != id && it.running && !it.learner).cloned();
        let Some(next) = next else { return Ok(None) };
        state.leader = Some(next.id);
        state.term += 1;
        self.settle(state);
        Ok(Some(next.name))
    }

    /// Fill the database to its limit, or make room again.
    pub fn set_full(&self, full: bool) {
        let mut state = self.inner.state.held();
        state.full = full;
        self.settle(state);
        self.inner.space.send_if_modified(|space| std::mem::replace(space, !full) == full);
    }

    pub fn is_full(&self) -> bool {
        self.inner.state.held().full
    }

    fn ready(&self, state: &State) -> Result<(), EtcdError> {
        if state.leader.is_some() && stands(&state.members) { Ok(()) } else { Err(EtcdError::NoLeader) }
    }

    fn new_id(&self, state: &mut State, hint: &str) -> u64 {
        state.made += 1;
        seeded::mix(self.inner.seed, hint, state.made) | (1 << 60)
    }

    /// After every change: count votes, lose or look for a leader, tell everybody.
    fn settle(&self, mut state: std::sync::MutexGuard<'_, State>) {
        let now = self.inner.clock.now();
        if *self.inner.quorum.borrow() {
            state.index += status::grown(state.since, now);
        }
        state.since = now;
        let quorum = stands(&state.members);
        let leads = |id: u64| state.members.iter().any(|it| it.id == id && it.running && !it.learner);
        let lost = !quorum || !state.leader.is_some_and(leads);
        if lost {
            state.leader = None;
        }
        let term = state.term;
        drop(state);
        self.inner.quorum.send_if_modified(|it| std::mem::replace(it, quorum) != quorum);
        self.inner.changed.send_modify(|it| *it += 1);
        if lost && quorum {
            let (etcd, clock) = (self.clone(), self.inner.clock.clone());
            tokio::spawn(async move {
                clock.sleep(ELECTION).await;
                etcd.elect(term);
            });
        }
    }

    /// Unless another term has begun meanwhile.
    fn elect(&self, term: u64) {
        let mut state = self.inner.state.held();
        if state.term != term || state.leader.is_some() || !stands(&state.members) {
            return;
        }
        let voters: Vec<u64> =
            state.members.iter().filter(|it| it.running && !it.learner).map(|it| it.id).collect();
        state.term += 1;
        state.leader = Some(*seeded::pick(self.inner.seed, "leader", state.term, &voters));
        self.settle(state);
    }
}

/// Whether more than half of the voters run.
fn stands(members: &[Member]) -> bool {
    let voters = members.iter().filter(|it| !it.learner);
    let (all, running) =
        voters.fold((0, 0), |(all, running), it| (all + 1, running + usize::from(it.running)));
    running > all / 2
}

#[cfg(test)]
mod tests;
