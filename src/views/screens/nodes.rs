//! Nodes: every Talos node in one list, and the selected one in full beside it.

use super::node;
use crate::widgets::{Cell, Column, Table, Width, divider, mark};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::fleet::{self, COLUMNS, Mark, NodeRow, Version};
use app::queries::{ages, node as detail};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// From here on list and detail stand side by side.
const BOTH: u16 = 100;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    let pane = model.screen.pane();
    let (wide, zoomed) = (area.width >= BOTH, model.screen.zoomed);
    let list_width = if wide && !zoomed { (area.width * 9 / 16).max(62) } else { area.width };
    let list_area = Rect { width: list_width, ..area };
    if pane == 0 || (wide && !zoomed) {
        list(model, theme, list_area, buf, targets);
    }
    if wide && !zoomed {
        let rest = Rect { x: area.x + list_width, width: area.width - list_width, ..area };
        divider(theme, rest, buf);
        let inner = Rect { x: rest.x + 3, width: rest.width.saturating_sub(4), ..rest };
        selected(model, theme, inner, buf);
    } else if pane == 1 {
        let inner = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(4), ..area };
        selected(model, theme, inner, buf);
    }
}

fn selected(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    match detail::selected(model).and_then(|name| detail::detail(model, &name)) {
        Some(it) => node::detail(model, &it, theme, area, buf),
        None => Line::styled("no node is selected", theme.fg(Role::Faint)).render(area, buf),
    }
}

/// Which columns fit beside names of `name` cells, in the order in which they stand.
fn chosen(width: u16, name: u16) -> Vec<(usize, Column)> {
    // Worth, place in COLUMNS, width: the first that fit are shown.
    let by_worth: [(usize, u16, bool); 11] = [
        (3, 9, false),
        (4, 9, false),
        (5, 6, false),
        (7, 5, true),
        (6, 5, true),
        (2, 13, false),
        (8, 6, true),
        (9, 7, true),
        (1, 13, false),
        (10, 18, false),
        (11, 16, false),
    ];
    let mut room = width.saturating_sub(5 + name);
    let mut shown: Vec<(usize, u16, bool)> = Vec::new();
    for it in by_worth {
        if room < it.1 + 2 {
            continue;
        }
        room -= it.1 + 2;
        shown.push(it);
    }
    shown.sort();
    let column = |(at, cells, right): &(usize, u16, bool)| {
        let title = COLUMNS.get(*at).copied().unwrap_or_default();
        let width = Width::Cells(*cells);
        (*at, if *right { Column::right(title, width) } else { Column::left(title, width) })
    };
    std::iter::once((0, Column::left("name", Width::Share(1)))).chain(shown.iter().map(column)).collect()
}

fn list(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let nodes = fleet::listed(model);
    let list = model.screen.listing().cloned().unwrap_or_default();
    let longest = nodes.iter().map(|it| it.name.0.chars().count()).max().unwrap_or(0) as u16;
    let chosen = chosen(area.width, longest.clamp(12, 32));
    let columns: Vec<Column> = chosen.iter().map(|(_, column)| column.clone()).collect();
    // The order is told by the column it is by, where that column is on the screen.
    let sort = list.sort.and_then(|(by, down)| Some((chosen.iter().position(|(at, _)| *at == by)?, down)));
    let table = Table {
        theme,
        columns: &columns,
        sort,
        selected: list.selected.as_ref(),
        focused: model.screen.pane() == 0,
    };
    if nodes.is_empty() {
        targets.rows = area.height.saturating_sub(1);
        let words = match (model.world.nodes.is_empty(), list.filter.is_empty()) {
            (true, _) => empty(model),
            (false, false) => format!("no node matches /{}", list.filter),
            (false, true) => "no node".into(),
        };
        let line = Rect { x: area.x + 2.min(area.width), height: 1.min(area.height), ..area };
        Line::styled(words, theme.fg(Role::Faint)).render(line, buf);
        return;
    }
    let below = nodes.get(list.top..).unwrap_or_default();
    let in_sight = below.get(..usize::from(area.height)).unwrap_or(below);
    let lines = fleet::rows(model, in_sight).into_iter().map(|row| {
        let cells = chosen.iter().map(|(at, _)| cell(model, &row, *at, theme)).collect();
        let marked = list.marked.contains(&row.key);
        let shape = if marked { Span::styled("+", theme.fg(Role::Accent)) } else { mark(row.mark, theme) };
        (row.key, shape, cells)
    });
    table.draw(lines, area, buf, targets);
}

/// Why there is no node at all.
fn empty(model: &Model) -> String {
    use domain::{Feed, Link, Source};
    match model.world.feeds.get(&Feed::of(Source::Talos, "")).map(|it| &it.link) {
        Some(Link::NotConfigured { why } | Link::Degraded { why, .. } | Link::Forbidden { why }) => {
            why.clone()
        }
        _ => "looking for nodes".into(),
    }
}

fn cell(model: &Model, row: &NodeRow, column: usize, theme: &Theme) -> Cell<'static> {
    let plain = if row.stale { Role::Faint } else { Role::Text };
    let percent = |it: Option<u8>| it.map(|it| format!("{it} %")).unwrap_or_default();
    let hot = |it: Option<u8>| if it.is_some_and(|it| it >= 90) { Role::Wait } else { plain };
    let (role, text) = match COLUMNS.get(column).copied().unwrap_or_default() {
        "name" => (plain, row.name.clone()),
        "role" => (Role::Faint, row.role.to_owned()),
        "stage" => match row.mark {
            Mark::Lost | Mark::Problem => (Role::Bad, row.stage.clone()),
            Mark::UnderWay => (Role::Wait, row.stage.clone()),
            _ => (Role::Faint, row.stage.clone()),
        },
        "talos" => version(&row.talos, plain),
        "kubelet" => version(&row.kubelet, plain),
        "ready" => {
            let shape = match (row.ready, row.cordoned) {
                (Some(true), true) => Mark::UnderWay,
                (Some(true), false) => Mark::Good,
                (Some(false), _) => Mark::Problem,
                (None, _) => Mark::Nothing,
            };
            return Cell::of(vec![mark(shape, theme)]);
        }
        "drift" => match row.drift {
            None => (Role::Faint, "?".into()),
            Some(0) => (Role::Faint, if theme.ascii { "." } else { "·" }.into()),
            Some(some) => (Role::Wait, some.to_string()),
        },
        "cpu" => (hot(row.cpu), percent(row.cpu)),
        "memory" => (hot(row.memory), percent(row.memory)),
        "up" => (Role::Faint, row.booted.map(|it| ages::short(model.now.since(it))).unwrap_or_default()),
        "machine" => (Role::Faint, row.machine.clone()),
        _ => (Role::Faint, row.server.clone()),
    };
    Cell::new(theme, role, text)
}

fn version(it: &Version, plain: Role) -> (Role, String) {
    match it.is.as_str() {
        "" => (Role::Faint, "?".into()),
        is if it.drifts() => (Role::Wait, is.to_owned()),
        is => (plain, is.to_owned()),
    }
}
