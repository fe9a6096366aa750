//! How well each source is heard, by which credentials it is asked, and why a part of it is not there.

use super::float::float;
use crate::widgets::{Words, mark};
use crate::{Role, Theme};
use app::Model;
use app::queries::{ages, sources};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

/// So many parts of one source are named; the others are counted.
const PARTS: usize = 6;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for account in sources::accounts(model) {
        let (source, parts) = (&account.mark, &account.parts);
        let words = Words::new(theme).span(mark(source.mark, theme)).gap(1);
        let words = words.say(Role::Strong, format!("{:<8}", source.source.word()));
        lines.push(words.say(Role::Text, source.says.clone()).line());
        if !source.access.is_empty() {
            lines.push(Words::new(theme).gap(10).say(Role::Faint, source.access.clone()).line());
        }
        for (part, why, heard) in parts.iter().take(PARTS) {
            let heard = heard.map(|at| format!(", heard {} ago", ages::short(model.now.since(at))));
            let words = Words::new(theme).gap(10).say(Role::Text, part.clone());
            lines.push(words.say(Role::Faint, format!("  {why}{}", heard.unwrap_or_default())).line());
        }
        if parts.len() > PARTS {
            let more = format!("and {} more", parts.len() - PARTS);
            lines.push(Words::new(theme).gap(10).say(Role::Faint, more).line());
        }
    }
    let width = area.width.saturating_sub(4).min(130);
    let room = usize::from(width.saturating_sub(4)).max(1);
    let height: usize = lines.iter().map(|it| it.width().div_ceil(room).max(1)).sum::<usize>() + 2;
    let height = u16::try_from(height).unwrap_or(u16::MAX);
    let inner = float("Sources", width, height, theme, area, buf);
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buf);
}
