//! What stands where rows would, in words.

use super::Words;
use crate::{Role, Theme};
use app::queries::words::Phrase;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

/// Below why there is nothing live: what Git declares all the same. Drawn from the top of the area.
pub(crate) fn declared(lines: &[Phrase], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let place = Rect { x: area.x + 4.min(area.width), width: area.width.saturating_sub(6), ..area };
    for (row, phrase) in place.rows().zip(lines) {
        Words::new(theme).phrase(phrase).line().render(row, buf);
    }
}

/// One or more lines in the middle of nothing.
pub(crate) fn nothing(words: &str, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let place = Rect {
        x: area.x + 4.min(area.width),
        y: area.y + (area.height / 4).min(3).min(area.height.saturating_sub(1)),
        width: area.width.saturating_sub(8),
        height: area.height.saturating_sub((area.height / 4).min(3)),
    };
    Paragraph::new(words).style(theme.fg(Role::Faint)).wrap(Wrap { trim: true }).render(place, buf);
}
