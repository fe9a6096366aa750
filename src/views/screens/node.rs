//! One node in full: facts, services, trends, what happened last.

use crate::widgets::{Words, fitted, mark, trend};
use crate::{Role, Theme};
use app::Model;
use app::queries::node::Detail;
use app::queries::timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// The margin in which the words stand that say what a line is about.
const MARGIN: usize = 10;

/// Draw the detail from the top; what does not fit is left out from the bottom.
pub(crate) fn detail(model: &Model, it: &Detail, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(head) = area.rows().next() else { return };
    fitted(&it.title, theme, head, buf);
    let below = 2.min(area.height);
    facts(model, it, theme, Rect { y: area.y + below, height: area.height - below, ..area }, buf);
}

/// The detail without its title.
pub(crate) fn facts(model: &Model, it: &Detail, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut lines = area.rows();
    let mut next = || lines.next();
    for (word, phrase) in &it.lines {
        let Some(line) = next() else { return };
        Words::new(theme).say(Role::Faint, *word).line().render(line, buf);
        let margin = (MARGIN as u16).min(line.width);
        fitted(phrase, theme, Rect { x: line.x + margin, width: line.width - margin, ..line }, buf);
    }
    if !it.services.is_empty() {
        next();
        services(it, theme, area.width, buf, &mut next);
    }
    if !it.trends.is_empty() {
        next();
    }
    let bars = usize::from(area.width).saturating_sub(MARGIN + 30).clamp(0, 24);
    for (word, percents, said) in &it.trends {
        let Some(line) = next() else { return };
        let words = Words::new(theme).say(Role::Faint, format!("{word:<MARGIN$}"));
        let words = match percents.is_empty() {
            true => words,
            false => {
                let drawn = trend(percents, bars, theme);
                let dots = drawn.len() - drawn.trim_start_matches('·').len();
                let (dots, drawn) = drawn.split_at(dots);
                words.say(Role::Rule, dots.to_owned()).say(Role::Accent, drawn.to_owned()).gap(2)
            }
        };
        words.say(Role::Text, said.clone()).line().render(line, buf);
    }
    if !it.news.is_empty() {
        next();
    }
    for (at, words) in &it.news {
        let Some(line) = next() else { return };
        let when = timeline::when(model, *at);
        Words::new(theme)
            .say(Role::Faint, format!("{when:<MARGIN$}"))
            .say(Role::Text, words.clone())
            .line()
            .render(line, buf);
    }
}

/// Services in as many lines as they take; those that are well are faint.
fn services(
    it: &Detail,
    theme: &Theme,
    width: u16,
    buf: &mut Buffer,
    next: &mut impl FnMut() -> Option<Rect>,
) {
    let mut words = Words::new(theme).say(Role::Faint, format!("{:<MARGIN$}", "SERVICES"));
    let mut line = next();
    for (name, shape) in &it.services {
        let more = name.chars().count() + 5;
        if words.width() + more > usize::from(width) && words.width() > MARGIN {
            let full = std::mem::replace(&mut words, Words::new(theme).gap(MARGIN));
            if let Some(line) = line {
                full.line().render(line, buf);
            }
            line = next();
        }
        let role = if *shape == app::queries::fleet::Mark::Good { Role::Faint } else { Role::Text };
        words = words.say(role, name.clone()).gap(1).span(mark(*shape, theme)).gap(3);
    }
    if let Some(line) = line {
        words.line().render(line, buf);
    }
}
