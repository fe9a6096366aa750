//! What there is to know of the selected line, hung on a margin.

use crate::widgets::Words;
use crate::{Role, Theme};
use app::queries::machines::Detail;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

pub(crate) fn draw(detail: &Detail, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.height == 0 || detail.title.is_empty() {
        return;
    }
    let wide = u16::try_from(detail.title.chars().count()).unwrap_or(u16::MAX);
    let margin = if area.width < 104 { 0 } else { wide.clamp(13, 26) + 2 };
    let title = Rect { x: area.x + 2, width: wide.min(area.width.saturating_sub(4)), height: 1, ..area };
    let lines: Vec<Line<'_>> = detail.lines.iter().map(|it| Words::new(theme).phrase(it).line()).collect();
    let inner = Rect { x: area.x + 2 + margin, width: area.width.saturating_sub(4 + margin), ..area };
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buf);
    // Where there is no margin for it, the selected line above says what this is about.
    if margin > 0 {
        Words::new(theme).say(Role::Faint, detail.title.clone()).line().render(title, buf);
    }
    let written = Words::new(theme).say(Role::Faint, detail.written.clone());
    let width = u16::try_from(written.width()).unwrap_or(0);
    if width > 0 && width + 40 < area.width {
        let place = Rect { x: area.right().saturating_sub(width + 2), width, height: 1, ..area };
        written.line().render(place, buf);
    }
}
