//! How a person looks at a list: which row is theirs, what is marked, filtered and sorted, and what is in sight.

use std::collections::BTreeSet;

/// A row by its name, never by its place: rows move while a person reads them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub selected: Option<RowKey>,
    pub marked: BTreeSet<RowKey>,
    /// What was typed after `/`.
    pub filter: String,
    /// Column to sort by, and whether the largest comes first.
    pub sort: Option<(usize, bool)>,
    /// Index of the first row in sight.
    pub top: usize,
}

impl Listing {
    /// Where the selection is among `rows`; the first row where it is nowhere.
    pub fn index(&self, rows: &[RowKey]) -> usize {
        self.selected.as_ref().and_then(|key| rows.iter().position(|it| it == key)).unwrap_or(0)
    }

    /// Move the selection by `steps` rows and keep it in sight of `height` rows.
    pub fn step(&mut self, rows: &[RowKey], steps: isize, height: usize) {
        let here = self.index(rows);
        let there = match self.selected {
            Some(_) => here.saturating_add_signed(steps).min(rows.len().saturating_sub(1)),
            None => 0,
        };
        self.selected = rows.get(there).cloned();
        self.show(there, rows.len(), height);
    }

    /// Scroll as little as shows row `index`.
    pub fn show(&mut self, index: usize, rows: usize, height: usize) {
        let height = height.max(1);
        if index < self.top {
            self.top = index;
        } else if index >= self.top + height {
            self.top = index + 1 - height;
        }
        self.top = self.top.min(rows.saturating_sub(height));
    }
}
