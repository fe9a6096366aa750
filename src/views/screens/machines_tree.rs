//! The tree of clusters, control planes, deployments and machines.

use crate::targets::Target;
use crate::widgets::{Words, mark, nothing};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::machines::{Tree, TreeRow};
use app::queries::sources;
use app::queries::words::Phrase;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Where the six columns begin, from the left edge.
struct Columns([u16; 6]);

impl Columns {
    fn of(width: u16) -> Self {
        if width < 104 {
            return Self([2, 31, 40, 55, 63, 71]);
        }
        let name = (width.saturating_sub(88)).clamp(30, 46);
        Self([2, name, name + 12, name + 28, name + 42, name + 56])
    }

    /// The place of a column in a line.
    fn place(&self, column: usize, line: Rect) -> Rect {
        let from = self.0[column].min(line.width);
        let to = self.0.get(column + 1).map_or(line.width, |next| next.saturating_sub(1)).min(line.width);
        Rect { x: line.x + from, width: to.saturating_sub(from), ..line }
    }
}

pub(crate) fn draw(
    model: &Model,
    lines: &Tree<'_>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    if area.height == 0 {
        return;
    }
    let columns = Columns::of(area.width);
    let head = Rect { height: 1, ..area };
    let fresh = if area.width < 104 { "current" } else { "up to date" };
    for (at, title) in ["CLUSTER", "replicas", "state", fresh, "version", "node"].into_iter().enumerate() {
        Words::new(theme).say(Role::Faint, title).line().render(columns.place(at, head), buf);
    }
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    targets.rows = body.height;
    if lines.is_empty() {
        nothing(&silence(model), theme, body, buf);
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let focused = model.screen.pane() == 0;
    let in_sight = lines.rows(list.top, usize::from(body.height));
    for (line, row) in body.rows().zip(&in_sight) {
        if list.selected.as_ref() == Some(&row.key) {
            buf.set_style(line, theme.bg(Role::SelectedGround));
            let role = if focused { Role::Accent } else { Role::Faint };
            buf.set_stringn(line.x, line.y, if theme.ascii { ">" } else { "▸" }, 1, theme.fg(role));
        }
        draw_row(row, theme, &columns, line, buf);
        for (at, title, said) in [(2, "state", &row.state), (4, "version", &row.version)] {
            let mut place = columns.place(at, line);
            place.width = place.width.min(said.width() as u16 + if at == 2 { 2 } else { 0 });
            targets.cell(&row.key, title, place, said.0.iter().map(|(_, text)| text.as_str()));
        }
        targets.add(line, Target::Row(row.key.clone()));
    }
}

fn draw_row(row: &TreeRow, theme: &Theme, columns: &Columns, line: Rect, buf: &mut Buffer) {
    let branch =
        if theme.ascii { row.branch.replace(['│', '├', '└'], "|") } else { row.branch.clone() };
    let name = Words::new(theme).say(Role::Rule, branch).phrase(&row.name);
    let mut state = Words::new(theme);
    if let Some(shape) = row.mark {
        state = state.span(mark(shape, theme)).gap(1);
    }
    let mut fresh = Words::new(theme);
    if let Some(shape) = row.fresh {
        fresh = fresh.span(mark(shape, theme)).gap(1);
    }
    // Where a host's name would be cut, what it is to etcd is worth more than its beginning.
    let place = columns.place(5, line);
    let wide = row.node.text().chars().count() > usize::from(place.width);
    let node = match row.node.0.split_first() {
        Some((_, rest)) if wide && !rest.is_empty() => Phrase(rest.to_vec()),
        Some(((tone, text), _)) if wide => Phrase::new().say(*tone, text.replace(" machines", "")),
        _ => row.node.clone(),
    };
    let cells = [
        name,
        Words::new(theme).phrase(&row.replicas),
        state.phrase(&row.state),
        fresh.phrase(&row.up_to_date),
        Words::new(theme).phrase(&row.version),
        Words::new(theme).phrase(&node),
    ];
    for (at, words) in cells.into_iter().enumerate() {
        words.line().render(columns.place(at, line), buf);
    }
}

/// Why there is no row: nothing matches, or the source says why.
fn silence(model: &Model) -> String {
    let filter = model.screen.listing().map(|it| it.filter.as_str()).unwrap_or_default();
    if !filter.is_empty() {
        return format!("nothing here matches `{filter}`");
    }
    let capi = sources::marks(model).into_iter().find(|it| it.source == domain::Source::Capi);
    format!("no cluster is here: Cluster API is {}", capi.map_or("not heard yet".into(), |it| it.says))
}
