//! Machines: the tree on top, the rollout below, the selected line last; each can have the whole screen.

use super::{machines_detail, machines_tree, rollout};
use crate::widgets::Words;
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::{machines, rollout as rollouts, timeline};
use domain::{MachineId, ObjectRef};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let lines = machines::tree(model);
    let selected = model.screen.listing().and_then(|list| list.selected.as_ref());
    let object = selected.and_then(|key| lines.object(key)).or(lines.first()).cloned();
    let shown = rollouts::shown(model, object.as_ref().and_then(|it| owner(model, it)).as_ref());
    let detail = object.as_ref().map(|it| machines::detail(model, it)).unwrap_or_default();
    let pane = model.screen.pane();
    if model.screen.zoomed {
        match pane {
            1 => rollout::draw(model, shown.as_ref(), object.as_ref(), theme, area, buf, targets),
            2 => machines_detail::draw(&detail, theme, area, buf),
            _ => machines_tree::draw(model, &lines, theme, area, buf, targets),
        }
        return;
    }
    let wants = [lines.len().max(1) + 1, rollout::height(shown.as_ref()), detail.lines.len().max(2)];
    let [tree, chart, rest] = split(area, wants);
    machines_tree::draw(model, &lines, theme, tree, buf, targets);
    let fits = targets.rows;
    rollout::draw(model, shown.as_ref(), object.as_ref(), theme, chart, buf, targets);
    machines_detail::draw(&detail, theme, rest, buf);
    targets.rows = fits;
    // What is left over tells what happened to it; wrapped lines of the detail have the same room.
    let taken = detail.lines.len() as u16 + 3;
    if rest.height > taken + 3
        && let Some(object) = &object
    {
        let below = Rect { y: rest.y + taken, height: rest.height - taken, ..rest };
        happened(model, object, theme, below, buf);
    }
}

/// What happened to a machine, its node and its member last; of anything else, to all that is shown here.
fn happened(model: &Model, object: &ObjectRef, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let id = MachineId { namespace: object.namespace.clone(), name: object.name.clone() };
    let machine = model.world.capi.machines.get(&id).filter(|_| object.kind == "Machine");
    let node = machine.and_then(|it| it.node.as_ref()).map(|it| it.0.as_str());
    let about = |it: &timeline::Happening| match machine {
        Some(_) => it.about == object.name || Some(it.about.as_str()) == node,
        None => matches!(it.lane, "capi" | "etcd"),
    };
    let mut lines = area.rows();
    let mut told = timeline::latest(model).filter(about).peekable();
    let (Some(head), true) = (lines.next(), told.peek().is_some()) else { return };
    let at = |line: Rect| Rect { x: line.x + 2, width: line.width.saturating_sub(4), ..line };
    Words::new(theme).say(Role::Faint, "LATEST").line().render(at(head), buf);
    for (line, it) in lines.zip(told) {
        let words = Words::new(theme)
            .say(Role::Faint, format!("{:<13}{:<8}", timeline::when(model, it.at), it.lane))
            .say(Role::Text, format!("{:<24}  ", it.about))
            .say(Role::Faint, it.says);
        words.line().render(at(line), buf);
    }
}

/// The control plane or deployment that the selected line belongs to.
fn owner(model: &Model, object: &ObjectRef) -> Option<ObjectRef> {
    match object.kind.as_str() {
        "Machine" => {
            let id = MachineId { namespace: object.namespace.clone(), name: object.name.clone() };
            model.world.capi.machines.get(&id).and_then(|it| model.world.capi.roller_of(it))
        }
        _ => Some(object.clone()),
    }
}

/// Tree, chart and detail below each other: what each wants where there is room, fair shares where there is not.
fn split(area: Rect, wants: [usize; 3]) -> [Rect; 3] {
    let [tree, chart, detail] = wants.map(|it| u16::try_from(it).unwrap_or(u16::MAX));
    let room = area.height;
    let wide = tree.saturating_add(chart).saturating_add(detail);
    let (tree, gap, chart) = if wide.saturating_add(3) <= room {
        (tree, if wide.saturating_add(5) <= room { 2 } else { 1 }, chart)
    } else {
        let detail = detail.min((room / 5).max(3));
        let left = room.saturating_sub(detail + 1);
        let chart = chart.min((left / 2).max(left.saturating_sub(tree)));
        (left.saturating_sub(chart).min(tree), 0, chart)
    };
    let top = Rect { height: tree.min(room), ..area };
    let middle = cut(area, tree + gap, chart);
    let bottom = cut(area, tree + gap + chart + 1, room);
    [top, middle, bottom]
}

/// `height` lines of `area` from line `from` on, as far as there are any.
fn cut(area: Rect, from: u16, height: u16) -> Rect {
    let from = from.min(area.height);
    Rect { y: area.y + from, height: height.min(area.height - from), ..area }
}
