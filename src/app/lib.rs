//! The mind of the house: a model, and the one function that may change it.
//!
//! No clock, no file, no socket, no task, no pixel: this crate's Cargo.toml has nothing to make them with.

mod action;
mod cluster_map;
mod effect;
mod key;
mod keymap;
mod listing;
mod message;
mod model;
mod page;
pub mod queries;
mod remember;
mod update;
mod watches;

pub use action::{Action, Availability, Danger};
pub use cluster_map::{ClusterEntry, ClusterMap, ClusterMapError};
pub use effect::Effect;
pub use key::Key;
pub use keymap::{Keymap, KeymapError, Resolved, Scope};
pub use listing::{Cell, Listing, RowKey};
pub use message::{Message, Staging, Typing};
pub use model::{
    Apart, Before, Delta, DraftId, DraftRecord, DraftStage, DraftState, Drafts, Edited, EditorView, Position,
    SavedDraft, TextEdit, Theirs, ValueEdit, last, titles, together,
};
pub use model::{
    Arranged, Asked, Capi, Collection, Conductor, Delivery, Dialog, FeedState, Ledger, Likeness, LogBook,
    LogFilter, Model, Prompt, PromptKind, Rolls, Screen, Seat, SeatState, Settings, Terms, World, natural,
};
pub use page::{NodeTab, Page, Place, Tab};
pub use remember::{last_known, recall};
pub use update::{arrange, update};
pub use watches::watches;
