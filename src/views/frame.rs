//! The whole screen: the bar, the tabs, the body, the foot, and what floats over them.

use crate::targets::Target;
use crate::widgets::{Words, mark, rule, spread};
use crate::{Role, Targets, Theme, dialogs, screens};
use app::queries::fleet::Mark;
use app::queries::{footer, sources, tabs, timeline};
use app::{Model, PromptKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

/// Draw the whole screen, and say what lies where.
pub fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> Targets {
    let mut targets = Targets::default();
    buf.set_style(area, theme.bg(Role::Ground).patch(theme.fg(Role::Text)));
    let [bar, tabs, over, body, under, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_bar(model, theme, inset(bar), buf);
    draw_tabs(model, theme, inset(tabs), buf, &mut targets);
    rule(theme, over, buf);
    screens::draw(model, theme, body, buf, &mut targets);
    rule(theme, under, buf);
    draw_foot(model, theme, inset(foot), buf);
    dialogs::draw(model, theme, body, buf);
    targets
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(4), ..area }
}

fn draw_bar(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let bar = sources::bar(model);
    let mut left = Words::new(theme);
    if !bar.cluster.is_empty() {
        left = left.say(Role::Strong, bar.cluster).gap(2);
    }
    if !bar.region.is_empty() {
        left = left.say(Role::Faint, bar.region).gap(3);
    }
    for source in bar.sources {
        left = left.say(Role::Faint, source.source.word()).gap(1).span(mark(source.mark, theme));
        if let Some(count) = source.count {
            left = left.gap(1).say(Role::Text, count.to_string());
        }
        left = left.gap(2);
    }
    let mut right = Words::new(theme);
    if let Some(as_of) = bar.as_of {
        right = right
            .say(Role::Unknown, format!("part of this is as of {}", timeline::clock(model, as_of)))
            .gap(3);
    }
    right = right.say(Role::Faint, timeline::clock(model, model.now));
    spread(left.line(), right.line(), area, buf);
}

fn draw_tabs(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let here = model.screen.place.page();
    let tabs = tabs::tabs(model);
    let titles: usize = tabs.iter().map(|tab| tab.page.title().len() + 5).sum();
    // On a narrow screen only the tab that one is at keeps its name.
    let narrow = titles + 8 > usize::from(area.width);
    let mut x = area.x;
    for tab in tabs {
        let lit = tab.page == here;
        let (number, name) = if lit { (Role::Accent, Role::Strong) } else { (Role::Faint, Role::Faint) };
        let mut words = Words::new(theme).say(number, tab.key.clone());
        let title = tab.page.title();
        words = match (narrow, lit) {
            (true, false) => words.say(name, format!(" {}", title.get(..4).unwrap_or(title))),
            _ => words.gap(1).say(name, title),
        };
        if tab.problems > 0 {
            words = words.gap(1).say(Role::Bad, tab.problems.to_string());
        } else if tab.moving {
            words = words.gap(1).span(mark(Mark::UnderWay, theme));
        }
        let width = words.width() as u16;
        if x + width > area.right() {
            break;
        }
        let place = Rect { x, width, ..area };
        buf.set_line(x, area.y, &words.line(), width);
        targets.add(place, Target::Action(tab.action));
        x += width + if narrow { 2 } else { 3 };
    }
}

fn draw_foot(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Filter) {
        let words =
            Words::new(theme).say(Role::Key, "/").say(Role::Text, prompt.text.clone()).say(Role::Accent, "▏");
        spread(words.line(), Words::new(theme).say(Role::Faint, "enter keep   esc clear").line(), area, buf);
        return;
    }
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Snapshot) {
        let words = Words::new(theme)
            .say(Role::Faint, "snapshot to ")
            .say(Role::Text, prompt.text.clone())
            .say(Role::Accent, "▏");
        spread(words.line(), Words::new(theme).say(Role::Faint, "enter save   esc cancel").line(), area, buf);
        return;
    }
    let left = match &model.screen.notice {
        Some(notice) => Words::new(theme).say(Role::Wait, notice.clone()),
        None => {
            let mut words = Words::new(theme);
            for (keys, title) in footer::keys(model) {
                words = words.say(Role::Key, keys).gap(1).say(Role::Faint, title).gap(3);
            }
            words
        }
    };
    let right = match model.screen.pending.as_str() {
        "" => Words::new(theme).say(Role::Faint, model.screen.place.crumb()),
        keys => Words::new(theme).say(Role::Accent, format!("{keys} …")),
    };
    spread(left.line(), right.line(), area, buf);
}
