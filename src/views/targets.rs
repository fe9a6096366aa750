//! What lies under the mouse, and how much of the list fits: what a drawing says back.

use app::{Action, RowKey};
use ratatui::layout::{Position, Rect};

#[derive(Debug, Clone, Default)]
pub struct Targets {
    places: Vec<(Rect, Target)>,
    /// Rows of the main list that fit on the screen.
    pub rows: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Action(Action),
    Row(RowKey),
}

impl Targets {
    pub fn add(&mut self, area: Rect, target: Target) {
        self.places.push((area, target));
    }

    /// The last drawn thing under a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<&Target> {
        let here = Position::new(column, row);
        self.places.iter().rev().find(|(area, _)| area.contains(here)).map(|(_, target)| target)
    }
}
