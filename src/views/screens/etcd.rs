//! Etcd: the members, what the quorum is worth, and what would be left without the selected one.

use crate::widgets::{Cell, Column, Table, Width, Words, mark, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::ages;
use app::queries::etcd::{self, Answer, COLUMNS, MemberRow};
use app::queries::words::Phrase;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let answer = etcd::answer(model);
    let inner = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(4), ..area };
    let mut lines = inner.rows().skip(1);
    let Some(head) = lines.next() else { return };
    let left = Words::new(theme).say(Role::Strong, "ETCD").gap(3).phrase(&answer.head);
    spread(left.line(), Words::new(theme).say(Role::Faint, answer.log.clone()).line(), head, buf);
    let top = area.y + 3;
    let notes_below = area.width < 100;
    let sentences = sentences(&answer, notes_below);
    let wanted = answer.rows.len() as u16 + 1;
    let room = area.bottom().saturating_sub(top + sentences.len() as u16 + 1).max(2);
    let table_area = Rect {
        y: top.min(area.bottom()),
        height: wanted.min(room).min(area.bottom().saturating_sub(top)),
        ..area
    };
    if !answer.rows.is_empty() {
        table(model, &answer, !notes_below, theme, table_area, buf, targets);
    }
    let below = inner.rows().skip(usize::from(table_area.bottom().saturating_sub(area.y)) + 1);
    for (line, phrase) in below.zip(&sentences) {
        Words::new(theme).phrase(phrase).line().render(line, buf);
    }
}

/// What stands under the table; where that is narrow, its notes too.
fn sentences(answer: &Answer, notes_below: bool) -> Vec<Phrase> {
    let mut said = Vec::new();
    if notes_below {
        let noted = answer.rows.iter().filter(|row| !row.note.is_empty());
        said.extend(noted.map(|row| {
            let mut phrase = row.machine.clone().faint("   ");
            phrase.0.extend(row.note.0.iter().cloned());
            phrase
        }));
    }
    said.extend(answer.sentences.iter().cloned());
    if let Some((size, quota)) = answer.fill {
        let share = size.saturating_mul(100) / quota.max(1);
        let phrase =
            Phrase::new().faint("Database ").plain(ages::bytes(size)).faint(" of ").plain(ages::bytes(quota));
        said.push(phrase.faint(format!(", {share} %.")));
    }
    said
}

fn table(
    model: &Model,
    answer: &Answer,
    notes: bool,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let title = |at: usize| COLUMNS.get(at).copied().unwrap_or_default();
    let machine =
        answer.rows.iter().map(|it| it.machine.text().chars().count()).max().unwrap_or(0).clamp(12, 28)
            as u16;
    let mut columns = vec![
        Column::left(title(0), Width::Cells(16)),
        Column::left(title(1), Width::Cells(machine)),
        Column::left(title(2), Width::Cells(11)),
        Column::right(title(3), Width::Cells(6)),
        Column::right(title(4), Width::Cells(8)),
        Column::right(title(5), Width::Cells(8)),
        Column::left(title(6), Width::Cells(8)),
    ];
    if notes {
        columns.push(Column::left("", Width::Share(1)));
    } else {
        // Too narrow for a member's number: its machine names it.
        columns.remove(0);
    }
    let sort = list
        .sort
        .and_then(|(by, down)| if notes { Some((by, down)) } else { Some((by.checked_sub(1)?, down)) });
    let table = Table { theme, columns: &columns, sort, selected: list.selected.as_ref(), focused: true };
    let lines = answer.rows.iter().skip(list.top).map(|row| {
        let mut cells = cells(row, theme);
        if notes {
            cells.push(phrase(&row.note, theme));
        } else {
            cells.remove(0);
        }
        (row.key.clone(), mark(row.mark, theme), cells)
    });
    table.draw(lines, area, buf, targets);
}

fn cells(row: &MemberRow, theme: &Theme) -> Vec<Cell<'static>> {
    let known = |it: &str| Cell::new(theme, if it == "?" { Role::Faint } else { Role::Text }, it.to_owned());
    vec![
        Cell::new(theme, Role::Faint, row.member.clone()),
        phrase(&row.machine, theme),
        phrase(&row.role, theme),
        known(&row.lag),
        known(&row.size),
        known(&row.in_use),
        known(&row.version),
    ]
}

fn phrase(it: &Phrase, theme: &Theme) -> Cell<'static> {
    Cell::of(
        Words::new(theme)
            .phrase(it)
            .line()
            .spans
            .into_iter()
            .map(|it| ratatui::text::Span::styled(it.content.into_owned(), it.style))
            .collect(),
    )
}
