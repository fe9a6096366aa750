//! Timeline: everything that happened, the newest first.

use crate::widgets::{Cell, Column, Table, Width};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let columns = [
        Column::left("time", Width::Cells(8)),
        Column::left("source", Width::Cells(7)),
        Column::left("what", Width::Share(1)),
        Column::left("happened", Width::Share(2)),
    ];
    let table =
        Table { theme, columns: &columns, sort: list.sort, selected: list.selected.as_ref(), focused: true };
    let rows = timeline::shown(model).into_iter().skip(list.top).map(|it| {
        let cells = vec![
            Cell::new(theme, Role::Faint, timeline::when(model, it.at)),
            Cell::new(theme, Role::Faint, it.lane),
            Cell::new(theme, Role::Text, it.about),
            Cell::new(theme, Role::Text, it.says),
        ];
        (it.key, Span::raw(""), cells)
    });
    table.draw(rows, area, buf, targets);
}
