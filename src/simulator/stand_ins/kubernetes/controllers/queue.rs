//! What is to be looked at, now or later. The same work waits only once.

use super::super::store::Key;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Something that one controller has to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Namespace(String),
    Node(String),
    /// Pods on a node that its taints drive away.
    Taints(String),
    /// Pods on a node that is no more.
    Lost(String),
    Deployment(Key),
    ReplicaSet(Key),
    StatefulSet(Key),
    DaemonSet(Key),
    Job(Key),
    Pod(Key),
    Budget(Key),
    Service(Key),
    /// An object of any resource: whether its owners still want it, or whether it waits for what it owns.
    Garbage(String, Key),
}

/// Work is done in rounds: what comes up during a round waits for the next one, so that a controller that made many
/// things looks at them once and not once for each.
#[derive(Debug, Default)]
pub struct Queue {
    round: BTreeSet<Work>,
    next_round: BTreeSet<Work>,
    later: BinaryHeap<Reverse<(i64, Work)>>,
}

impl Queue {
    pub fn add(&mut self, work: Work) {
        self.next_round.insert(work);
    }

    pub fn extend_own(&mut self, work: Option<Work>) {
        self.next_round.extend(work);
    }

    /// Look at it at this moment of the world's course.
    pub fn add_at(&mut self, moment: i64, work: Work) {
        self.later.push(Reverse((moment, work)));
    }

    /// Take what is due.
    pub fn next(&mut self, moment: i64) -> Option<Work> {
        while self.later.peek().is_some_and(|Reverse((due, _))| *due <= moment) {
            if let Some(Reverse((_, work))) = self.later.pop() {
                self.next_round.insert(work);
            }
        }
        if self.round.is_empty() {
            self.round = std::mem::take(&mut self.next_round);
        }
        self.round.pop_first()
    }

    /// When the next work is due.
    pub fn due(&self) -> Option<i64> {
        self.later.peek().map(|Reverse((due, _))| *due)
    }
}
