//! Explain: why something is a problem, what proves it, and what can be done.

use crate::targets::Target;
use crate::widgets::{Words, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::problems::{Certainty, Problem, ProblemId};
use app::queries::{ages, bridge};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Where the second and the third column of evidence begin, as shares of the width.
const COLUMNS: (u16, u16) = (46, 84);

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
    let Some(head) = lines.next() else { return };
    let left = Words::new(theme).say(Role::Faint, "WHY    ").phrase(&problem.title);
    spread(left.line(), Words::new(theme).say(Role::Faint, standing(model, problem)).line(), head, buf);
    lines.next();
    evidence(model, problem, theme, &mut lines, buf);
    if let Some(cause) = &problem.cause {
        lines.next();
        for text in wrapped(cause, usize::from(area.width).saturating_sub(7)) {
            let Some(line) = lines.next() else { return };
            Words::new(theme).gap(7).say(Role::Text, text).line().render(line, buf);
        }
    }
    lines.next();
    remedies(model, problem, theme, lines, buf, targets);
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

fn evidence(
    model: &Model,
    problem: &Problem,
    theme: &Theme,
    lines: &mut impl Iterator<Item = Rect>,
    buf: &mut Buffer,
) {
    for proof in &problem.evidence {
        let Some(line) = lines.next() else { return };
        let age = match proof.heard {
            Some(heard) => format!("{}, {} ago", proof.source.word(), ages::short(model.now.since(heard))),
            None => proof.source.word().to_owned(),
        };
        let room = usize::from((line.width * COLUMNS.0 / 100).saturating_sub(8));
        let wide = line.width >= 100 && proof.says.width() <= room;
        let says = Words::new(theme).gap(7).phrase(&proof.says);
        if line.width >= 100 && !wide {
            // A long sentence has its line, and as many as it takes; what proves it stands below.
            let width = usize::from(line.width).saturating_sub(7 + age.chars().count() + 2);
            let mut place = line;
            spread(Words::new(theme).line(), Words::new(theme).say(Role::Faint, age).line(), line, buf);
            for (at, text) in wrapped(&proof.says.text(), width).into_iter().enumerate() {
                if at > 0 {
                    let Some(next) = lines.next() else { return };
                    place = next;
                }
                Words::new(theme).gap(7).say(Role::Text, text).line().render(place, buf);
            }
            let Some(below) = lines.next() else { return };
            Words::new(theme).gap(9).say(Role::Faint, proof.detail.clone()).line().render(below, buf);
        } else if wide {
            let second = line.x + line.width * COLUMNS.0 / 100;
            let third = line.x + line.width * COLUMNS.1 / 100;
            says.line().render(Rect { width: second - line.x - 1, ..line }, buf);
            spread(Words::new(theme).line(), Words::new(theme).say(Role::Faint, age).line(), line, buf);
            let width = third - second - 1;
            let mut place = line;
            for (at, text) in wrapped(&proof.detail, usize::from(width)).into_iter().enumerate() {
                if at > 0 {
                    let Some(below) = lines.next() else { return };
                    place = below;
                }
                let words = Words::new(theme).say(Role::Faint, text);
                words.line().render(Rect { x: second, width, ..place }, buf);
            }
        } else {
            spread(says.line(), Words::new(theme).say(Role::Faint, age).line(), line, buf);
            for text in wrapped(&proof.detail, usize::from(line.width).saturating_sub(9)) {
                let Some(below) = lines.next() else { return };
                Words::new(theme).gap(9).say(Role::Faint, text).line().render(below, buf);
            }
        }
    }
}

fn remedies(
    model: &Model,
    problem: &Problem,
    theme: &Theme,
    mut lines: impl Iterator<Item = Rect>,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let Some(head) = lines.next() else { return };
    Words::new(theme).say(Role::Faint, "WHAT CAN BE DONE").line().render(head, buf);
    let selected = model.screen.listing().and_then(|list| list.selected.clone());
    for (at, (key, remedy)) in bridge::remedies(model, &problem.id).into_iter().enumerate() {
        let Some(line) = lines.next() else { return };
        let whole = Rect { x: line.x.saturating_sub(2), width: line.width + 4, ..line };
        if selected.as_ref() == Some(&key) {
            buf.set_style(whole, theme.bg(Role::SelectedGround));
            let cursor = if theme.ascii { ">" } else { "▸" };
            buf.set_stringn(whole.x, whole.y, cursor, 1, theme.fg(Role::Accent));
        }
        let left = Words::new(theme)
            .say(Role::Faint, format!("{}  ", at + 1))
            .say(Role::Strong, remedy.title)
            .gap(3)
            .say(Role::Faint, remedy.detail);
        spread(left.line(), Words::new(theme).say(Role::Faint, remedy.effect).line(), line, buf);
        targets.add(whole, Target::Row(key));
    }
}

/// Break a sentence into lines of at most `width` cells, between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut();
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
