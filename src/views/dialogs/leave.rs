//! Leave the cockpit?

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let inner = float("Leave", 44, 4, theme, area, buf);
    let words = Words::new(theme)
        .say(Role::Key, "q")
        .say(Role::Faint, " leave the cockpit   ")
        .say(Role::Key, "esc")
        .say(Role::Faint, " stay");
    let line = Rect { y: inner.y + inner.height / 2, height: 1.min(inner.height), ..inner };
    words.line().render(line, buf);
}
