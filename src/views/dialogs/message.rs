//! The message of a commit, in one line, with one proposed.

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use app::Prompt;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let inner = float("Commit", 88, 6, theme, area, buf);
    let mut rows = inner.rows().skip(1);
    if let Some(line) = rows.next() {
        // A long message is shown around its cursor.
        let skip = prompt.cursor.saturating_sub(usize::from(line.width).saturating_sub(4));
        let shown: String = prompt.text.chars().skip(skip).collect();
        Words::new(theme).say(Role::Text, shown).gap(1).line().render(line, buf);
        let x = line.x + u16::try_from(prompt.cursor - skip.min(prompt.cursor)).unwrap_or(0);
        if x < line.right() {
            buf.set_style(Rect { x, width: 1, ..line }, theme.cursor());
        }
    }
    if let Some(line) = rows.nth(1) {
        Words::new(theme)
            .say(Role::Key, "enter")
            .say(Role::Faint, " commits on top of the remote branch; nothing is published   ")
            .say(Role::Key, "esc")
            .say(Role::Faint, " cancel")
            .line()
            .render(line, buf);
    }
}
