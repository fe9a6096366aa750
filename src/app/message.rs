//! Everything that can happen to the model. There is no other way in.

use crate::model::{Delta, DraftId, DraftRecord, Position};
use crate::{Action, Cell, Key, RowKey};
use domain::{Finding, Look, Moment, Observation, OrderId, Outcome, Progress, StandingRoll};

/// What one key did to the text that is open: what changed, and where the cursor and the selection are after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    pub delta: Option<Delta>,
    pub at: Position,
    pub anchor: Option<Position>,
}

/// A value that was set without a screen, in a file as the tip has it or as its open draft does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staging {
    pub path: domain::RepoPath,
    /// Which document of the file, from 0.
    pub document: u32,
    pub field: String,
    /// From 1.
    pub line: u32,
    pub value: String,
    /// The whole file as it would be.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A key was pressed; the keymap or the open prompt says what it means.
    Pressed(Key),
    /// A key changed the text that is open, or moved the cursor in it.
    Typed(Typing),
    /// Another program has edited the text of a draft; else why it could not.
    Returned(DraftId, Result<String, String>),
    /// A value was set without a screen.
    Staged(Staging),
    /// Text was pasted.
    Pasted(String),
    /// A person asked for something, by the palette, the mouse or a test.
    Asked(Action),
    /// A row was clicked.
    Clicked(RowKey),
    /// A backend heard something.
    Observed(Observation),
    /// A question was answered, or could not be.
    Found(Look, Result<Finding, String>),
    /// An order goes on: a gate was passed, or something was done.
    Progressed(OrderId, Progress),
    /// The roll that the ledger tells of and that did not come to its end.
    Recalled(StandingRoll),
    /// An order came to its end.
    Settled(OrderId, Outcome),
    /// What the journal of drafts held at the start.
    Restored(Vec<DraftRecord>),
    /// The wall clock moved on; the only time the model knows.
    Ticked(Moment),
    /// The terminal has another size, in cells.
    Resized { width: u16, height: u16 },
    /// The last drawing had room for so many rows of the main list.
    Fitted { rows: u16 },
    /// These values are others than in the drawing before.
    Changed(Vec<Cell>),
}
