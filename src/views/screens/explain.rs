//! Explain: why something is a problem, what proves it, and what can be done.

use crate::targets::Target;
use crate::widgets::{Words, spread, wrapped};
use crate::{Role, Targets, Theme};
use app::queries::problems::{Certainty, Problem, ProblemId};
use app::queries::words::Phrase;
use app::queries::{ages, bridge};
use app::{Model, RowKey};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Where the second column of evidence begins, as a share of the width.
const SECOND: usize = 46;
/// What hangs under the title begins so many cells in.
const HANG: usize = 7;

pub(crate) fn draw(
    model: &Model,
    id: &ProblemId,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let mut lines = area.rows().skip(1);
    let Some(problem) = model.problems.iter().find(|it| it.id == *id) else {
        if let Some(line) = lines.next() {
            let words =
                Words::new(theme).say(Role::Good, "●").say(Role::Text, " it is not a problem any more");
            words.line().render(line, buf);
        }
        return;
    };
    let width = usize::from(area.width);
    let mut rows = page(model, problem, theme, width, true);
    // Where not all of it fits, what can be done matters more than how each fact reads in its source.
    if rows.len() + 1 > usize::from(area.height) {
        rows = page(model, problem, theme, width, false);
    }
    let selected = model.screen.listing().and_then(|list| list.selected.clone());
    for (row, line) in rows.into_iter().zip(lines) {
        if let Some(key) = row.key {
            let whole = Rect { x: line.x.saturating_sub(2), width: line.width + 4, ..line };
            if row.first && selected.as_ref() == Some(&key) {
                buf.set_style(whole, theme.bg(Role::SelectedGround));
                let cursor = if theme.ascii { ">" } else { "▸" };
                buf.set_stringn(whole.x, whole.y, cursor, 1, theme.fg(Role::Accent));
            }
            targets.add(whole, Target::Row(key));
        }
        spread(row.left.line(), row.right.line(), line, buf);
    }
}

/// One line of the page.
struct Row<'a> {
    left: Words<'a>,
    right: Words<'a>,
    /// The remedy that it belongs to, and whether it is that one's first line.
    key: Option<RowKey>,
    first: bool,
}

impl<'a> Row<'a> {
    fn of(left: Words<'a>, right: Words<'a>) -> Self {
        Self { left, right, key: None, first: false }
    }
}

/// Everything that is known of a problem, in lines of `width` cells; `details` as it stands in the sources.
fn page<'a>(model: &Model, problem: &Problem, theme: &'a Theme, width: usize, details: bool) -> Vec<Row<'a>> {
    let words = || Words::new(theme);
    let indented = |text: String| words().gap(HANG).say(Role::Text, text);
    let standing = standing(model, problem);
    let mut rows = Vec::new();
    let room = width.saturating_sub(HANG + standing.chars().count() + 2);
    for (at, part) in wrapped_phrase(&problem.title, room).iter().enumerate() {
        rows.push(match at {
            0 => Row::of(
                words().say(Role::Faint, "WHY    ").phrase(part),
                words().say(Role::Faint, standing.clone()),
            ),
            _ => Row::of(words().gap(HANG).phrase(part), words()),
        });
    }
    rows.push(Row::of(words(), words()));
    evidence(model, problem, theme, width, details, &mut rows);
    if let Some(cause) = &problem.cause {
        rows.push(Row::of(words(), words()));
        let text = wrapped(cause, width.saturating_sub(HANG));
        rows.extend(text.into_iter().map(|it| Row::of(indented(it), words())));
    }
    rows.push(Row::of(words(), words()));
    remedies(model, problem, theme, width, &mut rows);
    rows
}

fn standing(model: &Model, problem: &Problem) -> String {
    let sure = match problem.certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "a guess, not proven",
        Certainty::Unexplained => "the cause is not known",
    };
    match problem.since {
        Some(since) => format!("for {}, {sure}", ages::short(model.now.since(since))),
        None => sure.to_owned(),
    }
}

/// Each fact with how it reads in its source: beside it where there is room, else under it.
fn evidence<'a>(
    model: &Model,
    problem: &Problem,
    theme: &'a Theme,
    width: usize,
    details: bool,
    rows: &mut Vec<Row<'a>>,
) {
    let words = || Words::new(theme);
    for proof in &problem.evidence {
        let age = match proof.heard {
            Some(heard) => format!("{}, {} ago", proof.source.word(), ages::short(model.now.since(heard))),
            None => proof.source.word().to_owned(),
        };
        let wide = width >= 100;
        let second = width * SECOND / 100;
        let room = if wide { second } else { width - age.chars().count().min(width) };
        let says = wrapped_phrase(&proof.says, room.saturating_sub(HANG + 2));
        let beside = match wide {
            true => wrapped(&proof.detail, width.saturating_sub(second + age.chars().count() + 2)),
            false => Vec::new(),
        };
        for at in 0..says.len().max(beside.len()) {
            let mut left = words().gap(HANG);
            let mut used = HANG;
            if let Some(part) = says.get(at) {
                used += part.text().chars().count();
                left = left.phrase(part);
            }
            if let Some(detail) = beside.get(at) {
                left = left.gap(second.saturating_sub(used)).say(Role::Faint, detail.clone());
            }
            let right = if at == 0 { words().say(Role::Faint, age.clone()) } else { words() };
            rows.push(Row::of(left, right));
        }
        if !wide && details {
            let under = wrapped(&proof.detail, width.saturating_sub(HANG + 2));
            let under = under.into_iter().filter(|it| !it.is_empty());
            rows.extend(under.map(|it| Row::of(words().gap(HANG + 2).say(Role::Faint, it), words())));
        }
    }
}

fn remedies<'a>(model: &Model, problem: &Problem, theme: &'a Theme, width: usize, rows: &mut Vec<Row<'a>>) {
    let words = || Words::new(theme);
    rows.push(Row::of(words().say(Role::Faint, "WHAT CAN BE DONE"), words()));
    for (at, (key, remedy)) in bridge::remedies(model, &problem.id).into_iter().enumerate() {
        let said = Phrase::new().strong(remedy.title).plain("   ").faint(remedy.detail);
        let room = width.saturating_sub(remedy.effect.chars().count() + 5);
        for (line, part) in wrapped_phrase(&said, room).iter().enumerate() {
            let first = line == 0;
            let left = if first { words().say(Role::Faint, format!("{}  ", at + 1)) } else { words().gap(3) };
            let right = if first { words().say(Role::Faint, remedy.effect.clone()) } else { words() };
            rows.push(Row { left: left.phrase(part), right, key: Some(key.clone()), first });
        }
    }
}

/// Break a phrase into lines of at most `width` cells, between words, each word keeping its tone.
fn wrapped_phrase(phrase: &Phrase, width: usize) -> Vec<Phrase> {
    let mut lines = vec![Phrase::new()];
    let mut used = 0;
    for (tone, text) in &phrase.0 {
        for word in text.split_inclusive(' ') {
            let wide = word.trim_end().chars().count();
            if used > 0 && used + wide > width {
                lines.push(Phrase::new());
                used = 0;
            }
            if used == 0 && word.trim().is_empty() {
                continue;
            }
            used += word.chars().count();
            if let Some(line) = lines.last_mut() {
                line.0.push((*tone, word.to_owned()));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_broken_between_words_and_loses_none() {
        let phrase =
            Phrase::new().plain("etcd member of ").strong("k8s-cp-b2").plain(" left, its machine stays");
        let lines: Vec<String> =
            wrapped_phrase(&phrase, 24).iter().map(|it| it.text().trim_end().to_owned()).collect();
        assert_eq!(lines, ["etcd member of k8s-cp-b2", "left, its machine stays"]);
        assert_eq!(wrapped_phrase(&phrase, 80).len(), 1);
    }
}
