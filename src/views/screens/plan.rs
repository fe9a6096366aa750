//! What a commit would do to each node: the table, the detail of the selected node, and the roll as it goes.

use super::git::diff_line;
use crate::areas::{below, first, inset};
use crate::widgets::{Cell, Column, Table, Width, Words, fitted, mark, wrapped};
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

/// Where the words of a roll stand that go on in another line.
const INDENT: usize = 7;

/// A roll: how it stands, in as many lines as it takes, and its gates.
fn phrases(lines: &[Phrase], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let gates = lines.iter().position(Phrase::is_empty).unwrap_or(lines.len());
    let (told, gates) = lines.split_at(gates);
    let width = usize::from(inset(area).width);
    let told: Vec<Phrase> = told.iter().flat_map(|it| unfolded(it, width)).collect();
    let room = usize::from(area.height);
    // The newest gates stand at the end, and are what is looked for.
    let skip = (told.len() + gates.len()).saturating_sub(room.max(1));
    let seen = told.iter().chain(gates.iter().skip(skip));
    for (line, phrase) in area.rows().zip(seen) {
        // What a gate saw is cut, not left out.
        Words::new(theme).phrase(phrase).line().render(inset(line), buf);
    }
}

/// A phrase whose last words go on in the next lines where they do not fit.
fn unfolded(phrase: &Phrase, width: usize) -> Vec<Phrase> {
    let Some((last, lead)) = phrase.0.split_last().filter(|_| phrase.width() > width) else {
        return vec![phrase.clone()];
    };
    let (tone, text) = last;
    let lead = Phrase(lead.to_vec());
    let lead = if lead.is_empty() { Phrase::new().plain(" ".repeat(INDENT)) } else { lead };
    let room = width.saturating_sub(lead.width().max(INDENT)).max(1);
    let further = |line: String| Phrase::new().plain(" ".repeat(INDENT)).say(*tone, line);
    let mut lines = wrapped(text, room).into_iter();
    let first = lead.say(*tone, lines.next().unwrap_or_default());
    std::iter::once(first).chain(lines.map(further)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use app::queries::words::Tone;

    #[test]
    fn why_a_roll_stands_is_told_to_its_last_word() {
        let why = "cp-2 stopped at `pods drained`: after 300 s 1 of 3 pods are still there";
        let phrase = Phrase::new().faint("ROLL   ").say(Tone::Bad, why);
        let lines = unfolded(&phrase, 40);
        let told: Vec<String> = lines.iter().map(Phrase::text).collect();
        assert_eq!(
            told,
            [
                "ROLL   cp-2 stopped at `pods drained`:",
                "       after 300 s 1 of 3 pods are still",
                "       there"
            ]
        );
        assert!(lines.iter().all(|it| it.0.last().is_some_and(|(tone, _)| *tone == Tone::Bad)));
        assert_eq!(unfolded(&phrase, 200), [phrase]);
    }
}
