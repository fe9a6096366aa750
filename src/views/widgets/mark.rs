//! A mark has a shape as well as a colour, so that it can be read without one.

use crate::{Role, Theme};
use app::queries::fleet::Mark;
use ratatui::text::Span;

pub(crate) fn mark(it: Mark, theme: &Theme) -> Span<'static> {
    let (shape, plain, role) = match it {
        Mark::Good => ("●", "*", Role::Good),
        Mark::UnderWay => ("◐", "~", Role::Wait),
        Mark::Problem => ("▲", "!", Role::Bad),
        Mark::Lost => ("✖", "x", Role::Bad),
        Mark::NotConfigured => ("○", "o", Role::Faint),
        Mark::Nothing => ("·", ".", Role::Faint),
    };
    Span::styled(if theme.ascii { plain } else { shape }, theme.fg(role))
}
