//! The frame around what floats; nothing else on the screen has one.

use crate::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

/// A frame of at most `width` by `height` cells in the middle of `area`; answers the room inside.
pub(crate) fn float(
    title: &str,
    width: u16,
    height: u16,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    Clear.render(place, buf);
    let block = Block::bordered()
        .title(format!(" {title} "))
        .title_style(theme.fg(Role::Strong))
        .border_style(theme.fg(Role::Rule))
        .style(theme.bg(Role::FloatGround).patch(theme.fg(Role::Text)));
    let inner = block.inner(place);
    block.render(place, buf);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}
