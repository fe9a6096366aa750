//! Resources: every kind the server has, family by family.

use crate::widgets::{Cell, Column, Table, Width, nothing};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::{resources, sources};
use domain::Source;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let rows = resources::kinds(model);
    let list = model.screen.listing().cloned().unwrap_or_default();
    if rows.is_empty() {
        let words = match list.filter.is_empty() {
            false => "no kind matches; esc shows them all".to_owned(),
            true => sources::unheard(model, Source::Kube)
                .unwrap_or_else(|| "asking the server which kinds it has".into()),
        };
        nothing(&words, theme, area, buf);
    }
    let columns = [
        Column::left("kind", Width::Share(3)),
        Column::right("count", Width::Cells(8)),
        Column::left("group", Width::Share(3)),
        Column::left("version", Width::Cells(10)),
        Column::left("scope", Width::Cells(10)),
        Column::left("short", Width::Cells(12)),
        Column::left("", Width::Cells(10)),
    ];
    let table =
        Table { theme, columns: &columns, sort: list.sort, selected: list.selected.as_ref(), focused: true };
    let lines = rows.into_iter().skip(list.top).map(|row| {
        let cells = vec![
            Cell::new(theme, Role::Text, row.plural),
            Cell::new(theme, if row.count == "0" { Role::Faint } else { Role::Text }, row.count),
            Cell::new(theme, Role::Faint, row.group),
            Cell::new(theme, Role::Faint, row.version),
            Cell::new(theme, Role::Faint, row.scope),
            Cell::new(theme, Role::Key, row.short),
            Cell::new(theme, Role::Accent, row.family.unwrap_or_default()),
        ];
        (row.key, Span::raw(" "), cells)
    });
    table.draw(lines, area, buf, targets);
}
