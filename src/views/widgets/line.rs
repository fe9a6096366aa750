//! Lines of words, each with its role; rules; a left and a right end.

use crate::{Role, Theme};
use app::queries::words::{Phrase, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// A line under construction: words in roles.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    theme: &'a Theme,
    spans: Vec<Span<'a>>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(theme: &'a Theme) -> Self {
        Self { theme, spans: Vec::new() }
    }

    pub(crate) fn say(mut self, role: Role, text: impl Into<std::borrow::Cow<'a, str>>) -> Self {
        self.spans.push(Span::styled(spelled(text.into(), self.theme), self.theme.fg(role)));
        self
    }

    pub(crate) fn gap(mut self, cells: usize) -> Self {
        self.spans.push(Span::raw(" ".repeat(cells)));
        self
    }

    /// The words of a query, in the roles of their tones.
    pub(crate) fn phrase(mut self, phrase: &Phrase) -> Self {
        for (tone, text) in &phrase.0 {
            let text = spelled(text.clone().into(), self.theme);
            self.spans.push(Span::styled(text, self.theme.fg(role(*tone))));
        }
        self
    }

    pub(crate) fn span(mut self, span: Span<'a>) -> Self {
        self.spans.push(span);
        self
    }

    pub(crate) fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }

    pub(crate) fn line(self) -> Line<'a> {
        Line::from(self.spans)
    }
}

/// What queries draw inside their words, in plain letters where the terminal has no others.
fn spelled<'a>(text: Cow<'a, str>, theme: &Theme) -> Cow<'a, str> {
    if !theme.ascii || text.is_ascii() {
        return text;
    }
    let plain = |it: char| match it {
        '●' => '*',
        '◐' => '~',
        '▲' => '!',
        '✖' => 'x',
        '○' => 'o',
        '·' => '.',
        '→' | '▸' => '>',
        '−' | '─' => '-',
        '│' | '▏' => '|',
        '…' => '~',
        '▁' | '▂' => '_',
        '▃' | '▄' => '-',
        '▅' | '▆' => '=',
        '▇' | '█' => '#',
        other => other,
    };
    text.chars().map(plain).collect::<String>().into()
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Faint => Role::Faint,
        Tone::Strong => Role::Strong,
        Tone::Accent => Role::Accent,
        Tone::Good => Role::Good,
        Tone::Wait => Role::Wait,
        Tone::Bad => Role::Bad,
    }
}

/// A phrase in one line, cut where it does not fit: between the facts that it names (they stand three cells apart)
/// where it has several, else within its last word, with an ellipsis.
pub(crate) fn fitted(phrase: &Phrase, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = usize::from(area.width);
    let text = phrase.text();
    let fact = |(at, _): (usize, &str)| text.get(..at).map(UnicodeWidthStr::width).filter(|it| *it <= width);
    let whole = if text.width() <= width {
        text.width()
    } else {
        text.match_indices("   ").filter_map(fact).max().filter(|it| *it > 0).unwrap_or(width)
    };
    let cut = text.width() > width && whole == width;
    let line = Words::new(theme).phrase(phrase).line();
    line.render(Rect { width: whole as u16, ..area }, buf);
    if cut && let Some(cell) = buf.cell_mut((area.right().saturating_sub(1), area.y)) {
        cell.set_symbol(if theme.ascii { "~" } else { "…" });
    }
}

/// Break a sentence into lines of at most `width` cells, between words.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut();
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A thin line over the whole width.
pub(crate) fn rule(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let dash = if theme.ascii { "-" } else { "─" };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    Line::styled(dash.repeat(usize::from(inner.width)), theme.fg(Role::Rule)).render(inner, buf);
}

/// One line hung on both ends; the left one is cut first where they meet.
pub(crate) fn spread(left: Line<'_>, right: Line<'_>, area: Rect, buf: &mut Buffer) {
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let right_area = Rect { x: area.right() - wide, width: wide, ..area };
    let left_area =
        Rect { width: area.width.saturating_sub(wide).saturating_sub(u16::from(wide > 0)), ..area };
    left.render(left_area, buf);
    right.render(right_area, buf);
}

/// A thin line from top to bottom at the left of `area`.
pub(crate) fn divider(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let bar = if theme.ascii { "|" } else { "│" };
    for line in area.rows() {
        buf.set_stringn(line.x, line.y, bar, usize::from(line.width.min(1)), theme.fg(Role::Rule));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, width: u16, ascii: bool) -> String {
        let mut theme = Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
        theme.ascii = ascii;
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        fitted(&Phrase::from(text), &theme, area, &mut buf);
        buf.content.iter().map(|it| it.symbol()).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn a_phrase_is_cut_between_its_facts() {
        let text = "leader cp-a1   db 62 MiB   no alarm";
        assert_eq!(drawn(text, 40, false), text);
        assert_eq!(drawn(text, 26, false), "leader cp-a1   db 62 MiB");
        assert_eq!(drawn(text, 20, false), "leader cp-a1");
        assert_eq!(drawn(text, 8, false), "leader …");
    }

    #[test]
    fn plain_terminals_get_plain_letters() {
        assert_eq!(drawn("● Ready · v1 → v2 ▅", 40, true), "* Ready . v1 > v2 =");
        assert!(drawn("leader cp-a1 db", 8, true).is_ascii());
    }
}
