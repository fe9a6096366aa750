//! The copy picker: what can be copied of the thing that is selected; enter takes the lit one.

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use app::queries::copies::offers;
use app::{Model, Prompt};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let offers = offers(model, &prompt.text);
    let height = (offers.len().max(1) as u16 + 4).clamp(6, 18);
    let inner = float("Copy", 76, height, theme, area, buf);
    let mut lines = inner.rows();
    let Some(head) = lines.next() else { return };
    let mut words = Words::new(theme);
    if prompt.text.is_empty() {
        words = words.say(Role::Key, "enter").say(Role::Faint, " copies   type to narrow");
    } else {
        words = words.say(Role::Text, prompt.text.clone()).say(Role::Accent, "▏");
    }
    words.line().render(head, buf);
    lines.next();
    if offers.is_empty()
        && let Some(line) = lines.next()
    {
        return Words::new(theme).say(Role::Faint, "nothing here is called that").line().render(line, buf);
    }
    let room = usize::from(inner.height.saturating_sub(2)).max(1);
    let chosen = prompt.choice.min(offers.len().saturating_sub(1));
    let top = (chosen + 1).saturating_sub(room);
    for (line, (at, offer)) in lines.zip(offers.iter().enumerate().skip(top)) {
        if at == chosen {
            buf.set_style(line, theme.bg(Role::SelectedGround));
        }
        let many = offer.text.lines().count();
        let shown = match many {
            0 | 1 => offer.text.clone(),
            _ => format!("{many} lines"),
        };
        Words::new(theme)
            .say(Role::Faint, format!("{:<20} ", offer.what))
            .say(if many > 1 { Role::Faint } else { Role::Text }, shown)
            .line()
            .render(line, buf);
    }
}
