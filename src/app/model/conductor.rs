//! The conductor of a roll: which node is next, and whether there is a next one at all. It gives no order by itself
//! and knows no clock; what it goes by is what became of the orders before.

use domain::{
    Act, Approval, CommitId, DRAIN_SECONDS, GateReport, GateState, NodeName, NodeRole, Order, OrderId,
    Outcome, Progress, RollGate, RollId, RollStep, STEADY,
};
use std::time::Duration;

/// One commit on its way to nodes, one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Conductor {
    pub roll: RollId,
    pub commit: CommitId,
    pub cluster: String,
    /// In the order of the roll: control planes first.
    pub seats: Vec<Seat>,
    /// How many workers may be under way at a time. Control planes go one at a time, whatever this is.
    pub width: usize,
    /// How long the pods of a node may take to go before it goes down.
    pub drain_seconds: u32,
    /// How long all gates must hold together before a node is believed to be well.
    pub steady: Duration,
    /// Why it does not go on by itself.
    pub halted: Option<String>,
}

/// One node of a roll.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    pub node: NodeName,
    pub control_plane: bool,
    /// The yes to it.
    pub approval: Approval,
    pub state: SeatState,
    /// What its gates saw, in their order; of the last try.
    pub gates: Vec<GateReport>,
    /// What is being done to it just now, in words.
    pub doing: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SeatState {
    Waiting,
    UnderWay(OrderId),
    /// It runs what was committed, and was asked.
    Done,
    /// In words: what stopped it, and how it was left.
    Stopped {
        why: String,
        after: String,
        hint: Option<String>,
    },
    /// Left out by a person's word.
    PassedOver,
}

impl Conductor {
    /// A roll of what was approved. At least one worker at a time.
    pub fn new(roll: RollId, approvals: Vec<Approval>, width: usize) -> Self {
        let first = approvals.first().map(Approval::plan);
        let (commit, cluster) = first
            .map(|it| (it.revision.commit.clone(), it.cluster.clone()))
            .unwrap_or((CommitId(String::new()), String::new()));
        let seat = |approval: Approval| Seat {
            node: approval.plan().target.clone(),
            control_plane: approval.plan().role != Some(NodeRole::Worker),
            approval,
            state: SeatState::Waiting,
            gates: Vec::new(),
            doing: None,
        };
        let mut seats: Vec<Seat> = approvals.into_iter().map(seat).collect();
        seats.sort_by(|one, other| (!one.control_plane, &one.node).cmp(&(!other.control_plane, &other.node)));
        seats.dedup_by(|one, other| one.node == other.node);
        let width = width.max(1);
        Self {
            roll,
            commit,
            cluster,
            seats,
            width,
            drain_seconds: DRAIN_SECONDS,
            steady: STEADY,
            halted: None,
        }
    }

    /// The orders that may be given now; `open` gives each its number. None while a node is under way that must be
    /// alone, or where one was stopped.
    pub fn next(&mut self, mut open: impl FnMut(&Order) -> OrderId) -> Vec<(OrderId, Order)> {
        let mut given = Vec::new();
        while let Some(at) = self.may_go() {
            let nodes: Vec<NodeName> = self.seats.iter().map(|it| it.node.clone()).collect();
            let beside = self.beside(at);
            let (roll, drain_seconds, steady) = (self.roll.clone(), self.drain_seconds, self.steady);
            let seat = &mut self.seats[at];
            // What the ledger knows of an installer is put in by whoever carries it.
            let step = RollStep { roll, nodes, beside, drain_seconds, steady, installed: None };
            let order = Order::Apply { approval: seat.approval.clone(), step };
            let id = open(&order);
            seat.state = SeatState::UnderWay(id);
            seat.gates.clear();
            seat.doing = None;
            given.push((id, order));
        }
        given
    }

    /// Whoever may be under way while this seat is: the other workers, where several go at a time.
    fn beside(&self, at: usize) -> Vec<NodeName> {
        if self.width == 1 || self.seats[at].control_plane {
            return Vec::new();
        }
        let others = self.seats.iter().enumerate().filter(|(other, it)| *other != at && !it.control_plane);
        others.map(|(_, it)| it.node.clone()).collect()
    }

    /// The next seat, where it may go now.
    fn may_go(&self) -> Option<usize> {
        if self.halted.is_some() {
            return None;
        }
        let next = self.seats.iter().position(|it| it.state == SeatState::Waiting)?;
        let mut under_way = self.seats.iter().filter(|it| matches!(it.state, SeatState::UnderWay(_)));
        let alone = self.seats[next].control_plane || under_way.clone().any(|it| it.control_plane);
        match (under_way.clone().count(), alone) {
            (0, _) => Some(next),
            (_, true) => None,
            (count, false) => (count < self.width && under_way.all(|it| !it.control_plane)).then_some(next),
        }
    }

    fn seat(&mut self, id: OrderId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|it| it.state == SeatState::UnderWay(id))
    }

    /// An order of it goes on. Whether it was one of its own.
    pub fn progressed(&mut self, id: OrderId, progress: &Progress) -> bool {
        let Some(seat) = self.seat(id) else { return false };
        match progress {
            Progress::Gate(gate) => {
                if gate.state != GateState::Waiting {
                    seat.doing = None;
                }
                match seat.gates.iter_mut().find(|it| it.gate == gate.gate) {
                    Some(known) => known.clone_from(gate),
                    None => seat.gates.push(gate.clone()),
                }
            }
            Progress::Acts(act) => {
                if matches!(act, Act::Reboot | Act::Upgrade { .. }) {
                    // What it was before says nothing of what it is when it comes back.
                    seat.gates.retain(|it| !it.gate.is_of_the_node());
                }
                seat.doing = Some(act.words().to_owned());
            }
            Progress::Answered(..) => seat.doing = None,
            Progress::Doing(words) => seat.doing = Some(words.clone()),
        }
        true
    }

    /// An order of it came to its end. Whether it was one of its own.
    pub fn settled(&mut self, id: OrderId, outcome: &Outcome) -> bool {
        let Some(seat) = self.seat(id) else { return false };
        seat.doing = None;
        let halted = match outcome {
            Outcome::Applied(receipt) => {
                seat.gates = last_of_each(&receipt.gates);
                seat.state = SeatState::Done;
                None
            }
            Outcome::Stopped(stopped) => {
                seat.gates = last_of_each(&stopped.gates);
                let (why, hint) = (stopped.words(), stopped.hint.clone());
                seat.state = SeatState::Stopped { why: why.clone(), after: stopped.left(), hint };
                Some(why)
            }
            Outcome::Refused(refusal) => {
                let why = format!("{}: {}", seat.node, refusal.why);
                let after = "nothing was sent to it".to_owned();
                seat.state = SeatState::Stopped { why: why.clone(), after, hint: refusal.hint.clone() };
                Some(why)
            }
            // Never so by the hands. It is not taken for under way for ever, nor for done.
            _ => {
                let why = format!("{}: its order ended as another", seat.node);
                let after = "what it runs is not known".to_owned();
                seat.state = SeatState::Stopped { why: why.clone(), after, hint: None };
                Some(why)
            }
        };
        // What stopped it first is what is told.
        if self.halted.is_none() {
            self.halted = halted;
        }
        true
    }

    /// The node that it stands at.
    pub fn stopped(&self) -> Option<&Seat> {
        self.seats.iter().find(|it| matches!(it.state, SeatState::Stopped { .. }))
    }

    /// A person says that the node which stopped it is to be tried again.
    pub fn retry(&mut self) {
        for seat in &mut self.seats {
            if matches!(seat.state, SeatState::Stopped { .. }) {
                seat.state = SeatState::Waiting;
            }
        }
        self.halted = None;
    }

    /// A person says that it goes on without the node that stopped it.
    pub fn pass_over(&mut self) {
        for seat in &mut self.seats {
            if matches!(seat.state, SeatState::Stopped { .. }) {
                seat.state = SeatState::PassedOver;
            }
        }
        self.halted = None;
    }

    pub fn under_way(&self) -> bool {
        self.seats.iter().any(|it| matches!(it.state, SeatState::UnderWay(_)))
    }

    /// Every node runs what was committed.
    pub fn is_done(&self) -> bool {
        self.seats.iter().all(|it| it.state == SeatState::Done)
    }

    /// There is nothing more that it would do by itself.
    pub fn is_over(&self) -> bool {
        !self.under_way()
            && (self.halted.is_some() || self.seats.iter().all(|it| it.state != SeatState::Waiting))
    }

    /// How many nodes are done, of how many.
    pub fn count(&self) -> (usize, usize) {
        (self.seats.iter().filter(|it| it.state == SeatState::Done).count(), self.seats.len())
    }
}

/// Each gate once, as it was seen last: some are asked again before a node goes down, and when it is back.
fn last_of_each(gates: &[GateReport]) -> Vec<GateReport> {
    let again = |at: usize, gate: RollGate| gates[at + 1..].iter().any(|it| it.gate == gate);
    gates.iter().enumerate().filter(|(at, it)| !again(*at, it.gate)).map(|(_, it)| it.clone()).collect()
}

#[cfg(test)]
#[path = "conductor_test.rs"]
pub(crate) mod tests;
