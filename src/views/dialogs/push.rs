//! Publish? Shows the branch, the commit and what it rolls. Only `y` says yes; everything else is Cancel.

use super::float::float;
use crate::widgets::{Words, spread};
use crate::{Role, Theme};
use app::queries::changes;
use app::{DraftId, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, id: DraftId, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let said = changes::push_question(model, id).unwrap_or_default();
    let inner = float("Push", 90, said.len() as u16 + 6, theme, area, buf);
    for (line, phrase) in inner.rows().skip(1).zip(&said) {
        Words::new(theme).phrase(phrase).line().render(line, buf);
    }
    if let Some(line) = inner.rows().next_back() {
        let cancel = Words::new(theme).say(Role::Accent, "> Cancel").say(Role::Faint, "  esc");
        let yes = Words::new(theme).say(Role::Key, "y").say(Role::Strong, " push it");
        spread(cancel.line(), yes.line(), line, buf);
    }
}
