//! Help: what every key does here, from the keymap and the action list. The keys of one action stand together, those
//! of this screen first.

use super::float::float;
use crate::widgets::{Words, wrapped};
use crate::{Role, Theme};
use app::queries::help;
use app::{Model, Scope};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// From here on two columns stand side by side.
const TWO: u16 = 130;

/// Cells of the keys and of the title, with the blanks behind them.
const BEFORE: usize = 29;

pub(crate) fn draw(model: &Model, top: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let columns: u16 = if area.width >= TWO { 2 } else { 1 };
    let width = (92 * columns).min(area.width);
    let room = usize::from((width.saturating_sub(4) / columns).saturating_sub(2)).saturating_sub(BEFORE);
    let lines: Vec<Words<'_>> =
        help::lines(model).into_iter().flat_map(|it| written(it, room, theme)).collect();
    let wanted = lines.len().div_ceil(columns.into()) as u16 + 2;
    let title = format!("Keys on {}", model.screen.place.page().title());
    let inner = float(&title, width, wanted, theme, area, buf);
    let height = usize::from(inner.height);
    let seen = height * usize::from(columns);
    let all = lines.len();
    let top = top.min(all.saturating_sub(seen));
    let wide = inner.width / columns;
    for (at, words) in lines.into_iter().skip(top).take(seen).enumerate() {
        let (column, row) = ((at / height.max(1)) as u16, (at % height.max(1)) as u16);
        let place =
            Rect { x: inner.x + column * wide, y: inner.y + row, width: wide.saturating_sub(2), height: 1 };
        words.line().render(place, buf);
    }
    if all > top + seen {
        let more = format!(" {} more below ", all - top - seen);
        let x = (inner.right() + 1).saturating_sub(more.chars().count() as u16 + 1);
        buf.set_stringn(x, inner.bottom(), &more, usize::from(inner.width), theme.fg(Role::Accent));
    }
}

/// The lines of one entry: what a key does goes on below itself where it is longer than `room`.
fn written(line: help::Line, room: usize, theme: &Theme) -> Vec<Words<'_>> {
    let (keys, title, help) = match line {
        help::Line::Title(Scope::Global) => return vec![Words::new(theme).say(Role::Faint, "EVERYWHERE")],
        help::Line::Title(_) => return vec![Words::new(theme).say(Role::Faint, "HERE")],
        help::Line::Blank => return vec![Words::new(theme)],
        help::Line::Action { keys, title, help } => (keys, title, help),
    };
    let mut lines = wrapped(help, room.max(1)).into_iter();
    let first = Words::new(theme)
        .say(Role::Key, format!("{keys:<12} "))
        .say(Role::Text, format!("{title:<15} "))
        .say(Role::Faint, lines.next().unwrap_or_default());
    let more = lines.map(|it| Words::new(theme).gap(BEFORE).say(Role::Faint, it));
    std::iter::once(first).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_does_is_said_to_its_end() {
        let theme = Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
        for (width, height) in [(80, 90), (160, 60)] {
            let area = Rect::new(0, 0, width, height);
            let mut buf = Buffer::empty(area);
            draw(&Model::default(), 0, &theme, area, &mut buf);
            let text: String = buf.content.iter().map(|it| it.symbol()).collect();
            let words: Vec<&str> = text.split(|it: char| it.is_whitespace() || it == '│').collect();
            assert!(!text.contains('…'), "at {width}");
            let said = |help: &str| help.split_whitespace().all(|it| words.contains(&it));
            for line in help::lines(&Model::default()) {
                if let help::Line::Action { help, .. } = line {
                    assert!(said(help), "{help} at {width}");
                }
            }
        }
    }
}
