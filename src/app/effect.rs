//! What the house wants done outside itself. Data, not deeds: the runtime does them.

use crate::model::{DraftId, DraftRecord};
use domain::{Look, Order, OrderId};

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Give an order. It is written to the ledger file first, never cancelled, and quitting waits for it.
    Carry(OrderId, Order),
    /// Ask a question; a newer one of the same key drops the older.
    Look(Look),
    /// Write a line into the journal of drafts.
    Keep(DraftRecord),
    /// Put text on the clipboard.
    Copy(String),
    /// Have the text of a draft edited by the person's own editor.
    External(DraftId),
    /// Leave the terminal to the shell until the person comes back.
    Suspend,
    Quit,
}
