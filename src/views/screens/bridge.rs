//! Bridge: the change on its way, what is wrong, one line for every subsystem, and what happened last.

use crate::areas::inset;
use crate::targets::Target;
use crate::widgets::{JOURNEY_LINES, Words, fitted, journey, mark, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::bridge::Strip;
use app::queries::fleet::Mark;
use app::queries::problems::{Problem, Weight};
use app::queries::{ages, bridge, bridge_strips, road, timeline};
use domain::Journey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// From here on there is room for air.
const WIDE: u16 = 100;

/// The margin in which titles hang.
fn margin(width: u16) -> u16 {
    if width >= WIDE - 4 { 13 } else { 12 }
}

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    let mut area = area;
    if let Some(it) = road::on_its_way(model) {
        let [top, rest] = split(area, JOURNEY_LINES + 1);
        on_its_way(model, &it, theme, inset(top), buf);
        area = rest;
    }
    let strips = bridge_strips::all(model);
    let grid = Grid::of(&strips, inset(area).width);
    let room = area.height.saturating_sub(strips.len() as u16 + 3).max(2);
    let [top, rest] = split(area, room.min(model.problems.len().max(1) as u16 + 1));
    problems(model, theme, &grid, top, buf, targets);
    let [middle, rest] = split(skip(rest, 1), strips.len() as u16);
    subsystems(&strips, &grid, theme, middle, buf);
    latest(model, theme, &grid, skip(rest, 1), buf);
}

/// The change that is on its way, hung in the margin.
fn on_its_way(model: &Model, it: &Journey, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = if it.verified() { "ARRIVED" } else { "ON ITS WAY" };
    Words::new(theme)
        .say(Role::Faint, title)
        .line()
        .render(Rect { width: margin(area.width).min(area.width), ..area }, buf);
    let rest = Rect {
        x: area.x + margin(area.width).min(area.width),
        width: area.width.saturating_sub(margin(area.width)),
        ..area
    };
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

fn problems(model: &Model, theme: &Theme, grid: &Grid, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
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
        problem_line(model, problem, theme, grid, inset(line), buf);
        targets.add(line, Target::Row(key));
    }
    if !any && let Some(line) = area.rows().nth(1) {
        let words = match (model.problems.is_empty(), list.filter.is_empty()) {
            (true, _) => {
                Words::new(theme).span(mark(Mark::Nothing, theme)).gap(1).phrase(&bridge::calm(model))
            }
            (false, _) => Words::new(theme).say(Role::Faint, "the filter hides all of them"),
        };
        words.line().render(inset(line), buf);
    }
}

fn problem_line(model: &Model, problem: &Problem, theme: &Theme, grid: &Grid, line: Rect, buf: &mut Buffer) {
    let left = match problem.weight {
        Weight::Critical | Weight::Lost => Words::new(theme).span(mark(Mark::Lost, theme)),
        Weight::Stuck => Words::new(theme).span(mark(Mark::Problem, theme)),
        // No reason to get up, and not the same as nothing.
        Weight::Notice => Words::new(theme).say(Role::Wait, if theme.ascii { "-" } else { "△" }),
    };
    let left = left.gap(1).phrase(&problem.title);
    let age = problem.since.map(|since| ages::short(model.now.since(since))).unwrap_or_default();
    let wide = left.width() as u16;
    let right = age.chars().count() as u16;
    spread(left.line(), Words::new(theme).say(Role::Faint, age).line(), line, buf);
    let end = line.width.saturating_sub(right).saturating_sub(u16::from(right > 0));
    // What does not fit is told by `X`; that there is more is told here.
    if wide > end
        && let Some(cell) = buf.cell_mut((line.x + end.saturating_sub(1), line.y))
    {
        cell.set_symbol(if theme.ascii { "~" } else { "…" });
    }
    // Where it is stands under the third column, or right of a title that is longer.
    let at = grid.third.max(wide + 3);
    let room = line.width.saturating_sub(at + 9);
    if problem.whereabouts.chars().count() <= usize::from(room) {
        buf.set_stringn(line.x + at, line.y, &problem.whereabouts, room.into(), theme.fg(Role::Faint));
    }
}

/// Where the columns of the Bridge begin, counted from the left end of its lines: those of the strips, and all else
/// that stands beside them. Each is as wide as what stands in it.
struct Grid {
    second: u16,
    third: u16,
}

impl Grid {
    fn of(strips: &[Strip], width: u16) -> Self {
        let margin = margin(width);
        let rest = width.saturating_sub(margin);
        let widest = |at: usize| {
            let cells = strips.iter().filter_map(|it| it.cells.get(at));
            // A reason why nothing is known is a sentence; it needs no column.
            let sentence = |it: &&Strip| it.cells.iter().skip(1).any(|it| !it.is_empty());
            let lone: Vec<_> = strips.iter().filter(sentence).filter_map(|it| it.cells.get(at)).collect();
            let wide = if lone.is_empty() { cells.collect() } else { lone };
            wide.into_iter().map(|it| it.width()).max().unwrap_or(0) as u16
        };
        let air = if width >= WIDE { 3 } else { 2 };
        let second = (widest(0) + air).max(rest * 24 / 100).min(rest / 2);
        let third = (second + widest(1) + air).max(rest * 52 / 100).min(rest * 2 / 3);
        Self { second: margin + second, third: margin + third }
    }
}

fn subsystems(strips: &[Strip], grid: &Grid, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (line, strip) in area.rows().zip(strips) {
        let line = inset(line);
        let margin = margin(line.width);
        let title = Words::new(theme).say(Role::Faint, strip.title);
        title.line().render(Rect { width: margin.min(line.width), ..line }, buf);
        let from =
            |x: u16| Rect { x: line.x + x.min(line.width), width: line.width.saturating_sub(x), ..line };
        let [first, second, third] = &strip.cells;
        if second.is_empty() && third.is_empty() {
            fitted(first, theme, from(margin), buf);
            continue;
        }
        let upto = |from: Rect, x: u16| Rect { width: (line.x + x).saturating_sub(from.x + 1), ..from };
        fitted(first, theme, upto(from(margin), grid.second), buf);
        // On a narrow screen the third has no column of its own: it begins where the second ends.
        let close = (grid.second + second.width() as u16 + 3).min(line.width);
        let at = if line.width >= WIDE - 4 { grid.third.max(close) } else { close };
        fitted(second, theme, upto(from(grid.second), at), buf);
        fitted(third, theme, from(at), buf);
    }
}

/// What happened last, as much of it as fits.
fn latest(model: &Model, theme: &Theme, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let mut lines = area.rows();
    let Some(head) = lines.next() else { return };
    if area.height < 3 {
        return;
    }
    Words::new(theme).say(Role::Faint, "LATEST").line().render(inset(head), buf);
    let margin = margin(inset(area).width);
    let told = timeline::digest(model, usize::from(area.height));
    let longest = told.iter().map(|it| it.about.chars().count()).max().unwrap_or(0) as u16;
    for (line, it) in lines.zip(told) {
        let line = inset(line);
        let put = |x: u16, to: u16, role: Role, text: &str, buf: &mut Buffer| {
            let room = to.min(line.width).saturating_sub(x + 1);
            buf.set_stringn(line.x + x, line.y, text, room.into(), theme.fg(role));
        };
        let about = margin + 8;
        let says = grid.second.max((about + longest + 2).min(area.width / 2));
        put(0, margin, Role::Faint, &timeline::when(model, it.at), buf);
        put(margin, about, Role::Faint, it.lane, buf);
        put(about, says, Role::Text, &it.about, buf);
        put(says, line.width + 1, Role::Faint, &it.says, buf);
    }
}
