//! What stands where rows would, in words.

use crate::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

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
