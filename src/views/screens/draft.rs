//! The selected draft as a diff: in its line, as hunks of a file, or both sides beside one another.

use crate::areas::{below, first, inset};
use crate::widgets::{Words, spread};
use crate::{Role, Theme};
use app::Model;
use app::queries::diff::{Line, LineKind};
use app::queries::draft_view::{self, DraftView};
use app::queries::parts::{Heading, Row};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Draw it, both sides beside one another or one under the other.
pub(crate) fn draw(
    model: &Model,
    view: &DraftView,
    beside: bool,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) {
    let head = Words::new(theme).say(Role::Faint, "DRAFT").gap(2).say(Role::Strong, view.title.clone());
    let base = Words::new(theme).say(Role::Faint, view.base.clone());
    spread(head.line(), base.line(), first(inset(area)), buf);
    let body = below(area, 2);
    if view.rows.is_empty() {
        let words = Words::new(theme).say(Role::Faint, "the file is being read");
        words.line().render(first(inset(body)), buf);
    }
    let top = draft_view::diff_top(model, view);
    let used = if beside {
        sides(&view.rows, top, theme, body, buf)
    } else {
        let rows = body.rows().zip(view.rows.iter().skip(top));
        rows.map(|(area, row)| draw_row(row, theme, area, buf)).count() as u16
    };
    let keys = below(body, used + 1);
    let words = if view.typing {
        Words::new(theme)
            .say(Role::Key, "enter")
            .say(Role::Faint, " keeps it   ")
            .say(Role::Key, "tab")
            .say(Role::Faint, format!(" another value than {}   ", view.field))
            .say(Role::Key, "esc")
            .say(Role::Faint, " leaves")
    } else {
        Words::new(theme).say(Role::Faint, view.field.clone())
    };
    words.line().render(first(inset(keys)), buf);
}

/// A line of YAML: its key in one role, the value in another, a comment in a third.
fn coloured<'a>(words: Words<'a>, line: &str) -> Words<'a> {
    let (code, comment) = match line.find(" #").or_else(|| line.trim_start().starts_with('#').then_some(0)) {
        Some(at) => line.split_at(at),
        None => (line, ""),
    };
    let words = match code.find(": ").or_else(|| code.ends_with(':').then(|| code.len() - 1)) {
        Some(at) => {
            let (key, value) = code.split_at(at);
            words
                .say(Role::SyntaxKey, key.to_owned())
                .say(Role::Faint, ":")
                .say(Role::Text, value[1..].to_owned())
        }
        None => words.say(Role::Text, code.to_owned()),
    };
    words.say(Role::SyntaxComment, comment.to_owned())
}

fn draw_row(row: &Row, theme: &Theme, area: Rect, buf: &mut Buffer) {
    match row {
        Row::Heading(it) => heading(it, theme, area, buf),
        Row::Line(it) => draw_line(it, theme, area, buf),
        Row::Blank => {}
    }
}

/// What stands over a file, a document or a hunk: whether it is folded, its name, and how much of it differs or what
/// it would do.
fn heading(heading: &Heading, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if heading.here {
        buf.set_style(area, theme.bg(Role::SelectedGround));
    }
    let mark = match (heading.folded, theme.ascii) {
        (true, true) => "+",
        (true, false) => "▸",
        (false, true) => "-",
        (false, false) => "▾",
    };
    let role = match (heading.part.document, heading.part.hunk) {
        (None, _) => Role::Strong,
        (Some(_), None) => Role::Text,
        (Some(_), Some(_)) => Role::Faint,
    };
    let row = inset(area);
    let mut words = Words::new(theme)
        .gap(2 * usize::from(heading.depth))
        .say(Role::Faint, mark)
        .gap(1)
        .say(role, heading.title.clone());
    if !heading.says.is_empty() {
        words = words.gap(2).say(Role::Faint, heading.says.clone());
    }
    let minus = if theme.ascii { "-" } else { "−" };
    let mut many = Words::new(theme);
    if heading.part.hunk.is_none() || heading.folded {
        many = many.say(Role::Added, format!("+{}", heading.added));
        many = many.gap(1).say(Role::Removed, format!("{minus}{}", heading.removed));
    }
    spread(words.line(), many.line(), row, buf);
}

fn draw_line(line: &Line, theme: &Theme, row: Rect, buf: &mut Buffer) {
    let (sign, ground, changed) = match line.kind {
        LineKind::Same => (" ", None, Role::Text),
        LineKind::Removed => (if theme.ascii { "-" } else { "−" }, Some(Role::RemovedGround), Role::Removed),
        LineKind::Added => ("+", Some(Role::AddedGround), Role::Added),
        LineKind::Gap => return,
    };
    if let Some(ground) = ground {
        buf.set_style(row, theme.bg(ground));
    }
    let mut words =
        Words::new(theme).say(Role::Faint, format!("{:>4} ", line.number)).say(changed, sign).gap(1);
    for (differs, piece) in &line.pieces {
        words = match (*differs, line.kind) {
            (true, _) => words.say(changed, piece.clone()),
            (false, LineKind::Same) => coloured(words, piece),
            (false, _) => words.say(Role::Text, piece.clone()),
        };
    }
    let inner = inset(row);
    words.line().render(inner, buf);
    if let Some(cursor) = line.cursor {
        let x = inner.x + 7 + u16::try_from(cursor).unwrap_or(u16::MAX - 64).min(inner.width);
        if x < row.right() {
            let cell = Rect { x, y: row.y, width: 1, height: 1 };
            buf.set_style(cell, theme.bg(Role::SelectedGround).patch(theme.cursor()));
        }
    }
}

/// What was on the left, what shall be on the right; a line that came or went has nothing beside it. Answers how
/// many rows were drawn.
fn sides(rows: &[Row], top: usize, theme: &Theme, area: Rect, buf: &mut Buffer) -> u16 {
    let half = area.width / 2;
    let mut used = 0;
    for (row, shown) in area.rows().zip(beside(rows).into_iter().skip(top)) {
        match shown {
            Beside::Row(it) => draw_row(it, theme, row, buf),
            Beside::Lines(left, right) => {
                for (side, x) in [(left, row.x), (right, row.x + half)] {
                    if let Some(line) = side {
                        draw_line(line, theme, Rect { x, width: half, ..row }, buf);
                    }
                }
            }
        }
        used += 1;
    }
    used
}

/// A row of both sides: a heading over both, or a line of each.
enum Beside<'a> {
    Row(&'a Row),
    Lines(Option<&'a Line>, Option<&'a Line>),
}

fn beside(rows: &[Row]) -> Vec<Beside<'_>> {
    let parts = rows.chunk_by(|one, other| line(one).is_some() && line(other).is_some());
    let mut found = Vec::new();
    for part in parts {
        let lines: Vec<&Line> = part.iter().filter_map(line).collect();
        match lines.is_empty() {
            true => found.extend(part.iter().map(Beside::Row)),
            false => found.extend(pairs(&lines).into_iter().map(|(left, right)| Beside::Lines(left, right))),
        }
    }
    found
}

fn line(row: &Row) -> Option<&Line> {
    if let Row::Line(it) = row { Some(it) } else { None }
}

/// The lines of both sides, paired: what went with what came in its place.
fn pairs<'a>(lines: &[&'a Line]) -> Vec<(Option<&'a Line>, Option<&'a Line>)> {
    let mut pairs = Vec::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        let run = |lines: &[&Line], kind: LineKind| lines.iter().take_while(|it| it.kind == kind).count();
        let gone = run(rest, LineKind::Removed);
        let come = run(&rest[gone..], LineKind::Added);
        if gone + come == 0 {
            pairs.push((Some(*line), Some(*line)));
            rest = &rest[1..];
            continue;
        }
        let (old, new) = (&rest[..gone], &rest[gone..gone + come]);
        pairs.extend((0..gone.max(come)).map(|at| (old.get(at).copied(), new.get(at).copied())));
        rest = &rest[gone + come..];
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::queries::diff::hunks;

    #[test]
    fn what_went_stands_beside_what_came() {
        let lines = hunks("a\nb\nc\n", "a\nx\ny\nc\n", 3);
        let lines: Vec<&Line> = lines.iter().collect();
        let told = |it: Option<&Line>| {
            it.map_or("-".into(), |it| it.pieces.iter().map(|it| it.1.as_str()).collect::<String>())
        };
        let pairs: Vec<String> =
            pairs(&lines).into_iter().map(|(one, other)| told(one) + &told(other)).collect();
        assert_eq!(pairs, ["aa", "bx", "-y", "cc"]);
    }
}
