//! Nodes: every Talos node in one list.

use crate::widgets::{Cell, Column, Table, Width, mark};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::fleet;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let rows = fleet::rows(model);
    let list = model.screen.listing().cloned().unwrap_or_default();
    let columns = [
        Column::left("name", Width::Share(1)),
        Column::left("stage", Width::Cells(14)),
        Column::left("talos", Width::Cells(10)),
    ];
    let table = Table {
        theme,
        columns: &columns,
        sort: list.sort,
        selected: list.selected.as_ref(),
        focused: model.screen.pane() == 0,
    };
    let lines = rows.into_iter().skip(list.top).map(|row| {
        let cells = vec![
            Cell::new(theme, Role::Text, row.name),
            Cell::new(theme, Role::Faint, row.stage),
            Cell::new(theme, Role::Text, row.talos),
        ];
        (row.key, mark(row.mark, theme), cells)
    });
    table.draw(lines, area, buf, targets);
}
