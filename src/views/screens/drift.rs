//! Drift: what Git says, what is declared, what runs, where they differ.

use crate::widgets::{Cell, Column, Table, Width, Words, mark};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::drift;
use app::queries::fleet::Mark;
use app::queries::words::count;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let rows = drift::shown(model);
    let mut lines = area.rows().skip(1);
    let Some(head) = lines.next() else { return };
    let inner = Rect { x: head.x + 2.min(head.width), width: head.width.saturating_sub(4), ..head };
    let declared = model.world.sources.as_ref().map_or(0, |it| it.nodes.len());
    let known = model.world.sources.is_some() && (!model.world.capi.machines.is_empty() || declared > 0);
    let says = match (known, rows.len()) {
        (false, _) => "Git or the cluster is not known yet".to_owned(),
        (true, 0) => "Git, the declared objects and the machines say the same of versions and numbers".into(),
        (true, 1) => "1 difference in versions and numbers".into(),
        (true, many) => format!("{many} differences in versions and numbers"),
    };
    let shape = match (known, rows.is_empty()) {
        (false, _) => Mark::UnderWay,
        (true, true) => Mark::Good,
        (true, false) => Mark::Problem,
    };
    let filter = model.screen.listing().map(|it| it.filter.clone()).unwrap_or_default();
    if rows.is_empty() && !filter.is_empty() {
        let words =
            Words::new(theme).say(Role::Faint, format!("no difference matches `{filter}`; esc shows all"));
        words.line().render(inner, buf);
        return;
    }
    Words::new(theme).span(mark(shape, theme)).gap(1).say(Role::Text, says).line().render(inner, buf);
    if rows.is_empty() {
        if let (Some(map), Some(below)) = (&model.world.sources, lines.next()) {
            let capi = &model.world.capi;
            let rollers = capi.control_planes().count() + capi.machine_deployments.len();
            let nodes = drift::declared_nodes(model);
            let compared = match capi.machines.is_empty() {
                true => format!(
                    "compared: {} and what {} says of their versions",
                    count(nodes, "node", "nodes"),
                    map.commit.short()
                ),
                false => format!(
                    "compared: {}, {} and what {} says",
                    count(rollers, "control plane or deployment", "control planes and deployments"),
                    count(capi.machines.len(), "machine", "machines"),
                    map.commit.short()
                ),
            };
            let inner = Rect { x: inner.x + 2.min(inner.width), y: below.y, ..inner };
            Words::new(theme).say(Role::Faint, compared).line().render(inner, buf);
        }
        return;
    }
    let list = model.screen.listing().cloned().unwrap_or_default();
    let columns = [
        Column::left("class", Width::Cells(8)),
        Column::left("where", Width::Share(2)),
        Column::left("field", Width::Cells(8)),
        Column::left("Git says", Width::Cells(9)),
        Column::left("declared", Width::Cells(9)),
        Column::left("it is", Width::Share(2)),
        Column::left("written in", Width::Share(3)),
    ];
    let columns = if area.width < 100 { &columns[..6] } else { &columns[..] };
    let table = Table { theme, columns, sort: None, selected: list.selected.as_ref(), focused: true };
    let below = Rect { y: (area.y + 3).min(area.bottom()), height: area.height.saturating_sub(3), ..area };
    let rows = rows.into_iter().skip(list.top).map(|row| {
        let (shape, role) = match row.class {
            drift::Class::Pending => (Mark::UnderWay, Role::Wait),
            drift::Class::Drifted => (Mark::Problem, Role::Bad),
        };
        let cells = vec![
            Cell::new(theme, role, row.class.word()),
            Cell::new(theme, Role::Text, row.object),
            Cell::new(theme, Role::Faint, row.field),
            Cell::new(theme, Role::Text, row.git),
            Cell::new(theme, Role::Text, row.declared),
            Cell::new(theme, Role::Text, row.live),
            Cell::new(theme, Role::Faint, row.place),
        ];
        (row.key, mark(shape, theme), cells)
    });
    table.draw(rows, below, buf, targets);
}
