//! Delivery: what Argo CD and Flux deliver, in one list, and the selected one in detail below.

use crate::widgets::{Cell, Column, Table, Width, Words, mark, nothing, rule, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::deliveries::{self, DeliveryRow, Detail};
use app::queries::words::Phrase;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if area.height < 3 || area.width < 10 {
        return;
    }
    let rows = deliveries::rows(model);
    let list = model.screen.listing().cloned().unwrap_or_default();
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let filter = if list.filter.is_empty() { String::new() } else { format!("filter: {}", list.filter) };
    let head = Words::new(theme).phrase(&deliveries::summary(model));
    spread(head.line(), Words::new(theme).say(Role::Faint, filter).line(), Rect { height: 1, ..inner }, buf);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if rows.is_empty() {
        nothing(&deliveries::silence(model), theme, body, buf);
        return;
    }
    let selected =
        list.selected.as_ref().and_then(|key| rows.iter().find(|it| it.key == *key)).or(rows.first());
    let detail = selected.map(|it| deliveries::detail(model, &it.object)).unwrap_or_default();
    if model.screen.zoomed && model.screen.pane() == 1 {
        draw_detail(&detail, theme, body, buf);
        return;
    }
    let wanted = u16::try_from(rows.len() + 1).unwrap_or(u16::MAX);
    let detail_wanted = detail.sections.iter().map(|(_, lines)| lines.len()).sum::<usize>() + 2;
    let below = u16::try_from(detail_wanted).unwrap_or(u16::MAX).min(body.height * 2 / 5);
    let height =
        if model.screen.zoomed { body.height } else { wanted.min(body.height.saturating_sub(below + 1)) };
    let table_area = Rect { height, ..body };
    table(model, rows, theme, table_area, buf, targets);
    let from = table_area.bottom();
    if from + 1 < body.bottom() {
        rule(theme, Rect { y: from, height: 1, ..body }, buf);
        draw_detail(&detail, theme, Rect { y: from + 1, height: body.bottom() - from - 1, ..body }, buf);
    }
}

fn table(
    model: &Model,
    rows: Vec<DeliveryRow>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let narrow = area.width < 100;
    // On a narrow screen the detail below tells where an application comes from.
    let mut columns = vec![
        Column::left("name", Width::Share(3)),
        Column::left("engine", Width::Cells(6)),
        Column::left("sync", Width::Cells(12)),
        Column::left("health", Width::Cells(11)),
        Column::left("revision", Width::Cells(18)),
    ];
    if !narrow {
        columns.push(Column::right("drift", Width::Cells(5)));
        columns.push(Column::left("source", Width::Share(4)));
    }
    let table = Table {
        theme,
        columns: &columns,
        sort: list.sort,
        selected: list.selected.as_ref(),
        focused: model.screen.pane() == 0,
    };
    let spans = |phrase: &Phrase| -> Cell<'_> {
        let line = Words::new(theme).phrase(phrase).line();
        Cell::of(line.spans.into_iter().map(|it| Span::styled(it.content.into_owned(), it.style)).collect())
    };
    let lines = rows.into_iter().skip(list.top).map(|row| {
        let mut cells = vec![
            Cell::new(theme, Role::Text, format!("{}{}", "  ".repeat(row.depth.min(4)), row.name)),
            Cell::new(theme, Role::Faint, row.engine),
            spans(&row.sync),
            spans(&row.health),
            spans(&row.revision),
        ];
        if !narrow {
            cells.push(match row.drift {
                0 => Cell::new(theme, Role::Faint, "·"),
                many => Cell::new(theme, Role::Wait, many.to_string()),
            });
            cells.push(Cell::new(theme, Role::Faint, row.source));
        }
        (row.key, mark(row.mark, theme), cells)
    });
    table.draw(lines, area, buf, targets);
}

fn draw_detail(detail: &Detail, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let mut lines: Vec<Line<'_>> = vec![Words::new(theme).phrase(&detail.title).line()];
    for (title, of) in &detail.sections {
        for (at, phrase) in of.iter().enumerate() {
            let head = if at == 0 { *title } else { "" };
            lines.push(Words::new(theme).say(Role::Faint, format!("{head:<11}")).phrase(phrase).line());
        }
    }
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buf);
}
