//! Help: what every key does here, from the keymap and the action list.

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use app::{Model, Scope};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let here = Scope::Page(model.screen.place.page());
    let mut bound: Vec<_> = model
        .settings
        .keymap
        .bindings()
        .filter(|(scope, ..)| *scope == here || *scope == Scope::Global)
        .collect();
    bound.sort_by_key(|(scope, keys, action)| (*scope == Scope::Global, *action, keys.len()));
    let inner =
        float(&format!("Keys on {}", model.screen.place.page().title()), 100, area.height, theme, area, buf);
    for (line, (_, keys, action)) in inner.rows().zip(bound) {
        Words::new(theme)
            .say(Role::Key, format!("{keys:<10}"))
            .say(Role::Text, format!("{:<16}", action.title()))
            .say(Role::Faint, action.help())
            .line()
            .render(line, buf);
    }
}
