//! Drift: every field in which Git, the declared objects and what is live differ, and the selected one in full below.

use crate::widgets::{Cell, Column, Table, Width, Words, mark, rule, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::words::{Phrase, apart};
use app::queries::{ages, drift};
use domain::{Class, Difference, Said};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

/// Below this width who and since when are told in the detail alone.
const NARROW: u16 = 100;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if area.height < 3 || area.width < 10 {
        return;
    }
    let rows = drift::shown(model);
    let list = model.screen.listing().cloned().unwrap_or_default();
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let (left, right) = drift::summary(model);
    let left = Words::new(theme).phrase(&left);
    let left = match list.filter.is_empty() {
        true => left,
        false => left.say(Role::Faint, format!("   filter: {}", list.filter)),
    };
    spread(left.line(), Words::new(theme).phrase(&right).line(), Rect { height: 1, ..inner }, buf);
    let body = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    if rows.is_empty() {
        let nothing = (!list.filter.is_empty() && !model.drift.rows.is_empty())
            .then(|| Phrase::new().faint(format!("no difference matches `{}`; esc shows all", list.filter)));
        let phrases: Vec<Phrase> = nothing.into_iter().chain(drift::unknown(model)).collect();
        say(&phrases, theme, inner.intersection(body), buf);
        return;
    }
    let selected = list.selected.as_ref().and_then(|key| rows.iter().find(|it| it.key() == key.0));
    let (title, lines) = selected.or(rows.first()).map(|it| drift::detail(model, it)).unwrap_or_default();
    let wanted = u16::try_from(rows.len() + 1).unwrap_or(u16::MAX);
    let below = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(body.height * 3 / 5);
    let height = match model.screen.zoomed {
        true => body.height,
        false => wanted.min(body.height.saturating_sub(below + 1)).max(2),
    };
    let table_area = Rect { height: height.min(body.height), ..body };
    table(model, rows, theme, table_area, buf, targets);
    let from = table_area.bottom();
    if from + 1 < body.bottom() {
        rule(theme, Rect { y: from, height: 1, ..body }, buf);
        let area = Rect { y: from + 1, height: body.bottom() - from - 1, ..inner };
        detail(model, &title, &lines, theme, area, buf);
    }
}

fn say(phrases: &[Phrase], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let lines: Vec<Line<'_>> = phrases.iter().map(|it| Words::new(theme).phrase(it).line()).collect();
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(area, buf);
}

fn detail(model: &Model, title: &Phrase, lines: &drift::Detail, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut all = vec![Words::new(theme).phrase(title).line(), Line::default()];
    for (head, phrase) in lines {
        all.push(Words::new(theme).say(Role::Faint, format!("{head:<12}")).phrase(phrase).line());
    }
    let unknown = drift::unknown(model);
    if !unknown.is_empty() {
        all.push(Line::default());
        all.extend(unknown.iter().map(|it| Words::new(theme).phrase(it).line()));
    }
    Paragraph::new(all).wrap(Wrap { trim: false }).render(area, buf);
}

fn table(
    model: &Model,
    rows: Vec<&Difference>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let narrow = area.width < NARROW;
    let mut columns = vec![
        Column::left("class", Width::Cells(9)),
        Column::left("where", Width::Share(3)),
        Column::left("field", Width::Share(4)),
        Column::left("Git says", Width::Share(2)),
        Column::left("it is", Width::Share(2)),
    ];
    if !narrow {
        columns.push(Column::right("since", Width::Cells(6)));
        columns.push(Column::left("who", Width::Cells(18)));
    }
    let table =
        Table { theme, columns: &columns, sort: list.sort, selected: list.selected.as_ref(), focused: true };
    let places = table.places(area);
    let room = |column: usize| places.get(column).map_or(0, |(_, width)| usize::from(*width));
    let lines = rows.into_iter().skip(list.top).map(|row| {
        let role = match row.class {
            Class::Pending | Class::Staged | Class::Trying => Role::Wait,
            Class::Conflict | Class::Unmanaged | Class::Missing => Role::Bad,
            Class::Drifted | Class::Stuck => Role::Bad,
        };
        let field = [row.document.as_str(), row.field.as_str()].join(" ");
        let since = drift::since_of(model, row).map(|at| ages::short(model.now.since(at)));
        let mut cells = vec![
            Cell::new(theme, role, row.class.word()),
            Cell::new(theme, Role::Text, row.of.words()),
            Cell::new(theme, Role::Text, tail(field.trim(), room(2))),
            side(theme, &row.git, &row.live, room(3)),
            side(theme, &row.live, &row.git, room(4)),
        ];
        if !narrow {
            cells.push(Cell::new(theme, Role::Faint, since.unwrap_or_default()));
            cells.push(Cell::new(theme, Role::Faint, drift::writer_words(model, row)));
        }
        (app::RowKey(row.key()), mark(drift::mark(row.class), theme), cells)
    });
    table.draw(lines, area, buf, targets);
}

/// The end of a path: what it leads to stands there.
fn tail(path: &str, letters: usize) -> String {
    let all = path.chars().count();
    if all <= letters {
        return path.to_owned();
    }
    std::iter::once('…').chain(path.chars().skip(all + 1 - letters.max(1))).collect()
}

/// What one side says; a value that does not fit begins where it parts from the other one.
fn side(theme: &Theme, said: &Said, other: &Said, letters: usize) -> Cell<'static> {
    match said {
        Said::Value(value) => {
            let text = value.lines().collect::<Vec<_>>().join(" ");
            let told = match other.value().filter(|_| text.chars().count() > letters) {
                Some(other) => apart(&text, &other.lines().collect::<Vec<_>>().join(" ")).0,
                None => text,
            };
            Cell::new(theme, Role::Text, told)
        }
        Said::Nothing => Cell::new(theme, Role::Faint, "nothing"),
        Said::Silent => Cell::new(theme, Role::Faint, "·"),
        Said::Unknown(_) => Cell::new(theme, Role::Wait, "not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_end() {
        assert_eq!(tail("spec.template.spec.replicas", 14), "…spec.replicas");
        assert_eq!(tail("spec.replicas", 14), "spec.replicas");
        assert_eq!(tail("spec", 0), "…");
    }
}
