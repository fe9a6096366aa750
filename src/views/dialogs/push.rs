//! Publish? Shows the branch, the commit and what it rolls. Only `y` says yes; everything else is Cancel.

use super::float::float;
use crate::widgets::{Words, fitted, spread};
use crate::{Role, Theme};
use app::queries::words::Phrase;
use app::queries::{changes, proposal};
use app::{DraftId, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, id: DraftId, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let said = changes::push_question(model, id).unwrap_or_default();
    let inner = float("Push", 90, said.len() as u16 + 6, theme, area, buf);
    body(&said, theme, inner, buf);
    if let Some(line) = inner.rows().next_back() {
        let cancel = Words::new(theme).say(Role::Accent, "> Cancel").say(Role::Faint, "  esc");
        let yes = Words::new(theme)
            .say(Role::Key, "y")
            .say(Role::Strong, if proposal::is_the_way(model) { " offer it" } else { " push it" });
        spread(cancel.line(), yes.line(), line, buf);
    }
}

/// All but the last two lines of the box, which are for the answers; what does not fit is counted.
fn body(said: &[Phrase], theme: &Theme, inner: Rect, buf: &mut Buffer) {
    let above = u16::from(inner.height > 3);
    let room = usize::from(inner.height.saturating_sub(above + 2).max(1));
    let seen = if said.len() > room { room - 1 } else { said.len() };
    let mut rows = inner.rows().skip(usize::from(above));
    for (phrase, line) in said.iter().take(seen).zip(rows.by_ref()) {
        fitted(phrase, theme, line, buf);
    }
    if seen < said.len()
        && let Some(line) = rows.next()
    {
        let more = format!("{} more lines in a taller terminal", said.len() - seen);
        Words::new(theme).say(Role::Wait, more).line().render(line, buf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_never_written_over() {
        let theme = Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
        let said: Vec<Phrase> = (0..20).map(|at| Phrase::new().plain(format!("line {at}"))).collect();
        let area = Rect::new(0, 0, 60, 10);
        let mut buf = Buffer::empty(area);
        body(&said, &theme, area, &mut buf);
        let row = |y: u16| (0..60).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>();
        assert_eq!(row(6).trim(), "line 5");
        assert_eq!(row(7).trim(), "14 more lines in a taller terminal");
        assert_eq!((row(8).trim(), row(9).trim()), ("", ""));
    }
}
