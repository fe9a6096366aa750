//! Changes: what is on its way, the drafts, and the selected one as a diff beside what it would do.

use super::draft;
use crate::areas::{below, first, inset};
use crate::widgets::{
    Cell, Column, JOURNEY_LINES, Table, Width, Words, journey as road_of, mark, spread, wrapped,
};
use crate::{Role, Targets, Theme};
use app::queries::changes::DraftRow;
use app::queries::draft_view::{self, DraftView};
use app::queries::words::{Phrase, Tone};
use app::queries::{ages, changes, editor, road};
use app::{Model, Page, Scope};
use domain::{Journey, Reached, Step};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Widget;

/// Below this width the two halves stand one under the other.
const NARROW: u16 = 100;
/// From this width on both sides of a diff fit beside one another.
const BESIDE: u16 = 80;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let mut rest = below(area, 1);
    if let Some(journey) = road::on_its_way(model) {
        rest = on_its_way(model, &journey, theme, rest, buf);
    }
    let view = draft_view::view(model);
    if let (Some(draft), Some(view)) = (editor::opened(model), &view) {
        let (left, right) = halves(rest, theme, buf);
        super::editor::draw(model, draft, view, theme, left, buf, targets);
        return consequences(model, view, theme, right, buf);
    }
    let rows = changes::list(model);
    if rows.is_empty() {
        let words = Words::new(theme).say(Role::Faint, "No drafts. ").say(Role::Key, "e");
        let words = words
            .say(Role::Faint, " on a version or a replica count opens its line in Git, ")
            .say(Role::Key, "F")
            .say(Role::Faint, " any of its files.");
        words.line().render(first(inset(rest)), buf);
        return;
    }
    let height = match view {
        Some(_) => (rows.len() as u16 + 1).min((rest.height / 3).max(2)),
        None => rest.height,
    };
    drafts(model, rows, theme, Rect { height: height.min(rest.height), ..rest }, buf, targets);
    let Some(view) = view else { return };
    let rest = below(rest, height + 1);
    let beside = model.screen.editor.beside && rest.width >= BESIDE;
    if beside || area.width < NARROW && model.screen.pane() == 0 {
        draft::draw(model, &view, beside, theme, rest, buf);
    } else if area.width < NARROW {
        consequences(model, &view, theme, rest, buf);
    } else {
        let (left, right) = halves(rest, theme, buf);
        draft::draw(model, &view, false, theme, left, buf);
        consequences(model, &view, theme, right, buf);
    }
}

/// What is written on the left and what it would do on the right, with a line between them; the left alone where
/// there is no room for both.
fn halves(area: Rect, theme: &Theme, buf: &mut Buffer) -> (Rect, Rect) {
    if area.width < NARROW {
        return (area, Rect { width: 0, ..area });
    }
    let left = area.width * 60 / 100;
    let divider = if theme.ascii { "|" } else { "│" };
    for y in area.y..area.bottom() {
        buf.set_stringn(area.x + left, y, divider, 1, theme.fg(Role::Rule));
    }
    let right = Rect { x: area.x + left + 1, width: area.width - left - 1, ..area };
    (Rect { width: left.saturating_sub(1), ..area }, right)
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

fn drafts(
    model: &Model,
    rows: Vec<DraftRow>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
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
    let lines = rows.into_iter().skip(list.top).map(|row| {
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

fn consequences(model: &Model, view: &DraftView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines = inset(area).rows();
    let mut say = |words: Words<'_>| {
        if let Some(line) = lines.next() {
            words.line().render(line, buf);
        }
    };
    let width = usize::from(inset(area).width);
    if let Some(held_up) = &view.held_up {
        say(Words::new(theme).say(Role::Faint, held_up.title));
        for (at, sentence) in held_up.says.iter().enumerate() {
            for (line, text) in wrapped(sentence, width.saturating_sub(2)).into_iter().enumerate() {
                let lead = match at + line {
                    0 => Words::new(theme).span(mark(held_up.mark, theme)).gap(1),
                    _ => Words::new(theme).gap(2),
                };
                say(lead.say(Role::Text, text));
            }
        }
        say(Words::new(theme));
    }
    say(Words::new(theme).say(Role::Faint, "WHAT IT WOULD DO"));
    say(Words::new(theme));
    for phrase in &view.would {
        let words = Words::new(theme).phrase(phrase);
        if words.width() <= width {
            say(words);
            continue;
        }
        // A sentence goes on below; a forecast's order and its columns are short.
        let tone = phrase.0.first().map_or(Tone::Plain, |(tone, _)| *tone);
        for line in wrapped(&phrase.text(), width) {
            say(Words::new(theme).phrase(&Phrase::new().say(tone, line)));
        }
    }
    if !view.checks.is_empty() {
        say(Words::new(theme));
        say(Words::new(theme).say(Role::Faint, "CHECKED"));
        for (shape, text) in &view.checks {
            for (at, line) in
                wrapped(text, usize::from(inset(area).width).saturating_sub(2)).into_iter().enumerate()
            {
                let words = Words::new(theme);
                let lead = if at == 0 { words.span(mark(*shape, theme)).gap(1) } else { words.gap(2) };
                say(lead.say(Role::Text, line));
            }
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
