//! A long text: lines with colours, wrapped or cut, with what is searched for lit up. Only what is in sight is made.

use super::mark;
use super::yaml::Syntax;
use crate::{Role, Targets, Theme};
use app::Listing;
use app::queries::fleet::Mark;
use app::queries::object::Line;
use app::queries::text::Text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthChar;

/// Draw the lines of a text from the top that `list` remembers. A log draws itself: [`mod@super::log`].
pub(crate) fn text(
    it: &Text<'_>,
    list: &Listing,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    targets.rows = area.height;
    let word = list.filter.to_lowercase();
    let mut y = area.y;
    let mut syntax = Syntax::default();
    let last = (list.top + usize::from(area.height)).min(it.len());
    let first = if matches!(it, Text::Yaml(_)) { 0 } else { list.top };
    let labels = match it {
        Text::Overview(lines) => label_width(lines),
        _ => 0,
    };
    for number in first..last {
        let spans: Vec<Span<'_>> = match it {
            Text::Yaml(lines) => {
                let Some(line) = lines.get(number) else { break };
                let parts = syntax.parts(line);
                if number < list.top {
                    continue;
                }
                parts.into_iter().map(|(role, words)| Span::styled(words, theme.fg(role))).collect()
            }
            Text::Plain(lines) => lines
                .get(number)
                .map(|it| Span::styled(it.as_ref(), theme.fg(Role::Text)))
                .into_iter()
                .collect(),
            Text::Overview(lines) => {
                lines.get(number).map(|it| overview(it, labels, theme)).unwrap_or_default()
            }
            Text::Log(_) => return,
        };
        if y >= area.bottom() {
            break;
        }
        let place = Rect { y, height: area.bottom() - y, ..area };
        y += line(&spans, list.wrapped, place, buf);
        if !word.is_empty() && it.holds(number, &word) {
            light(&word, Rect { height: 1, ..place }, theme, buf);
        }
    }
}

/// Cells for the labels of an overview: what the longest needs, within reason.
fn label_width(lines: &[Line<'_>]) -> usize {
    let labels =
        lines.iter().map(|it| if let Line::Fact { label, .. } = it { label.chars().count() } else { 0 });
    labels.max().unwrap_or(0).clamp(12, 30)
}

fn overview<'a>(line: &'a Line<'a>, labels: usize, theme: &Theme) -> Vec<Span<'a>> {
    match line {
        Line::Blank => Vec::new(),
        Line::Title(title) => vec![Span::styled(title.to_uppercase(), theme.fg(Role::Strong))],
        Line::Fact { label, value, mark: it } => vec![
            Span::raw("  "),
            // A fact without a health of its own needs no mark.
            if *it == Mark::Nothing { Span::raw(" ") } else { mark(*it, theme) },
            Span::styled(format!(" {label:<labels$}  "), theme.fg(Role::Faint)),
            Span::styled(*value, theme.fg(Role::Text)),
        ],
        Line::Event { mark: it, age, reason, message } => vec![
            Span::raw("  "),
            mark(*it, theme),
            Span::styled(format!(" {age:>6}  {reason:<20} "), theme.fg(Role::Faint)),
            Span::styled(message.as_str(), theme.fg(Role::Text)),
        ],
    }
}

/// Write spans into `area`, on one line or wrapped over several. Answers how many lines they took, one at least.
pub(super) fn line(spans: &[Span<'_>], wrapped: bool, area: Rect, buf: &mut Buffer) -> u16 {
    if !wrapped {
        let mut x = area.x;
        for span in spans {
            let room = usize::from(area.right().saturating_sub(x));
            if room == 0 {
                break;
            }
            (x, _) = buf.set_stringn(x, area.y, &span.content, room, span.style);
        }
        return 1;
    }
    let (mut x, mut y) = (area.x, area.y);
    let mut cell = [0; 4];
    for span in spans {
        for it in span.content.chars() {
            let wide = it.width().unwrap_or(0) as u16;
            if x + wide > area.right() {
                (x, y) = (area.x, y + 1);
                if y >= area.bottom() {
                    return area.height;
                }
            }
            (x, _) = buf.set_stringn(x, y, it.encode_utf8(&mut cell), usize::from(wide), span.style);
        }
    }
    y - area.y + 1
}

/// Light up where a word stands on the first line of `area`.
pub(super) fn light(word: &str, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let lit = theme.bg(Role::SelectedGround).patch(theme.fg(Role::Accent));
    let cells: Vec<String> = (area.x..area.right())
        .map(|x| buf.cell((x, area.y)).map_or_else(String::new, |it| it.symbol().to_lowercase()))
        .collect();
    let line: String = cells.concat();
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| rest.find(word)) {
        let (begin, end) = (from + at, from + at + word.len());
        let mut offset = 0;
        for (x, symbol) in (area.x..).zip(&cells) {
            if offset >= begin && offset < end {
                buf.set_style(Rect { x, y: area.y, width: 1, height: 1 }, lit);
            }
            offset += symbol.len();
        }
        from = end;
    }
}
