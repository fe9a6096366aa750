//! The whole screen: the bar, the tabs, the body, the foot, and what floats over them.

use crate::areas::inset;
use crate::targets::Target;
use crate::widgets::{Words, mark, rule, spread};
use crate::{Role, Targets, Theme, bar, dialogs, screens};
use app::queries::fleet::Mark;
use app::queries::footer;
use app::queries::tabs::{self, Tab};
use app::{Model, PromptKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draw the whole screen, and say what lies where.
pub fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> Targets {
    let mut targets = Targets::of(model.screen.place.clone());
    if area.is_empty() {
        return targets;
    }
    ground(theme, area, buf);
    let line = |at: u16| Rect { y: area.y + at.min(area.height - 1), height: 1, ..area };
    let (bar_line, tabs, over) = (line(0), line(1), line(2));
    let (under, foot) = (line(area.height.saturating_sub(2)), line(area.height - 1));
    let body = Rect { y: area.y + 3.min(area.height), height: area.height.saturating_sub(5), ..area };
    bar::draw(model, theme, inset(bar_line), buf);
    draw_tabs(model, theme, inset(tabs), buf, &mut targets);
    rule(theme, over, buf);
    screens::draw(model, theme, body, buf, &mut targets);
    for (cell, place) in targets.cells() {
        if model.screen.changed.contains_key(cell) {
            buf.set_style(place, theme.changed());
        }
    }
    rule(theme, under, buf);
    draw_foot(model, theme, inset(foot), buf);
    dialogs::draw(model, theme, body, buf);
    theme.settle(buf);
    targets
}

/// Draw the first line of the screen alone: nothing else changes where nothing happens but a second.
pub fn draw_bar(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let line = Rect { height: area.height.min(1), ..area };
    ground(theme, line, buf);
    bar::draw(model, theme, inset(line), buf);
    theme.settle(buf);
}

fn ground(theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.bg(Role::Ground).patch(theme.fg(Role::Text)));
}

fn draw_tabs(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let here = model.screen.place.page();
    let tabs = tabs::tabs(model);
    // The narrower the screen, the less is said of the tabs that one is not at: four letters, then the key alone.
    let wide = |(letters, gap): (usize, u16)| -> u16 {
        let words = tabs.iter().map(|tab| tab_words(tab, tab.page == here, letters, theme).width() as u16);
        words.map(|it| it + gap).sum::<u16>().saturating_sub(gap)
    };
    let all = [(usize::MAX, 3), (usize::MAX, 2), (4, 2), (4, 1), (0, 2), (0, 1)];
    let (letters, gap) = all.into_iter().find(|it| wide(*it) <= area.width).unwrap_or((0, 1));
    let mut x = area.x;
    for tab in tabs {
        let words = tab_words(&tab, tab.page == here, letters, theme);
        let width = words.width() as u16;
        if x + width > area.right() {
            break;
        }
        let place = Rect { x, width, ..area };
        buf.set_line(x, area.y, &words.line(), width);
        targets.add(place, Target::Action(tab.action));
        x += width + gap;
    }
}

/// One tab: its key, its name or the beginning of it, and what waits there.
fn tab_words<'a>(tab: &Tab, lit: bool, letters: usize, theme: &'a Theme) -> Words<'a> {
    let (number, name) = if lit { (Role::Accent, Role::Strong) } else { (Role::Faint, Role::Faint) };
    let mut words = Words::new(theme).say(number, tab.key.clone());
    let title = tab.page.title();
    if lit || letters > 0 {
        let shown = if lit { title } else { title.get(..letters).unwrap_or(title) };
        words = words.gap(usize::from(!tab.key.is_empty())).say(name, shown);
    }
    // A key and a count side by side read as one number: a mark parts them where no name does.
    let named = lit || letters > 0;
    let (wrong, waits) = match (named, theme.ascii) {
        (true, _) => (" ", " "),
        (false, true) => ("!", "+"),
        (false, false) => ("▲", "+"),
    };
    if tab.problems > 0 {
        words = words.say(Role::Bad, format!("{wrong}{}", tab.problems));
    } else if tab.waiting > 0 {
        words = words.say(Role::Accent, format!("{waits}{}", tab.waiting));
    } else if tab.moving {
        words = words.gap(1).span(mark(Mark::UnderWay, theme));
    }
    words
}

fn draw_foot(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let prompt = model.screen.prompt.as_ref();
    let asked = prompt.and_then(|it| {
        Some(match it.kind {
            PromptKind::Filter => (it, Role::Key, "/", "enter keep   esc clear"),
            PromptKind::Find(_) => (it, Role::Key, "/", "enter search   esc cancel"),
            PromptKind::Snapshot => (it, Role::Faint, "snapshot to ", "enter save   esc cancel"),
            PromptKind::Move(_) => (it, Role::Faint, "move the file to ", "enter move   esc cancel"),
            _ => return None,
        })
    });
    if let Some((prompt, role, lead, keys)) = asked {
        let words =
            Words::new(theme).say(role, lead).say(Role::Text, prompt.text.clone()).say(Role::Accent, "▏");
        spread(words.line(), Words::new(theme).say(Role::Faint, keys).line(), area, buf);
        return;
    }
    let left = match &model.screen.notice {
        Some(notice) => Words::new(theme).say(Role::Wait, notice.clone()),
        None => {
            let mut words = Words::new(theme);
            let keys = footer::keys(model);
            let wide = |(keys, title): &(String, &str)| keys.chars().count() + title.len() + 4;
            // Help is the last to be left out: it tells the others.
            let last = keys.last().map(&wide).unwrap_or(0);
            let mut room = (usize::from(area.width) + 3).saturating_sub(last);
            let many = keys.len();
            for (at, key) in keys.into_iter().enumerate() {
                if at + 1 < many {
                    if wide(&key) > room {
                        room = 0;
                        continue;
                    }
                    room -= wide(&key);
                }
                words = words.say(Role::Key, key.0).gap(1).say(Role::Faint, key.1).gap(3);
            }
            words
        }
    };
    if !model.screen.pending.is_empty() {
        let right = Words::new(theme).say(Role::Accent, format!("{} …", model.screen.pending));
        return spread(left.line(), right.line(), area, buf);
    }
    // The keys are worth more than where one is, which the screen itself tells.
    let crumb = footer::place(model);
    let room = usize::from(area.width).saturating_sub(left.width() + 1);
    let shown = match crumb.chars().count() {
        long if long <= room => crumb,
        _ => footer::position(model).filter(|it| it.len() <= room).unwrap_or_default(),
    };
    spread(left.line(), Words::new(theme).say(Role::Faint, shown).line(), area, buf);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Moment;

    #[test]
    fn the_bar_alone_is_the_first_line_of_the_screen() {
        let theme = Theme::parse("night", include_str!("../../themes/night.toml")).unwrap();
        let model = Model { now: Moment(1_795_300_000_000), ..Model::default() };
        for width in [40, 80, 180] {
            let area = Rect { x: 0, y: 0, width, height: 24 };
            let (mut whole, mut bar) = (Buffer::empty(area), Buffer::empty(Rect { height: 1, ..area }));
            draw(&model, &theme, area, &mut whole);
            draw_bar(&model, &theme, bar.area, &mut bar);
            assert_eq!(whole.content[..usize::from(width)], bar.content[..]);
            assert!(bar.content.iter().any(|it| it.symbol() == ":"), "there is a clock");
        }
    }

    #[test]
    fn a_screen_of_any_size_can_be_drawn() {
        let theme = Theme::parse("night", include_str!("../../themes/night.toml")).unwrap();
        for (width, height) in (0..8).flat_map(|width| (0..8).map(move |height| (width * 5, height))) {
            let area = Rect { x: 0, y: 0, width, height };
            draw(&Model::default(), &theme, area, &mut Buffer::empty(area));
        }
    }
}
