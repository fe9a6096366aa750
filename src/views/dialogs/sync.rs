//! Sync now? Shows what it would change. Only `y` says yes; everything else is Cancel.

use super::float::float;
use crate::widgets::{Words, spread};
use crate::{Role, Theme};
use app::Model;
use app::queries::deliveries::sync_question;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let said = sync_question(model);
    let inner = float("Sync", 76, said.len() as u16 + 6, theme, area, buf);
    for (line, phrase) in inner.rows().skip(1).zip(&said) {
        Words::new(theme).phrase(phrase).line().render(line, buf);
    }
    if let Some(line) = inner.rows().next_back() {
        let cancel = Words::new(theme).say(Role::Accent, "> Cancel").say(Role::Faint, "  esc");
        let yes = Words::new(theme).say(Role::Key, "y").say(Role::Strong, " sync it");
        spread(cancel.line(), yes.line(), line, buf);
    }
}
