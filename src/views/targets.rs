//! What lies under the mouse, how much of the list fits, and what stood in its cells: what a drawing says back.

use app::{Action, Cell, Place, RowKey};
use ratatui::layout::{Position, Rect};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Debug, Clone, Default)]
pub struct Targets {
    places: Vec<(Rect, Target)>,
    /// Rows of the main list that fit on the screen.
    pub rows: u16,
    /// Where the person was.
    place: Place,
    cells: Vec<(Cell, Rect, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Action(Action),
    Row(RowKey),
}

/// Columns whose values change all the time by themselves: that they did is no news.
const LIVELY: [&str; 13] = [
    "age",
    "at",
    "count",
    "cpu",
    "cpu time",
    "db",
    "in use",
    "lag",
    "last event",
    "memory",
    "received",
    "sent",
    "up",
];

impl Targets {
    /// Nothing yet, of a place.
    pub(crate) fn of(place: Place) -> Self {
        Self { place, ..Self::default() }
    }

    pub fn add(&mut self, area: Rect, target: Target) {
        self.places.push((area, target));
    }

    /// The last drawn thing under a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<&Target> {
        let here = Position::new(column, row);
        self.places.iter().rev().find(|(area, _)| area.contains(here)).map(|(_, target)| target)
    }

    /// Remember what stood in a cell of a list.
    pub(crate) fn cell<'a>(
        &mut self,
        row: &RowKey,
        column: &str,
        area: Rect,
        text: impl Iterator<Item = &'a str> + Clone,
    ) {
        // What was not known before does not change when it becomes known.
        let unknown = text.clone().all(|it| it.is_empty() || it == "?");
        if unknown || LIVELY.contains(&column) {
            return;
        }
        let mut hasher = DefaultHasher::new();
        text.for_each(|it| it.hash(&mut hasher));
        let cell = Cell { row: row.clone(), column: column.to_owned() };
        self.cells.push((cell, area, hasher.finish()));
    }

    /// Where the cells of lists are.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&Cell, Rect)> {
        self.cells.iter().map(|(cell, area, _)| (cell, *area))
    }

    /// The cells that had another value in the drawing before this one.
    pub fn changed_since(&self, before: &Targets) -> Vec<Cell> {
        if self.place != before.place {
            return Vec::new();
        }
        let were: HashMap<&Cell, u64> = before.cells.iter().map(|(cell, _, text)| (cell, *text)).collect();
        let changed = self.cells.iter().filter(|(cell, _, text)| were.get(cell).is_some_and(|it| it != text));
        changed.map(|(cell, ..)| cell.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(status: &str, age: &str) -> Targets {
        let mut targets = Targets::default();
        let row = RowKey("web-1".into());
        for (column, text) in [("status", status), ("age", age)] {
            targets.cell(&row, column, Rect::default(), std::iter::once(text));
        }
        targets
    }

    #[test]
    fn what_changed_is_told_and_what_always_does_is_not() {
        let changed = drawn("Failed", "2 s").changed_since(&drawn("Running", "1 s"));
        assert_eq!(changed, [Cell { row: RowKey("web-1".into()), column: "status".into() }]);
        assert!(drawn("Running", "2 s").changed_since(&drawn("Running", "1 s")).is_empty());
        assert!(drawn("Running", "2 s").changed_since(&drawn("?", "1 s")).is_empty());
        assert!(drawn("Running", "2 s").changed_since(&Targets::default()).is_empty());
    }
}
