//! The objects of one kind: a heading, and the rows in sight under columns that are as wide as they need to be.

use crate::widgets::{Cell, Column, Table, Width, Words, mark, nothing, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::fleet::Mark;
use app::queries::rows;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if area.height < 2 {
        return;
    }
    let head = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    draw_heading(model, theme, head, buf);
    draw_list(model, theme, Rect { y: area.y + 1, height: area.height - 1, ..area }, buf, targets);
}

fn draw_heading(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let heading = rows::heading(model);
    let marked = model.screen.listing().map_or(0, |list| list.marked.len());
    let mut left = Words::new(theme)
        .say(Role::Strong, heading.title.to_uppercase())
        .gap(1)
        .say(Role::Text, heading.count)
        .gap(3)
        .say(Role::Faint, heading.place);
    if !heading.filter.is_empty() {
        left = left.gap(3).say(Role::Faint, "filter: ").say(Role::Accent, heading.filter);
        if heading.alike {
            left = left.say(Role::Wait, "   nothing holds it; these are like it");
        }
    }
    if marked > 0 {
        left = left.gap(3).say(Role::Key, format!("{marked} marked"));
    }
    let right = Words::new(theme).say(Role::Bad, heading.trouble.unwrap_or_default());
    spread(left.line(), right.line(), area, buf);
}

/// The list alone; the events of an object use it too.
pub(super) fn draw_list(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if let Some(words) = rows::nothing(model) {
        targets.rows = area.height.saturating_sub(1);
        nothing(&words, theme, area, buf);
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let shown = fitted(rows::columns(model), area.width.saturating_sub(6));
    let columns: Vec<Column> = shown
        .iter()
        .map(|it| Column { title: it.title.clone().into(), width: Width::Cells(it.width), right: it.right })
        .collect();
    let sort = list.sort.and_then(|(number, descending)| {
        Some((shown.iter().position(|it| it.number == number)?, descending))
    });
    let table = Table { theme, columns: &columns, sort, selected: list.selected.as_ref(), focused: true };
    let height = usize::from(area.height.saturating_sub(1));
    let lines = rows::in_sight(model, &shown, list.top, height).map(|row| {
        let cells = shown
            .iter()
            .zip(row.values)
            .map(|(column, value)| Cell::new(theme, role(column.title.as_str(), row.mark), value));
        let shape =
            if row.marked { Span::styled("+", theme.fg(Role::Accent)) } else { mark(row.mark, theme) };
        (row.key, shape, cells.collect())
    });
    table.draw(lines, area, buf, targets);
}

fn role(column: &str, mark: Mark) -> Role {
    match (column, mark) {
        ("name", Mark::Problem) => Role::Strong,
        ("status" | "type" | "reason" | "ready", Mark::Problem) => Role::Bad,
        ("status" | "ready", Mark::UnderWay) => Role::Wait,
        ("name" | "status" | "ready" | "message" | "reason", _) => Role::Text,
        _ => Role::Faint,
    }
}

/// The columns that fit into `room` cells: those of little worth are left out first, then the widest are cut.
fn fitted(mut columns: Vec<rows::Column>, room: u16) -> Vec<rows::Column> {
    let room = usize::from(room);
    let needed = |columns: &[rows::Column]| {
        columns.iter().map(|it| usize::from(it.width)).sum::<usize>() + 2 * columns.len().saturating_sub(1)
    };
    while needed(&columns) > room {
        let Some(at) = columns.iter().rposition(|it| it.priority > 0) else { break };
        columns.remove(at);
    }
    // Rather than cut names to their beginnings, leave out what the object tells when it is opened.
    let kept = ["namespace", "name", "ready", "status", "restarts", "age", "type", "reason", "message"];
    let named = columns.iter().find(|it| it.title == "name").map_or(0, |it| usize::from(it.width));
    while needed(&columns) > room + named.saturating_sub(34) {
        let Some(at) = columns.iter().rposition(|it| !kept.contains(&it.title.as_str())) else { break };
        columns.remove(at);
    }
    let mut over = needed(&columns).saturating_sub(room);
    while over > 0 {
        // Long namespaces are cut first, then names, what a row says of itself last.
        let wide =
            |title: &str, least: u16| columns.iter().position(|it| it.title == title && it.width > least);
        let widest = (0..columns.len()).max_by_key(|at| columns.get(*at).map_or(0, |it| it.width));
        let at = wide("namespace", 12).or(wide("name", 20)).or(widest);
        let Some(widest) = at.and_then(|at| columns.get_mut(at)).filter(|it| it.width > 8) else { break };
        widest.width -= 1;
        over -= 1;
    }
    // What is left over goes to the last column of words, so that messages can be read.
    let spare = room.saturating_sub(needed(&columns));
    if let Some(last) = columns.last_mut().filter(|it| !it.right) {
        last.width = last.width.saturating_add(u16::try_from(spare).unwrap_or(0));
    }
    columns
}
