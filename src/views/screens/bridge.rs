//! Bridge: the change on its way, what is wrong, one line for every subsystem, and what happened last.

use crate::targets::Target;
use crate::widgets::{JOURNEY_LINES, Words, journey, mark, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::fleet::Mark;
use app::queries::problems::{Problem, Weight};
use app::queries::{ages, bridge, bridge_strips, road, timeline};
use domain::Journey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// The margin in which titles hang, where the screen is wide enough for one.
const MARGIN: u16 = 13;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    let mut area = area;
    if let Some(it) = road::on_its_way(model) {
        let [top, rest] = split(area, JOURNEY_LINES + 1);
        on_its_way(model, &it, theme, inset(top), buf);
        area = rest;
    }
    let strips = bridge_strips::all(model).len() as u16;
    let room = area.height.saturating_sub(strips + 3).max(2);
    let [top, rest] = split(area, room.min(model.problems.len().max(1) as u16 + 1));
    problems(model, theme, top, buf, targets);
    let [middle, rest] = split(skip(rest, 1), strips);
    subsystems(model, theme, middle, buf);
    latest(model, theme, skip(rest, 1), buf);
}

/// The change that is on its way, hung in the margin.
fn on_its_way(model: &Model, it: &Journey, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = if it.verified() { "ARRIVED" } else { "ON ITS WAY" };
    Words::new(theme)
        .say(Role::Faint, title)
        .line()
        .render(Rect { width: MARGIN.min(area.width), ..area }, buf);
    let rest = Rect { x: area.x + MARGIN.min(area.width), width: area.width.saturating_sub(MARGIN), ..area };
    journey(model, it, theme, rest, buf);
}

/// The first `height` rows, and those below.
fn split(area: Rect, height: u16) -> [Rect; 2] {
    let height = height.min(area.height);
    [Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area }]
}

fn skip(area: Rect, rows: u16) -> Rect {
    split(area, rows)[1]
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(4), ..area }
}

fn problems(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let mut lines = area.rows();
    let Some(head) = lines.next() else { return };
    Words::new(theme).say(Role::Faint, "PROBLEMS").line().render(inset(head), buf);
    targets.rows = area.height.saturating_sub(1);
    let list = model.screen.listing().cloned().unwrap_or_default();
    let mut any = false;
    for (line, problem) in lines.by_ref().zip(bridge::shown(model).skip(list.top)) {
        any = true;
        let key = bridge::key(&problem.id);
        if list.selected.as_ref() == Some(&key) {
            buf.set_style(line, theme.bg(Role::SelectedGround));
            let cursor = if theme.ascii { ">" } else { "▸" };
            buf.set_stringn(line.x, line.y, cursor, 1, theme.fg(Role::Accent));
        }
        problem_line(model, problem, theme, inset(line), buf);
        targets.add(line, Target::Row(key));
    }
    if !any && let Some(line) = area.rows().nth(1) {
        let words = match (model.problems.is_empty(), list.filter.is_empty()) {
            (true, _) => {
                Words::new(theme).span(mark(Mark::Nothing, theme)).say(Role::Faint, " nothing is wrong")
            }
            (false, _) => Words::new(theme).say(Role::Faint, "the filter hides all of them"),
        };
        words.line().render(inset(line), buf);
    }
}

fn problem_line(model: &Model, problem: &Problem, theme: &Theme, line: Rect, buf: &mut Buffer) {
    let shape = match problem.weight {
        Weight::Critical | Weight::Lost => Mark::Lost,
        Weight::Stuck => Mark::Problem,
        Weight::Notice => Mark::Nothing,
    };
    let left = Words::new(theme).span(mark(shape, theme)).gap(1).phrase(&problem.title);
    let age = problem.since.map(|since| ages::short(model.now.since(since))).unwrap_or_default();
    let room = usize::from(line.width).saturating_sub(left.width() + 10);
    let mut right = Words::new(theme);
    if problem.whereabouts.chars().count() <= room {
        right = right.say(Role::Faint, problem.whereabouts.clone());
    }
    let right = right.say(Role::Faint, format!("{age:>9}"));
    spread(left.line(), right.line(), line, buf);
}

fn subsystems(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (line, strip) in area.rows().zip(bridge_strips::all(model)) {
        let line = inset(line);
        let title = Words::new(theme).say(Role::Faint, strip.title);
        title.line().render(Rect { width: MARGIN.min(line.width), ..line }, buf);
        let rest =
            Rect { x: line.x + MARGIN.min(line.width), width: line.width.saturating_sub(MARGIN), ..line };
        // Three columns where there is room; at 80 cells the third goes to the right end of what the second leaves.
        let [a, b] = [rest.width * 24 / 100, rest.width * 55 / 100].map(|it| it.max(1));
        let [first, second, third] = &strip.cells;
        Words::new(theme).phrase(first).line().render(Rect { width: a.saturating_sub(1), ..rest }, buf);
        let middle = Rect { x: rest.x + a, width: (b - a).saturating_sub(1), ..rest };
        Words::new(theme).phrase(second).line().render(middle, buf);
        let last = Rect { x: rest.x + b, width: rest.width - b, ..rest };
        Words::new(theme).phrase(third).line().render(last, buf);
    }
}

/// What happened last, as much of it as fits.
fn latest(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines = area.rows();
    let Some(head) = lines.next() else { return };
    if area.height < 3 {
        return;
    }
    Words::new(theme).say(Role::Faint, "LATEST").line().render(inset(head), buf);
    for (line, it) in lines.zip(timeline::latest(model)) {
        Words::new(theme)
            .say(Role::Faint, format!("{:<13}", timeline::when(model, it.at)))
            .say(Role::Faint, format!("{:<9}", it.lane))
            .say(Role::Text, format!("{:<28} ", it.about))
            .say(Role::Faint, it.says)
            .line()
            .render(inset(line), buf);
    }
}
