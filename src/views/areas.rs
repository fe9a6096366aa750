//! Parts of an area: what is left below some rows, its first row, and the text's place between the margins.

use ratatui::layout::Rect;

/// Empty columns at either side of the text.
const MARGIN: u16 = 2;

/// What is left below so many rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

pub fn first(area: Rect) -> Rect {
    Rect { height: area.height.min(1), ..area }
}

pub fn inset(area: Rect) -> Rect {
    Rect { x: area.x + MARGIN.min(area.width), width: area.width.saturating_sub(2 * MARGIN), ..area }
}
