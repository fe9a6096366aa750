//! The rollout as a time chart: one lane for every machine, what it waits for at its end.

use super::rollout_scale::{Scale, glyph};
use crate::targets::Target;
use crate::widgets::{Words, spread};
use crate::{Role, Targets, Theme};
use app::Model;
use app::queries::machines::key;
use app::queries::rollout::{Lane, Phase, Rollout};
use app::queries::timeline::clock;
use domain::{Moment, ObjectRef};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Lines that the chart wants.
pub(crate) fn height(rollout: Option<&Rollout>) -> usize {
    rollout.map_or(1, |it| it.lanes.len() + 5 + usize::from(!it.members.is_empty()))
}

pub(crate) fn draw(
    model: &Model,
    rollout: Option<&Rollout>,
    selected: Option<&ObjectRef>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    if area.height == 0 || area.width < 30 {
        return;
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let focused = model.screen.pane() == 1;
    let head_role = if focused { Role::Accent } else { Role::Faint };
    let Some(rollout) = rollout else {
        let title = Rect { height: 1, ..inner };
        let words = Words::new(theme)
            .say(head_role, "ROLLOUT")
            .gap(6)
            .say(Role::Faint, "none under way, none was seen");
        words.line().render(title, buf);
        return;
    };
    let label = label_width(rollout, area.width);
    let used = heading(model, rollout, label, head_role, theme, inner, buf);
    let members = u16::from(!rollout.members.is_empty());
    let lanes = u16::try_from(rollout.lanes.len()).unwrap_or(u16::MAX);
    let room = area.height.saturating_sub(used);
    // Axis, then a line of air, the lanes, etcd, air and the legend; air and legend go first.
    let legend = room >= 1 + lanes + members + 2;
    let air = room >= 2 + lanes + members + 2;
    let body = Rect { y: area.y + used, height: room, ..inner };
    let width = chart_width(inner.width, label);
    let end = rollout.ended.unwrap_or(model.now).max(rollout.began);
    let scale = Scale::of(first(rollout), end, width);
    let chart = Chart { model, theme, rollout, scale, label, width, end };
    chart.axis(body, buf);
    let from = 1 + u16::from(air);
    let below = members + if legend { 2 } else { 0 };
    let space =
        Rect { y: body.y + from.min(body.height), height: body.height.saturating_sub(from + below), ..body };
    let drawn = chart.lanes(space, selected, buf, targets);
    let after = from + drawn;
    if members > 0 && after < body.height {
        chart.members(Rect { y: body.y + after, height: 1, ..body }, buf);
    }
    chart.now_line(
        Rect {
            y: body.y + 1,
            height: (after + members).saturating_sub(1).min(body.height.saturating_sub(1)),
            ..body
        },
        buf,
    );
    if legend && after + members + 1 < body.height {
        draw_legend(
            theme,
            Rect {
                x: body.x + label,
                y: body.y + after + members + 1,
                width: body.width.saturating_sub(label),
                height: 1,
            },
            buf,
        );
    }
}

/// What rolls and how long it takes, in one line where it fits. What it stands still for is worth more than how it
/// rolls: that gets a line of its own rather than being cut. Says how many lines it took.
fn heading(
    model: &Model,
    rollout: &Rollout,
    label: u16,
    role: Role,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let line = Rect { height: 1, ..area };
    let left = || {
        let title = Words::new(theme).say(role, format!("{:<1$}", "ROLLOUT", usize::from(label)));
        title.phrase(&rollout.title)
    };
    let whole = left().gap(3).say(Role::Faint, rollout.manner.clone());
    let began = format!("began {}, ", clock(model, rollout.began));
    let right = Words::new(theme).say(Role::Faint, began).phrase(&rollout.course);
    let course = || Words::new(theme).phrase(&rollout.course);
    let fits = |a: &Words<'_>, b: &Words<'_>| a.width() + b.width() + 2 <= usize::from(area.width);
    if fits(&whole, &right) {
        spread(whole.line(), right.line(), line, buf);
    } else if fits(&whole, &course()) {
        spread(whole.line(), course().line(), line, buf);
    } else if fits(&left(), &course()) {
        spread(left().line(), course().line(), line, buf);
    } else {
        left().line().render(line, buf);
        if area.height > 1 {
            let second = Rect { y: line.y + 1, ..line };
            course().line().render(second, buf);
        }
        return 2;
    }
    1
}

fn label_width(rollout: &Rollout, width: u16) -> u16 {
    let longest = rollout.lanes.iter().map(|it| it.name.chars().count()).max().unwrap_or(0);
    let most = if width < 104 { 20 } else { 28 };
    u16::try_from(longest).unwrap_or(u16::MAX).clamp(11, most) + 2
}

fn chart_width(width: u16, label: u16) -> u16 {
    let share = if width < 100 { 36 } else { 45 };
    (width.saturating_sub(label) * share / 100).max(8)
}

/// The moment at the left edge: a little before it began.
fn first(rollout: &Rollout) -> Moment {
    Moment(rollout.began.0 - 4_000)
}

struct Chart<'a> {
    model: &'a Model,
    theme: &'a Theme,
    rollout: &'a Rollout,
    scale: Scale,
    label: u16,
    width: u16,
    end: Moment,
}

impl Chart<'_> {
    fn axis(&self, area: Rect, buf: &mut Buffer) {
        let room = area.width.saturating_sub(self.label);
        for (cell, at) in self.scale.ticks(room, self.model.settings.utc_offset) {
            let mut words = clock(self.model, at);
            if self.scale.whole_minutes() {
                words.truncate(5);
            }
            let wide = u16::try_from(words.len()).unwrap_or(8);
            if cell + wide <= room {
                buf.set_stringn(area.x + self.label + cell, area.y, words, 8, self.theme.fg(Role::Faint));
            }
        }
    }

    /// Draw as many lanes as fit, those first in which something happens; says how many lines that took.
    fn lanes(
        &self,
        area: Rect,
        selected: Option<&ObjectRef>,
        buf: &mut Buffer,
        targets: &mut Targets,
    ) -> u16 {
        let room = usize::from(area.height);
        let shown = chosen(&self.rollout.lanes, self.end, room);
        let hidden = self.rollout.lanes.len() - shown.len();
        let mut lines = area.rows();
        let mut drawn = 0;
        for lane in shown {
            let Some(line) = lines.next() else { break };
            self.lane(lane, selected, line, buf);
            let object = ObjectRef {
                group: "cluster.x-k8s.io".into(),
                kind: "Machine".into(),
                namespace: lane.id.namespace.clone(),
                name: lane.id.name.clone(),
            };
            if !lane.gone {
                targets.add(line, Target::Row(key(&object)));
            }
            drawn += 1;
        }
        if hidden > 0
            && let Some(line) = lines.next()
        {
            Words::new(self.theme).say(Role::Faint, format!("and {hidden} more")).line().render(line, buf);
            drawn += 1;
        }
        drawn
    }

    fn lane(&self, lane: &Lane, selected: Option<&ObjectRef>, line: Rect, buf: &mut Buffer) {
        let mine = selected.is_some_and(|it| it.kind == "Machine" && it.name == lane.id.name);
        let role = match (mine, lane.gone) {
            (true, _) => Role::Strong,
            (_, true) => Role::Faint,
            _ => Role::Text,
        };
        let most = usize::from(self.label.saturating_sub(2));
        buf.set_stringn(line.x, line.y, &lane.name, most, self.theme.fg(role));
        for cell in 0..self.width {
            let (from, to) = self.scale.stretch(cell);
            if from >= self.end {
                break;
            }
            let phase = lane.during(from, to.min(self.end));
            let (text, role) = glyph(phase, self.theme.ascii);
            buf.set_stringn(line.x + self.label + cell, line.y, text, 1, self.theme.fg(role));
        }
        let says =
            Rect { x: self.says_at(line), width: line.right().saturating_sub(self.says_at(line)), ..line };
        Words::new(self.theme).phrase(&lane.says).line().render(says, buf);
    }

    fn says_at(&self, line: Rect) -> u16 {
        (line.x + self.label + self.width + 3).min(line.right())
    }

    fn members(&self, line: Rect, buf: &mut Buffer) {
        buf.set_stringn(line.x, line.y, "etcd", 13, self.theme.fg(Role::Faint));
        let last = self.rollout.members.len().saturating_sub(1);
        let mut free = 0;
        for (at, (moment, count)) in self.rollout.members.iter().enumerate() {
            let cell = self.scale.cell(*moment).max(free);
            let text = count.to_string();
            if cell < self.width {
                let role = if at == last { Role::Strong } else { Role::Text };
                buf.set_stringn(line.x + self.label + cell, line.y, &text, 3, self.theme.fg(role));
                free = cell + u16::try_from(text.len()).unwrap_or(1) + 1;
            }
        }
        let says =
            Rect { x: self.says_at(line), width: line.right().saturating_sub(self.says_at(line)), ..line };
        Words::new(self.theme).phrase(&self.rollout.quorum).line().render(says, buf);
    }

    /// A thin line where now is, or where it ended.
    fn now_line(&self, area: Rect, buf: &mut Buffer) {
        let cell = self.scale.cell(self.end) + 1;
        let x = area.x + self.label + cell.min(self.width + 1);
        let bar = if self.theme.ascii { "|" } else { "│" };
        for line in area.rows().filter(|_| x < area.right()) {
            buf.set_stringn(x, line.y, bar, 1, self.theme.fg(Role::Rule));
        }
    }
}

/// The lanes that fit, in their order: the ones in which something happens before those that stand.
fn chosen(lanes: &[Lane], end: Moment, room: usize) -> Vec<&Lane> {
    if lanes.len() <= room {
        return lanes.iter().collect();
    }
    let room = room.saturating_sub(1);
    let worth = |lane: &Lane| match lane.at(end) {
        Phase::Made | Phase::Boots | Phase::Joins | Phase::Drains | Phase::Deleted => 0,
        _ if !lane.says.is_empty() && !lane.gone => 1,
        Phase::New => 2,
        Phase::Old => 3,
        Phase::Nothing => 4,
    };
    let mut order: Vec<usize> = (0..lanes.len()).collect();
    order.sort_by_key(|at| (worth(&lanes[*at]), std::cmp::Reverse(*at)));
    order.truncate(room);
    order.sort_unstable();
    order.into_iter().filter_map(|at| lanes.get(at)).collect()
}

fn draw_legend(theme: &Theme, line: Rect, buf: &mut Buffer) {
    let mut words = Words::new(theme);
    let all = [
        (Phase::Made, "server is made"),
        (Phase::Boots, "boots"),
        (Phase::Joins, "joins"),
        (Phase::New, "new"),
        (Phase::Old, "old"),
        (Phase::Drains, "drains"),
        (Phase::Deleted, "is deleted"),
    ];
    for (phase, title) in all {
        let (text, role) = glyph(phase, theme.ascii);
        let said = if matches!(phase, Phase::Made | Phase::Old) { Role::Faint } else { role };
        words = words.say(role, text).gap(1).say(said, title).gap(3);
    }
    words.line().render(line, buf);
}
