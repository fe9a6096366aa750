//! What a machine tells as it happens: a ring of events in memory, ids that say their time, followers.

use super::lock::Lock;
use prost::Message;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::watch;
use wire::machine::{
    Event, MachineStatusEvent, PhaseEvent, SequenceEvent, ServiceStateEvent, TaskEvent, machine_status_event,
};

/// As many as Talos lets be read of the thousand it keeps.
const KEPT: usize = 990;

/// Everything a machine announces here.
#[derive(Debug, Clone)]
pub enum Told {
    Sequence(SequenceEvent),
    Phase(PhaseEvent),
    Task(TaskEvent),
    Service(ServiceStateEvent),
    Status(MachineStatusEvent),
    Address(wire::machine::AddressEvent),
}

impl Told {
    fn any(&self) -> prost_types::Any {
        let (name, value) = match self {
            Self::Sequence(it) => ("SequenceEvent", it.encode_to_vec()),
            Self::Phase(it) => ("PhaseEvent", it.encode_to_vec()),
            Self::Task(it) => ("TaskEvent", it.encode_to_vec()),
            Self::Service(it) => ("ServiceStateEvent", it.encode_to_vec()),
            Self::Status(it) => ("MachineStatusEvent", it.encode_to_vec()),
            Self::Address(it) => ("AddressEvent", it.encode_to_vec()),
        };
        prost_types::Any { type_url: format!("talos/runtime/machine.{name}"), value }
    }

    /// The stage and whether the machine is ready in it.
    pub fn status(stage: machine_status_event::MachineStage, unmet: &[(&str, &str)]) -> Self {
        let unmet_conditions = unmet
            .iter()
            .map(|(name, reason)| machine_status_event::machine_status::UnmetCondition {
                name: (*name).into(),
                reason: (*reason).into(),
            })
            .collect();
        let status = machine_status_event::MachineStatus { ready: unmet.is_empty(), unmet_conditions };
        Self::Status(MachineStatusEvent { stage: stage.into(), status: Some(status) })
    }
}

#[derive(Debug, Clone)]
pub struct Kept {
    pub position: u64,
    pub id: String,
    /// Milliseconds since the epoch.
    pub at: i64,
    pub event: Event,
}

/// The ring. A new boot begins a new one.
#[derive(Debug)]
pub struct Events {
    ring: Mutex<VecDeque<Kept>>,
    next: watch::Sender<u64>,
    machine: u64,
}

impl Events {
    pub fn new(machine: u64) -> Self {
        Self { ring: Mutex::default(), next: watch::Sender::new(0), machine }
    }

    pub fn tell(&self, at: i64, actor: &str, told: &Told) {
        let mut ring = self.ring.held();
        let position = *self.next.borrow();
        let id = xid(at, self.machine, position);
        let event =
            Event { metadata: None, data: Some(told.any()), id: id.clone(), actor_id: actor.to_owned() };
        ring.push_back(Kept { position, id, at, event });
        if ring.len() > KEPT {
            ring.pop_front();
        }
        drop(ring);
        self.next.send_modify(|next| *next += 1);
    }

    /// Forget everything, as a reboot does. Positions go on, so that followers of before are not confused.
    pub fn clear(&self) {
        self.ring.held().clear();
    }

    pub fn kept(&self) -> Vec<Kept> {
        self.ring.held().iter().cloned().collect()
    }

    /// The position that the next event will have.
    pub fn end(&self) -> u64 {
        *self.next.borrow()
    }

    /// Whoever waits here is woken by each event.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.next.subscribe()
    }

    /// Events from this position on; None if some of them are gone already.
    pub fn since(&self, position: u64) -> Option<Vec<Kept>> {
        let ring = self.ring.held();
        if let Some(first) = ring.front()
            && first.position > position
        {
            return None;
        }
        Some(ring.iter().filter(|it| it.position >= position).cloned().collect())
    }
}

/// An id of 20 characters whose first four bytes are the unix second, so that ids sort by time.
pub fn xid(at: i64, machine: u64, counter: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let seconds = u32::try_from(at / 1_000).unwrap_or_default();
    let mut bytes = [0_u8; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    bytes[4..9].copy_from_slice(&machine.to_be_bytes()[3..]);
    bytes[9..].copy_from_slice(&counter.to_be_bytes()[5..]);
    // 96 bits make 20 digits of five bits, the last padded with zeros.
    let value = bytes.iter().fold(0_u128, |value, byte| (value << 8) | u128::from(*byte)) << 4;
    (0..20).rev().map(|digit| char::from(DIGITS[((value >> (digit * 5)) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_twenty_digits_and_sort_by_time() {
        let (early, late) = (xid(1_700_000_000_000, 7, 9), xid(1_700_000_001_000, 7, 1));
        assert_eq!(early.len(), 20);
        assert!(early < late);
        // 1700000000 is 0x6553f100; its first five bits are 01100, the twelfth digit.
        assert!(early.starts_with('c'));
    }

    #[test]
    fn an_overrun_is_noticed() {
        let events = Events::new(1);
        let told = Told::Task(TaskEvent { task: "t".into(), action: 0 });
        for _ in 0..2_000 {
            events.tell(1_700_000_000_000, "", &told);
        }
        assert!(events.since(5).is_none());
        assert_eq!(events.since(1_999).unwrap().len(), 1);
        assert_eq!(events.kept().len(), KEPT);
    }
}
