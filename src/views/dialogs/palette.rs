//! The palette: type what you want, enter does it.

use super::float::float;
use crate::widgets::{Words, spread};
use crate::{Role, Theme};
use app::queries::palette::offers;
use app::{Model, Prompt};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let offers = offers(model, &prompt.text);
    let height = (offers.len().max(1) as u16 + 3).clamp(6, 22);
    let inner = float("Palette", 84, height, theme, area, buf);
    let mut lines = inner.rows();
    let Some(head) = lines.next() else { return };
    let words =
        Words::new(theme).say(Role::Key, ":").say(Role::Text, prompt.text.clone()).say(Role::Accent, "▏");
    words.line().render(head, buf);
    if offers.is_empty()
        && let Some(line) = inner.rows().nth(1)
    {
        Words::new(theme).say(Role::Faint, "nothing is called that").line().render(line, buf);
    }
    let top = prompt.choice.saturating_sub(usize::from(inner.height.saturating_sub(2)));
    for (line, (at, offer)) in lines.zip(offers.iter().enumerate().skip(top)) {
        if at == prompt.choice {
            buf.set_style(line, theme.bg(Role::SelectedGround));
        }
        let left = Words::new(theme)
            .say(Role::Text, format!("{:<18} ", offer.title))
            .say(Role::Faint, offer.refused.clone().unwrap_or_else(|| offer.help.clone()));
        spread(left.line(), Words::new(theme).say(Role::Key, offer.keys.clone()).line(), line, buf);
    }
}
