//! What was ordered and what became of it.

use domain::{Order, OrderId, Outcome};

#[derive(Debug, Clone, Default)]
pub struct Ledger {
    next: u64,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub id: OrderId,
    pub order: Order,
    /// None while it is under way.
    pub outcome: Option<Outcome>,
}

impl Ledger {
    /// Write an order down before it is given.
    pub(crate) fn open(&mut self, order: Order) -> OrderId {
        self.next += 1;
        let id = OrderId(self.next);
        self.entries.push(Entry { id, order, outcome: None });
        id
    }

    pub(crate) fn close(&mut self, id: OrderId, outcome: Outcome) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.outcome = Some(outcome);
        }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether an order is still under way; quitting waits for it.
    pub fn busy(&self) -> bool {
        self.entries.iter().any(|entry| entry.outcome.is_none())
    }
}
