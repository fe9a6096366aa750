//! One object: its tabs, and what the open one shows.

use super::rows;
use crate::widgets::{self, Words, nothing, spread};
use crate::{Role, Targets, Theme};
use app::queries::{object, text};
use app::{Model, Tab};
use domain::ObjectRef;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(crate) fn draw(
    model: &Model,
    it: &ObjectRef,
    tab: Tab,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    if area.height < 3 {
        return;
    }
    let head = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    let left = Words::new(theme).say(Role::Faint, it.kind.clone()).gap(1).say(Role::Strong, it.name.clone());
    let left =
        if it.namespace.is_empty() { left } else { left.gap(2).say(Role::Faint, it.namespace.clone()) };
    let mut tabs = Words::new(theme);
    for other in Tab::of(it) {
        let role = if *other == tab { Role::Accent } else { Role::Faint };
        tabs = tabs.gap(2).say(role, other.title());
    }
    spread(left.line(), tabs.line(), head, buf);
    let body = Rect { y: area.y + 2, height: area.height - 2, ..area };
    let inset = Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body };
    match tab {
        Tab::Events => rows::draw_list(model, theme, body, buf, targets),
        Tab::Logs => draw_lines(model, theme, inset, buf, targets),
        Tab::Overview | Tab::Yaml => match object::nothing(model) {
            Some(words) => nothing(&words, theme, body, buf),
            None => draw_text(model, theme, inset, buf, targets),
        },
    }
}

/// The logs of several pods.
pub(crate) fn draw_logs(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let inset = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    draw_lines(model, theme, inset, buf, targets);
}

fn draw_text(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    if let Some(it) = text::text(model) {
        widgets::text(&it, &list, theme, area, buf, targets);
    }
}

/// A log under a line that says how it is read.
pub(super) fn draw_lines(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let [head, body] = [
        Rect { height: 1.min(area.height), ..area },
        Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area },
    ];
    let Some(text::Text::Log(book)) = text::text(model) else {
        nothing(&object::no_lines(model).unwrap_or_default(), theme, body, buf);
        return;
    };
    let how = match (book.ended, list.paused, list.previous) {
        (_, _, true) => "the former run",
        (true, ..) => "it has ended",
        (_, true, _) => "stands still, f follows",
        _ => "follows",
    };
    let mut left = Words::new(theme).say(Role::Faint, how);
    if !list.filter.is_empty() {
        left = left.gap(3).say(Role::Faint, "filter: ").say(Role::Accent, list.filter.clone());
    }
    let count = app::queries::rows::grouped(book.end() - book.first());
    spread(left.line(), Words::new(theme).say(Role::Faint, format!("{count} lines")).line(), head, buf);
    if book.end() == book.first() {
        nothing(&object::no_lines(model).unwrap_or_default(), theme, body, buf);
    }
    widgets::log(book, &list, &model.settings, theme, body, buf, targets);
}
