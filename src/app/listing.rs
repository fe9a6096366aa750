//! How a person looks at a list: which row is theirs, what is marked, filtered and sorted, and what is in sight.

use std::collections::BTreeSet;

/// A row by its name, never by its place: rows move while a person reads them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub String);

/// One value of a list: its row and the title of its column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    pub row: RowKey,
    pub column: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub selected: Option<RowKey>,
    pub marked: BTreeSet<RowKey>,
    /// Where the selection stood when it was last seen: where it goes when its row is gone.
    pub at: usize,
    /// The row that was selected because it was the first, not because anybody chose it. Until somebody does, the
    /// first row is selected, whichever that is.
    pub picked: Option<RowKey>,
    /// What was typed after `/`.
    pub filter: String,
    /// Column to sort by, and whether the largest comes first.
    pub sort: Option<(usize, bool)>,
    /// Index of the first row in sight.
    pub top: usize,
    /// Of a text: long lines go on below instead of out of sight.
    pub wrapped: bool,
    /// Of a log: stand still while new lines come.
    pub paused: bool,
    /// Of a log: show when each line was written.
    pub timed: bool,
    /// Of a log: what ran before is shown instead of what runs.
    pub previous: bool,
}

impl Listing {
    /// Where a selection that stands at `here` among `rows` comes by `steps`; the first row where it is nowhere.
    pub fn stepped(here: Option<usize>, steps: isize, rows: usize) -> usize {
        here.map_or(0, |here| here.saturating_add_signed(steps).min(rows.saturating_sub(1)))
    }

    /// Scroll as little as shows row `index`.
    pub fn show(&mut self, index: usize, rows: usize, height: usize) {
        let height = height.max(1);
        self.at = index;
        if index < self.top {
            self.top = index;
        } else if index >= self.top + height {
            self.top = index + 1 - height;
        }
        self.top = self.top.min(rows.saturating_sub(height));
    }
}
