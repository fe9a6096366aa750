//! The desired side alone: what Git declares, on a page of which nothing is heard.

use crate::widgets::{Cell, Column, Table, Width, Words, mark};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::desired::{Desired, MARK};
use app::queries::words::count;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(
    model: &Model,
    desired: Desired,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    if area.height < 3 || area.width < 10 {
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    let commit = model.world.sources.as_ref().map(|it| it.commit.short().to_owned()).unwrap_or_default();
    let number = count(desired.rows.len(), "thing is declared", "things are declared");
    let mut head = Words::new(theme).say(Role::Text, format!("{number} in {commit}"));
    if !list.filter.is_empty() {
        head = head.say(Role::Faint, format!("   filter: {}", list.filter));
    }
    head.line().render(inner, buf);
    let unheard = Words::new(theme).say(Role::Faint, format!("nothing live: {}", desired.unheard));
    unheard.line().render(Rect { y: inner.y + 1, ..inner }, buf);
    let last = desired.columns.len().saturating_sub(1);
    let columns: Vec<Column> = desired
        .columns
        .iter()
        .enumerate()
        .map(|(at, title)| {
            Column::left(*title, if at == 0 || at == last { Width::Share(3) } else { Width::Share(2) })
        })
        .collect();
    let table =
        Table { theme, columns: &columns, sort: None, selected: list.selected.as_ref(), focused: true };
    let body = Rect { y: area.y + 3.min(area.height), height: area.height.saturating_sub(3), ..area };
    let rows = desired.rows.into_iter().skip(list.top).map(|row| {
        let role = if row.active { Role::Text } else { Role::Faint };
        let cells = row.cells.into_iter().enumerate().map(|(at, text)| {
            let first = at == 0 && !row.active;
            let text = if first { format!("{text} (not active)") } else { text };
            Cell::new(theme, if at == last { Role::Faint } else { role }, text)
        });
        (row.key, mark(MARK, theme), cells.collect())
    });
    table.draw(rows, body, buf, targets);
}
