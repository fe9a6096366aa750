//! Changes: what is on its way, the drafts, and the selected one as a diff beside what it would do.

use crate::areas::{below, first, inset};
use crate::widgets::{Cell, Column, JOURNEY_LINES, Table, Width, Words, journey as road_of, mark, spread};
use crate::{Role, Targets, Theme};
use app::queries::changes::{self, DraftView, LineKind};
use app::queries::{ages, road};
use app::{Model, Page, Scope};
use domain::{Journey, Reached, Step};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Widget;

/// Below this width the two halves stand one under the other.
const NARROW: u16 = 100;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let mut rest = below(area, 1);
    if let Some(journey) = road::on_its_way(model) {
        rest = on_its_way(model, &journey, theme, rest, buf);
    }
    let rows = changes::list(model);
    if rows.is_empty() {
        let words = Words::new(theme).say(Role::Faint, "No drafts. ").say(Role::Key, "e");
        let words = words.say(Role::Faint, " on a version or a replica count opens its line in Git.");
        words.line().render(first(inset(rest)), buf);
        return;
    }
    let view = changes::view(model);
    let height = match view {
        Some(_) => (rows.len() as u16 + 1).min((rest.height / 3).max(2)),
        None => rest.height,
    };
    drafts(model, theme, Rect { height: height.min(rest.height), ..rest }, buf, targets);
    let Some(view) = view else { return };
    let rest = below(rest, height + 1);
    if area.width >= NARROW {
        let left = rest.width * 60 / 100;
        diff(&view, theme, Rect { width: left.saturating_sub(1), ..rest }, buf);
        let divider = if theme.ascii { "|" } else { "│" };
        for y in rest.y..rest.bottom() {
            buf.set_stringn(rest.x + left, y, divider, 1, theme.fg(Role::Rule));
        }
        let right = Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest };
        consequences(model, &view, theme, right, buf);
    } else if model.screen.pane() == 0 {
        diff(&view, theme, rest, buf);
    } else {
        consequences(model, &view, theme, rest, buf);
    }
}

/// The journey of a change: one mark for every step, and under it since when or with what proof.
fn on_its_way(model: &Model, journey: &Journey, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    if area.width >= NARROW {
        return with_times(model, journey, theme, area, buf);
    }
    let head = Words::new(theme)
        .say(Role::Faint, if journey.verified() { "ARRIVED" } else { "ON ITS WAY" })
        .gap(3)
        .say(Role::Accent, journey.commit.short().to_owned())
        .gap(2)
        .say(Role::Strong, journey.subject.clone());
    let who = if journey.ours { "made here".to_owned() } else { journey.author.clone() };
    let age = ages::short(model.now.since(journey.at));
    let tail = Words::new(theme).say(Role::Faint, format!("{who}, {age} ago"));
    spread(head.line(), tail.line(), first(inset(area)), buf);
    let mut steps = Words::new(theme);
    for leg in &journey.legs {
        if leg.step != Step::Committed {
            steps = steps.say(Role::Rule, if theme.ascii { " - " } else { " ─ " });
        }
        let (shape, role) = reached(&leg.reached);
        steps = steps.span(mark(shape, theme)).gap(1).say(role, leg.step.word());
    }
    steps.line().render(first(inset(below(area, 1))), buf);
    evidence(journey, theme).line().render(first(inset(below(area, 2))), buf);
    below(area, 4)
}

/// The same with room: every step with its time, and the proof of the one that is under way below.
fn with_times(model: &Model, journey: &Journey, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let lines = inset(area);
    let title = if journey.verified() { "ARRIVED" } else { "ON ITS WAY" };
    Words::new(theme).say(Role::Faint, title).line().render(first(lines), buf);
    let margin = 13.min(lines.width);
    let road = Rect { x: lines.x + margin, width: lines.width - margin, ..lines };
    road_of(model, journey, theme, Rect { height: JOURNEY_LINES.min(road.height), ..road }, buf);
    let proof = first(below(road, JOURNEY_LINES));
    evidence(journey, theme).line().render(proof, buf);
    below(area, JOURNEY_LINES + 2)
}

/// What shows that the change is where it is.
fn evidence<'a>(journey: &Journey, theme: &'a Theme) -> Words<'a> {
    let step = journey.step();
    let evidence = journey.leg(step).map(|leg| leg.evidence.clone()).unwrap_or_default();
    match journey.verified() {
        true => Words::new(theme).say(Role::Good, "verified").say(Role::Faint, format!("  {evidence}")),
        false => Words::new(theme).say(Role::Faint, format!("{}  ", step.word())).say(Role::Text, evidence),
    }
}

/// The mark and the role of a step.
fn reached(reached: &Reached) -> (app::queries::fleet::Mark, Role) {
    use app::queries::fleet::Mark;
    match reached {
        Reached::Done { .. } => (Mark::Good, Role::Text),
        Reached::UnderWay { .. } => (Mark::UnderWay, Role::Wait),
        Reached::Failed { .. } => (Mark::Problem, Role::Bad),
        Reached::Waiting => (Mark::NotConfigured, Role::Faint),
    }
}

fn drafts(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let wide = area.width >= NARROW;
    let mut columns = vec![Column::left("draft", Width::Share(3)), Column::left("change", Width::Cells(22))];
    if wide {
        columns.push(Column::left("where", Width::Share(2)));
    }
    columns.push(Column::left("state", Width::Cells(if wide { 30 } else { 20 })));
    let table = Table {
        theme,
        columns: &columns,
        sort: list.sort,
        selected: list.selected.as_ref(),
        focused: model.screen.prompt.is_none(),
    };
    let lines = changes::list(model).into_iter().skip(list.top).map(|row| {
        let mut cells =
            vec![Cell::new(theme, Role::Text, row.title), Cell::new(theme, Role::Text, row.change)];
        if wide {
            cells.push(Cell::new(theme, Role::Faint, row.place));
        }
        cells.push(Cell::new(theme, Role::Faint, row.state));
        let marked = Span::styled("+", theme.fg(Role::Accent));
        (row.key, if row.marked { marked } else { mark(row.mark, theme) }, cells)
    });
    table.draw(lines, area, buf, targets);
}

fn diff(view: &DraftView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let head = Words::new(theme).say(Role::Faint, "DRAFT").gap(2).say(Role::Strong, view.title.clone());
    let base = Words::new(theme).say(Role::Faint, view.base.clone());
    spread(head.line(), base.line(), first(inset(area)), buf);
    let file = Words::new(theme).say(Role::Strong, view.path.clone());
    let object = Words::new(theme).say(Role::Faint, view.object.clone());
    spread(file.line(), object.line(), first(inset(below(area, 2))), buf);
    let body = below(area, 3);
    if view.lines.is_empty() {
        let words = Words::new(theme).say(Role::Faint, "the file is being read");
        words.line().render(first(inset(body)), buf);
    }
    for (row, line) in body.rows().zip(&view.lines) {
        let (sign, ground, changed) = match line.kind {
            LineKind::Same => (" ", None, Role::Text),
            LineKind::Removed => {
                (if theme.ascii { "-" } else { "−" }, Some(Role::RemovedGround), Role::Removed)
            }
            LineKind::Added => ("+", Some(Role::AddedGround), Role::Added),
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
            if x < area.right() {
                buf.set_style(
                    Rect { x, y: row.y, width: 1, height: 1 },
                    theme.bg(Role::SelectedGround).patch(theme.cursor()),
                );
            }
        }
    }
    let keys = below(body, view.lines.len() as u16 + 1);
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

fn consequences(model: &Model, view: &DraftView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines = inset(area).rows();
    let mut say = |words: Words<'_>| {
        if let Some(line) = lines.next() {
            words.line().render(line, buf);
        }
    };
    say(Words::new(theme).say(Role::Faint, "WHAT IT WOULD DO"));
    say(Words::new(theme));
    for phrase in &view.would {
        say(Words::new(theme).phrase(phrase));
    }
    if !view.checks.is_empty() {
        say(Words::new(theme));
        say(Words::new(theme).say(Role::Faint, "CHECKED"));
        for (shape, text) in &view.checks {
            say(Words::new(theme).span(mark(*shape, theme)).gap(1).say(Role::Text, text.clone()));
        }
    }
    if !view.then.is_empty() {
        say(Words::new(theme));
        say(Words::new(theme).say(Role::Faint, "THEN"));
        let mut next = Words::new(theme);
        for (at, action) in view.then.iter().enumerate() {
            let keys = [Scope::Page(Page::Changes), Scope::Global].into_iter().find_map(|scope| {
                model.settings.keymap.keys_in(scope, *action).first().map(|it| (*it).to_owned())
            });
            next = next.gap(if at > 0 { 3 } else { 0 }).say(Role::Key, keys.unwrap_or_default());
            next = next.gap(1).say(Role::Text, action.title());
        }
        say(next);
    }
}
