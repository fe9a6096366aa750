//! One node with its tabs: the overview, tables, texts and logs.

use super::{node, object};
use crate::targets::Target;
use crate::widgets::{self, Cell, Column, Table, Width, Words, mark, nothing, spread};
use crate::{Role, Targets, Theme};
use app::queries::fleet::{self, Mark};
use app::queries::{node as detail, sheets, text, timeline};
use app::{Action, Model, NodeTab, Place};
use domain::NodeName;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

/// Cells of a column at most; what is longer is cut, in the last column by the edge of the screen.
const WIDEST: usize = 44;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if area.height < 4 {
        return;
    }
    let row =
        |at: u16| Rect { x: area.x + 2, y: area.y + at, width: area.width.saturating_sub(4), height: 1 };
    let body = Rect { y: area.y + 3, height: area.height - 3, ..area };
    let inset = Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body };
    head(model, theme, row(0), buf);
    match &model.screen.place {
        Place::Node(name) => {
            tabs(NodeTab::Overview, theme, row(1), buf, targets);
            overview(model, name, theme, inset, buf);
        }
        Place::NodeTab(_, tab) => {
            tabs(*tab, theme, row(1), buf, targets);
            match tab {
                NodeTab::Dmesg => object::draw_lines(model, theme, inset, buf, targets),
                NodeTab::Events => events(model, theme, body, buf, targets),
                _ => sheet(model, theme, body, buf, targets),
            }
        }
        Place::NodeLogs(_) => object::draw_lines(
            model,
            theme,
            Rect { y: area.y + 1, height: area.height - 1, ..inset },
            buf,
            targets,
        ),
        _ => {
            let body = Rect { y: area.y + 2, height: area.height - 2, ..area };
            sheet(model, theme, body, buf, targets);
        }
    }
}

fn head(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(name) = model.screen.place.node() else { return };
    let right = match &model.screen.place {
        Place::NodeSheet(of) => match &of.what {
            domain::SheetKind::Resources(kind) => kind.name.clone(),
            domain::SheetKind::Resource(kind, id) => format!("{} {id}", kind.short()),
            _ => String::new(),
        },
        Place::NodeLogs(of) if of.nodes.len() > 1 => format!("{} of {} nodes", of.of.word(), of.nodes.len()),
        Place::NodeLogs(of) => of.of.word().to_owned(),
        _ => String::new(),
    };
    let mut words = Words::new(theme);
    match model.world.nodes.get(name) {
        Some(it) => {
            let link = fleet::link(model, name);
            words = words.say(Role::Strong, name.0.clone()).gap(3);
            words = words.say(Role::Faint, it.role.map(|it| it.word()).unwrap_or_default()).gap(3);
            words = words.say(Role::Faint, fleet::stage(it, link, model.now));
        }
        None => {
            words = words.say(Role::Strong, name.0.clone()).gap(3).say(Role::Bad, "is not there any more")
        }
    }
    spread(words.line(), Words::new(theme).say(Role::Faint, right).line(), area, buf);
}

/// The tabs, as many as fit around the open one.
fn tabs(open: NodeTab, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let at = NodeTab::ALL.iter().position(|it| *it == open).unwrap_or(0);
    let width = |tabs: &[NodeTab]| tabs.iter().map(|it| it.title().len() + 3).sum::<usize>();
    let mut first = 0;
    while first < at && width(NodeTab::ALL.get(first..=at).unwrap_or_default()) + 2 > usize::from(area.width)
    {
        first += 1;
    }
    let mut words = Words::new(theme);
    if first > 0 {
        words = words.say(Role::Faint, "… ");
    }
    for tab in NodeTab::ALL.iter().skip(first) {
        if words.width() + tab.title().len() > usize::from(area.width) {
            words = words.say(Role::Faint, "…");
            break;
        }
        let role = if *tab == open { Role::Accent } else { Role::Faint };
        words = words.say(role, tab.title()).gap(3);
    }
    targets.add(area, Target::Action(Action::NextPane));
    spread(words.line(), Words::new(theme).line(), area, buf);
}

fn overview(model: &Model, name: &NodeName, theme: &Theme, area: Rect, buf: &mut Buffer) {
    match detail::detail(model, name) {
        Some(it) => node::facts(model, &it, theme, area, buf),
        None => nothing(&format!("{name} is not there any more"), theme, area, buf),
    }
}

fn sheet(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    targets.rows = area.height.saturating_sub(1);
    if let Some(words) = sheets::nothing(model) {
        nothing(&words, theme, area, buf);
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    if let Some(it) = text::text(model) {
        let inset = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
        widgets::text(&it, &list, theme, inset, buf, targets);
        return;
    }
    let titles = sheets::columns(model);
    let rows = sheets::rows(model);
    let height = usize::from(area.height);
    let shown: Vec<_> = rows.iter().skip(list.top).take(height).collect();
    let wide = |at: usize| {
        let cells =
            shown.iter().filter_map(|row| row.cells.get(at)).map(|it| sheets::said(it).chars().count());
        let title = titles.get(at).map_or(0, |it| it.title.len() + 2);
        cells.max().unwrap_or(0).max(title).min(WIDEST) as u16
    };
    let last = titles.len().saturating_sub(1);
    let columns: Vec<Column> = titles
        .iter()
        .enumerate()
        .map(|(at, it)| {
            // Numbers stay beside what they belong to; words take what is left over.
            let width = if at == last && !it.right { Width::Share(1) } else { Width::Cells(wide(at)) };
            Column { title: it.title.into(), width, right: it.right }
        })
        .collect();
    let table =
        Table { theme, columns: &columns, sort: list.sort, selected: list.selected.as_ref(), focused: true };
    let lines = shown.into_iter().map(|row| {
        let cells = row.cells.iter().enumerate().map(|(at, it)| {
            let role = if at == 0 { Role::Text } else { Role::Faint };
            let role = if titles.get(at).is_some_and(|it| it.right) { Role::Text } else { role };
            Cell::new(theme, role, sheets::said(it))
        });
        let shape = match sheets::mark(row.fare) {
            Mark::Nothing => Span::raw(" "),
            shape => mark(shape, theme),
        };
        (app::RowKey(row.key.clone()), shape, cells.collect())
    });
    table.draw(lines, area, buf, targets);
}

fn events(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    targets.rows = area.height.saturating_sub(1);
    let rows = detail::events(model);
    if rows.is_empty() {
        nothing("nothing has happened here since it is watched", theme, area, buf);
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let columns = [
        Column { title: "at".into(), width: Width::Cells(8), right: false },
        Column { title: "what".into(), width: Width::Share(1), right: false },
    ];
    let table =
        Table { theme, columns: &columns, sort: None, selected: list.selected.as_ref(), focused: true };
    let lines = rows.into_iter().skip(list.top).map(|row| {
        let role = if row.words.contains("failed") { Role::Bad } else { Role::Text };
        let cells = vec![
            Cell::new(theme, Role::Faint, timeline::when(model, row.at)),
            Cell::new(theme, role, row.words),
        ];
        (row.key, Span::raw(" "), cells)
    });
    table.draw(lines, area, buf, targets);
}
