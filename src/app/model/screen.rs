//! Where the person looks. Written by what the person does, never by a fact.

use super::DraftId;
use crate::{Cell, Listing, Place, RowKey};
use domain::{Moment, RepoPath};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Default)]
pub struct Screen {
    pub place: Place,
    /// The places before this one, oldest first, and those that were left by going back.
    pub behind: Vec<Place>,
    pub ahead: Vec<Place>,
    /// Every place remembers how it was looked at.
    pub lists: BTreeMap<Place, Listing>,
    /// The namespace whose objects are listed; all of them where none.
    pub namespace: Option<String>,
    /// Which pane of a place has the focus, and whether it has the whole screen.
    pub panes: BTreeMap<Place, usize>,
    pub zoomed: bool,
    /// Rows of a tree that were opened or closed by hand.
    pub folds: BTreeMap<RowKey, bool>,
    pub dialog: Option<Dialog>,
    pub prompt: Option<Prompt>,
    /// One line of news. It takes no keys and moves no focus.
    pub notice: Option<String>,
    pub editor: EditorView,
    /// Keys of a chord that is not finished.
    pub pending: String,
    pub width: u16,
    pub height: u16,
    /// How many rows of the main list fit, as the last drawing found.
    pub rows: u16,
    /// Cells whose value changed while they were in sight, and when.
    pub changed: BTreeMap<Cell, Moment>,
}

impl Screen {
    pub fn listing(&self) -> Option<&Listing> {
        self.lists.get(&self.place)
    }

    pub fn listing_mut(&mut self) -> &mut Listing {
        self.lists.entry(self.place.clone()).or_default()
    }

    pub fn pane(&self) -> usize {
        self.panes.get(&self.place).copied().unwrap_or(0)
    }

    /// Go somewhere; the place that is left can be come back to.
    pub(crate) fn go(&mut self, place: Place) {
        if place != self.place {
            let left = std::mem::replace(&mut self.place, place);
            self.behind.push(left);
            self.ahead.clear();
        }
        self.zoomed = false;
    }

    pub(crate) fn go_back(&mut self) -> bool {
        let Some(place) = self.behind.pop() else { return false };
        self.ahead.push(std::mem::replace(&mut self.place, place));
        self.zoomed = false;
        true
    }

    pub(crate) fn go_forward(&mut self) {
        if let Some(place) = self.ahead.pop() {
            self.behind.push(std::mem::replace(&mut self.place, place));
        }
    }
}

/// What a person has opened over the screen. Nothing but an action opens a dialog: a key that was meant for the
/// screen below must never land on a question that has just arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// What every key does here, from this line on.
    Help { top: usize },
    /// How well each source is heard, and by which credentials.
    Sources,
    /// Leave the cockpit? Asked where `q` has nowhere left to go back to.
    Leave,
    /// Publish the commit of a draft?
    Push(DraftId),
    /// Put these plans in force?
    Apply(Vec<domain::Plan>),
    /// Let Argo CD sync an application now?
    Sync(domain::ObjectRef),
}

/// How the text of a file is looked at while it is edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditorView {
    /// The first line in sight, from 0.
    pub top: usize,
    /// What was searched for last.
    pub search: String,
    /// Long lines go on below instead of out of sight.
    pub wrapped: bool,
    /// Both sides of a diff stand beside one another, instead of one under the other.
    pub beside: bool,
    /// How far the diff of a draft is scrolled, in the rows that are shown of it.
    pub diff: Option<(DraftId, usize)>,
    /// What of it was folded by hand, and the part that is folded next.
    pub folded: BTreeSet<Part>,
    pub part: Option<Part>,
}

/// A part of the diff of a change: a file of it, a document of that, or a hunk of the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The draft that is shown.
    pub draft: DraftId,
    pub path: RepoPath,
    /// From 0.
    pub document: Option<usize>,
    pub hunk: Option<usize>,
}

impl Part {
    /// The part that it is in, where it is in one.
    pub fn around(&self) -> Option<Part> {
        match (self.document, self.hunk) {
            (None, _) => None,
            (Some(_), None) => Some(Part { document: None, ..self.clone() }),
            (Some(_), Some(_)) => Some(Part { hunk: None, ..self.clone() }),
        }
    }
}

/// A line of text that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub kind: PromptKind,
    pub text: String,
    /// In characters from the start.
    pub cursor: usize,
    /// Which of the offered lines is chosen, where the prompt offers any.
    pub choice: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    Palette,
    Filter,
    /// Which of the things that can be copied.
    Copy,
    /// The file that a snapshot of etcd goes to.
    Snapshot,
    /// The value of a draft, in its line.
    Value(DraftId),
    /// The name that a dangerous question wants typed.
    Name,
    /// The message of the commit that a draft becomes.
    Message(DraftId),
    /// The text of a file, in the editor; the text is the draft's own.
    Text(DraftId),
    /// What to search for in it.
    Find(DraftId),
    /// The path that the file of a draft shall have.
    Move(DraftId),
    /// The name of a file to open.
    Files,
}
