//! Everything the cockpit knows, in four parts with one writer each.

mod arranged;
mod capi;
mod cloud_lists;
mod collection;
mod conductor;
mod delivery;
mod drafts;
mod drift;
mod drift_index;
mod git_looks;
mod history;
mod ledger;
mod log_book;
mod natural;
mod rolls;
mod screen;
mod terms;
mod world;

pub use arranged::Arranged;
pub use capi::Capi;
pub use cloud_lists::{CloudLists, ListAge};
pub use collection::Collection;
#[cfg(test)]
pub(crate) use conductor::tests as conductor_test;
pub use conductor::{Conductor, Seat, SeatState};
pub use delivery::Delivery;
pub use drafts::{
    Apart, Before, Delta, DraftId, DraftRecord, DraftStage, DraftState, Drafts, Edited, Position, SavedDraft,
    TextEdit, Theirs, ValueEdit, last, titles, together,
};
pub use drift::Drift;
pub use drift_index::DriftIndex;
pub use git_looks::GitLooks;
pub use history::{History, Life, Roll};
pub use ledger::Ledger;
pub use log_book::{LogBook, LogFilter};
pub use natural::{by_value, natural};
pub use rolls::{Asked, Rolls};
pub use screen::{Dialog, EditorView, Part, Prompt, PromptKind, Screen};
pub use terms::{Likeness, Terms};
pub use world::{FeedState, World};

use crate::queries::problems::Problem;
use crate::{ClusterMap, Keymap};
use domain::Moment;

#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Facts: written by observations alone.
    pub world: World,
    /// Wishes: written by the person alone.
    pub drafts: Drafts,
    /// History: written by outcomes alone.
    pub ledger: Ledger,
    /// What is put in force on nodes: written by outcomes, and by the yes of a person.
    pub rolls: Rolls,
    /// Where the person looks: written by the person alone.
    pub screen: Screen,
    /// Which rows of the long list on the screen are seen, in which order; `update` and `arrange` write it.
    pub arranged: Arranged,
    pub settings: Settings,
    /// What was found wrong in `world` when it was last gone through; nothing but `update` writes it.
    pub problems: Vec<Problem>,
    /// What differs between Git, the declared objects and what is live; nothing but `update` writes it.
    pub drift: Drift,
    /// When `problems` was found.
    pub checked: Moment,
    pub now: Moment,
}

/// What was configured at the start and does not change by itself.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub keymap: Keymap,
    /// Seconds to add to UTC for the clock on the wall.
    pub utc_offset: i32,
    /// What the repository says of its clusters, and by which context this one was asked for.
    pub clusters: ClusterMap,
    pub context: Option<String>,
}
