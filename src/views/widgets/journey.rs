//! A change on its way, as a road of steps: what is done, what is under way, what is still to come.

use super::{Words, mark, spread};
use crate::{Role, Theme};
use app::Model;
use app::queries::fleet::Mark;
use app::queries::{ages, timeline};
use domain::{Journey, Leg, Reached, Step};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Lines that [`journey`] draws.
pub(crate) const LINES: u16 = 4;

/// Draw a journey: its commit and who made it, a blank line, the steps, and when each was.
pub(crate) fn journey(model: &Model, it: &Journey, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines = area.rows();
    let Some(head) = lines.next() else { return };
    let words = Words::new(theme).say(Role::Accent, it.commit.short().to_owned()).gap(2);
    let words = words.say(Role::Strong, it.subject.clone());
    let who = if it.ours { "you".to_owned() } else { it.author.clone() };
    let age = ages::short(model.now.since(it.at));
    spread(words.line(), Words::new(theme).say(Role::Faint, format!("{who}, {age} ago")).line(), head, buf);
    let (Some(_), Some(steps), Some(times)) = (lines.next(), lines.next(), lines.next()) else { return };
    let many = it.legs.len().max(1) as u16;
    let words = it.legs.iter().map(|leg| leg.step.word().len() as u16 + 2).sum::<u16>();
    // Steps of one width where there is room, else what is left over between them, and times without seconds.
    let even = area.width / many >= 12;
    let air = area.width.saturating_sub(words) / many.saturating_sub(1).max(1);
    let mut x = area.x;
    for (at, leg) in it.legs.iter().enumerate() {
        let wanted = match even {
            true => (area.width / many).min(18),
            false => leg.step.word().len() as u16 + 2 + air.min(6),
        };
        let wide = wanted.min(area.right().saturating_sub(x));
        step(leg, at + 1 < it.legs.len(), theme, Rect { x, width: wide, ..steps }, buf);
        let mut when = time(model, leg);
        if !even && when.len() == 8 && when.contains(':') {
            when.truncate(5);
        }
        let time = Words::new(theme).gap(2).say(time_role(leg), when);
        time.line().render(Rect { x, width: wide.saturating_sub(1), ..times }, buf);
        x = x.saturating_add(wanted).min(area.right());
    }
}

fn step(leg: &Leg, more: bool, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (shape, role) = match leg.reached {
        Reached::Done { .. } => (Mark::Good, Role::Text),
        Reached::UnderWay { .. } => (Mark::UnderWay, Role::Strong),
        Reached::Failed { .. } => (Mark::Problem, Role::Bad),
        Reached::Waiting => (Mark::NotConfigured, Role::Faint),
    };
    let words = Words::new(theme).span(mark(shape, theme)).gap(1).say(role, leg.step.word());
    let left = usize::from(area.width).saturating_sub(words.width() + 2);
    let dash = if theme.ascii { "-" } else { "─" };
    let words = if more && left > 0 { words.gap(1).say(Role::Rule, dash.repeat(left)) } else { words };
    words.line().render(area, buf);
}

fn time_role(leg: &Leg) -> Role {
    match leg.reached {
        Reached::Failed { .. } => Role::Bad,
        Reached::UnderWay { .. } => Role::Text,
        _ => Role::Faint,
    }
}

fn time(model: &Model, leg: &Leg) -> String {
    match &leg.reached {
        Reached::Done { at: Some(at) } => timeline::clock(model, *at),
        Reached::UnderWay { since: Some(since) } => ages::short(model.now.since(*since)),
        Reached::Done { at: None } => "done".into(),
        Reached::UnderWay { since: None } if leg.step == Step::Merged => "not yet".into(),
        Reached::UnderWay { since: None } => "under way".into(),
        Reached::Failed { .. } => "failed".into(),
        Reached::Waiting => String::new(),
    }
}
