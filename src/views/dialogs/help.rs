//! Help: what every key does here, from the keymap and the action list. The keys of one action stand together, those
//! of this screen first.

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use app::queries::help;
use app::{Model, Scope};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// From here on two columns stand side by side.
const TWO: u16 = 130;

pub(crate) fn draw(model: &Model, top: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let lines = help::lines(model);
    let columns: u16 = if area.width >= TWO { 2 } else { 1 };
    let wanted = lines.len().div_ceil(columns.into()) as u16 + 2;
    let title = format!("Keys on {}", model.screen.place.page().title());
    let inner = float(&title, 92 * columns, wanted, theme, area, buf);
    let height = usize::from(inner.height);
    let seen = height * usize::from(columns);
    let top = top.min(lines.len().saturating_sub(seen));
    let wide = inner.width / columns;
    for (at, line) in lines.iter().skip(top).take(seen).enumerate() {
        let (column, row) = ((at / height.max(1)) as u16, (at % height.max(1)) as u16);
        let place =
            Rect { x: inner.x + column * wide, y: inner.y + row, width: wide.saturating_sub(2), height: 1 };
        let words = match line {
            help::Line::Title(scope) => Words::new(theme).say(
                Role::Faint,
                match scope {
                    Scope::Global => "EVERYWHERE",
                    _ => "HERE",
                },
            ),
            help::Line::Blank => Words::new(theme),
            help::Line::Action { keys, title, help } => Words::new(theme)
                .say(Role::Key, format!("{keys:<12} "))
                .say(Role::Text, format!("{title:<15} "))
                .say(Role::Faint, cut(help, usize::from(place.width).saturating_sub(29))),
        };
        words.line().render(place, buf);
    }
    if lines.len() > top + seen {
        let more = format!(" {} more below ", lines.len() - top - seen);
        let x = (inner.right() + 1).saturating_sub(more.chars().count() as u16 + 1);
        buf.set_stringn(x, inner.bottom(), &more, usize::from(inner.width), theme.fg(Role::Accent));
    }
}

/// As much of a sentence as fits, with an ellipsis where it is not all of it.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
