//! What a commit would do to each node: the table, the detail of the selected node, and the roll as it goes.

use super::git::diff_line;
use crate::areas::{below, first, inset};
use crate::widgets::{Cell, Column, Table, Width, Words, fitted, mark};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::git::Shown;
use app::queries::plan::{self, PlanRow};
use app::queries::words::Phrase;
use domain::CommitId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Widget;

/// Below this width the detail stands under the table.
const NARROW: u16 = 120;

pub(crate) fn draw(
    model: &Model,
    commit: &CommitId,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let mut rest = below(area, 1);
    for phrase in plan::heading(model, commit) {
        fitted(&phrase, theme, first(inset(rest)), buf);
        rest = below(rest, 1);
    }
    rest = below(rest, 1);
    let rows = plan::table(model, commit);
    let roll = plan::roll(model, commit);
    if area.width >= NARROW {
        let left = rest.width * 52 / 100;
        let list = Rect { width: left.saturating_sub(1), ..rest };
        let divider = if theme.ascii { "|" } else { "│" };
        for y in rest.y..rest.bottom() {
            buf.set_stringn(rest.x + left, y, divider, 1, theme.fg(Role::Rule));
        }
        let height = (rows.len() as u16 + 1).min(list.height);
        table(model, rows, theme, Rect { height, ..list }, buf, targets);
        phrases(&roll, theme, below(list, height + 1), buf);
        detail(
            model,
            commit,
            theme,
            Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest },
            buf,
        );
        return;
    }
    // A roll that goes is worth more than the detail.
    let below_it = (roll.len() as u16).min(rest.height / 2);
    let height = (rows.len() as u16 + 1).min(rest.height - below_it);
    table(model, rows, theme, Rect { height, ..rest }, buf, targets);
    rest = below(rest, height + 1);
    match roll.is_empty() {
        true => detail(model, commit, theme, rest, buf),
        false => phrases(&roll, theme, rest, buf),
    }
}

fn table(
    model: &Model,
    rows: Vec<PlanRow>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let rolls = rows.iter().any(|it| !it.state.is_empty());
    let columns = [
        Column::left("node", Width::Cells(16)),
        Column::left("role", Width::Cells(13)),
        Column::left("effect", Width::Cells(16)),
        Column::left(if rolls { "state" } else { "fields" }, Width::Share(1)),
    ];
    let list = model.screen.listing().cloned().unwrap_or_default();
    let focused = model.screen.prompt.is_none();
    let table = Table { theme, columns: &columns, sort: None, selected: list.selected.as_ref(), focused };
    let rows = rows.into_iter().skip(list.top).map(|row| {
        let spans = |phrase: &Phrase| Cell::of(Words::new(theme).phrase(phrase).line().spans);
        let marked = Span::styled("+", theme.fg(Role::Accent));
        let state = match row.state.is_empty() {
            true => Cell::new(theme, Role::Faint, row.fields),
            false => spans(&row.state),
        };
        let cells = vec![
            Cell::new(theme, Role::Text, row.node),
            Cell::new(theme, Role::Faint, row.role),
            spans(&row.effect),
            state,
        ];
        (row.key, if row.marked { marked } else { mark(row.mark, theme) }, cells)
    });
    table.draw(rows, area, buf, targets);
}

fn phrases(lines: &[Phrase], theme: &Theme, area: Rect, buf: &mut Buffer) {
    // The newest gates stand at the end, and are what is looked for.
    let room = usize::from(area.height);
    let head = 1.min(lines.len());
    let skip = lines.len().saturating_sub(room.max(1));
    let seen = lines.iter().take(head).chain(lines.iter().skip(head + skip));
    for (line, phrase) in area.rows().zip(seen) {
        // What a gate saw is cut, not left out.
        Words::new(theme).phrase(phrase).line().render(inset(line), buf);
    }
}

fn detail(model: &Model, commit: &CommitId, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (lines, diff) = plan::detail(model, commit);
    let mut rest = area.rows();
    for (phrase, line) in lines.iter().zip(rest.by_ref()) {
        fitted(phrase, theme, inset(line), buf);
    }
    for (shown, line) in diff.iter().zip(rest) {
        diff_line(&Shown::Line(shown), theme, line, buf);
    }
}
