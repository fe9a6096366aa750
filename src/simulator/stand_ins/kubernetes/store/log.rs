//! What happened to one object.

use super::Stored;
use std::sync::Arc;

#[derive(Debug)]
pub struct Entry {
    pub revision: u64,
    /// What it was; `None` for a new one.
    pub before: Option<Arc<Stored>>,
    /// What it is now, or was at last when `removed`.
    pub object: Arc<Stored>,
    pub removed: bool,
}

/// The word of a watch event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Added,
    Modified,
    Deleted,
}

impl What {
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

impl Entry {
    /// What someone sees who only sees objects that `matches` accepts.
    pub fn seen(&self, matches: impl Fn(&Stored) -> bool) -> Option<What> {
        let before = self.before.as_deref().is_some_and(&matches);
        let now = !self.removed && matches(&self.object);
        match (before, now) {
            (false, true) => Some(What::Added),
            (true, true) => Some(What::Modified),
            (true, false) => Some(What::Deleted),
            (false, false) => None,
        }
    }
}
