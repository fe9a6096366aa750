//! A file that is edited as text: numbered lines in the colours of its language, what was found wrong in the gutter,
//! the cursor, what is selected and what is searched for.

use crate::areas::{below, first, inset};
use crate::widgets::{Language, Words, spread};
use crate::{Role, Targets, Theme};
use app::queries::draft_view::DraftView;
use app::{DraftState, Model, Position, TextEdit};
use domain::Verdict;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthChar;

/// Draw the text of a draft, and say how many of its lines fit.
pub(crate) fn draw(
    model: &Model,
    draft: &DraftState,
    view: &DraftView,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let head = Words::new(theme).say(Role::Strong, view.path.clone());
    spread(
        head.line(),
        Words::new(theme).say(Role::Faint, view.base.clone()).line(),
        first(inset(area)),
        buf,
    );
    let area = inset(below(area, 2));
    targets.rows = area.height;
    let Some(text) = draft.text() else { return };
    let places = draft.checks.iter().flatten().filter_map(|it| it.place.as_ref().map(|at| (at, it.verdict)));
    let checked = places.filter(|((path, _), _)| *path == draft.path).map(|((_, line), it)| (*line, it));
    let told = draft.diagnoses.iter().chain(&draft.fields).map(|it| (it.line, it.verdict));
    let marks: Vec<(u32, Verdict)> = told.chain(checked).collect();
    let Some(whole) = text.after.as_deref() else {
        let words = Words::new(theme).say(Role::Faint, "the file is being read");
        words.line().render(first(area), buf);
        return;
    };
    let view = &model.screen.editor;
    let lines: Vec<&str> = whole.split('\n').map(|it| it.strip_suffix('\r').unwrap_or(it)).collect();
    let numbers = lines.len().to_string().len().max(3) as u16;
    let gutter = numbers + 3;
    let width = area.width.saturating_sub(gutter + 1);
    let mut language = Language::of(&draft.path.0, &lines, view.top);
    let mut y = area.y;
    let mut top = view.top;
    if view.wrapped {
        top = first_in_sight(&lines, view.top, text.at, usize::from(width), usize::from(area.height));
    }
    // Where long lines run out of sight, the window follows the cursor.
    let column = column_of(lines.get(text.at.row).copied().unwrap_or_default(), text.at.column);
    let left = if view.wrapped { 0 } else { column.saturating_sub(usize::from(width).saturating_sub(4)) };
    for (row, line) in lines.iter().enumerate().skip(view.top) {
        let parts = language.parts(line);
        if row < top {
            continue;
        }
        if y >= area.bottom() {
            break;
        }
        let place = Rect { y, height: 1, ..area };
        if row == text.at.row {
            buf.set_style(place, theme.bg(Role::SelectedGround));
        }
        let number = format!("{:>width$} ", row + 1, width = usize::from(numbers));
        let role = if row == text.at.row { Role::Text } else { Role::Faint };
        buf.set_stringn(area.x, y, number, usize::from(gutter), theme.fg(role));
        if let Some((shape, role)) = worst(&marks, row) {
            buf.set_stringn(area.x + numbers + 1, y, shape, 1, theme.fg(role));
        }
        let cells = cells(&parts, row, text, &view.search, theme);
        let start = Rect { x: area.x + gutter, width, ..place };
        y += draw_cells(&cells, start, left, view.wrapped, area.bottom(), buf);
        if row == text.at.row && text.at.column >= line.chars().count() {
            let end = column - left;
            let (down, along) = match view.wrapped && width > 0 {
                true => (end / usize::from(width), end % usize::from(width)),
                false => (0, end),
            };
            let (x, line) = (start.x + along as u16, place.y + down as u16);
            if x < area.right() && line < area.bottom() {
                buf.set_style(Rect { x, y: line, width: 1, height: 1 }, theme.cursor());
            }
        }
    }
}

/// Cells that a line takes up to a character.
fn column_of(line: &str, character: usize) -> usize {
    line.chars().take(character).map(cell_width).sum()
}

fn cell_width(it: char) -> usize {
    if it == '\t' { 2 } else { it.width().unwrap_or(1).max(1) }
}

/// The mark of a line in the gutter.
fn worst(marks: &[(u32, Verdict)], row: usize) -> Option<(&'static str, Role)> {
    let here = marks.iter().filter(|(line, _)| *line as usize == row + 1).map(|(_, it)| *it).max()?;
    match here {
        Verdict::Bad => Some(("▲", Role::Bad)),
        Verdict::Note => Some(("◐", Role::Wait)),
        Verdict::Good => None,
    }
}

/// The line from which on the cursor is in sight, where long lines go on below.
fn first_in_sight(lines: &[&str], top: usize, at: Position, width: usize, height: usize) -> usize {
    let rows = |line: &str| column_of(line, usize::MAX).div_ceil(width.max(1)).max(1);
    let mut first = top;
    while first < at.row
        && lines[first..=at.row.min(lines.len() - 1)].iter().map(|it| rows(it)).sum::<usize>() > height
    {
        first += 1;
    }
    first
}

/// One character as it is drawn.
type Drawn = (char, ratatui::style::Style);

fn cells(parts: &[(Role, &str)], row: usize, text: &TextEdit, search: &str, theme: &Theme) -> Vec<Drawn> {
    let mut drawn: Vec<Drawn> = Vec::new();
    for (role, part) in parts {
        let style = theme.fg(*role);
        drawn.extend(part.chars().map(|it| (if domain::unseen(it) && it != '\t' { '·' } else { it }, style)));
    }
    if !search.is_empty() {
        let line: String = parts.iter().map(|it| it.1).collect();
        for (byte, found) in line.to_ascii_lowercase().match_indices(&search.to_ascii_lowercase()) {
            let from = line.get(..byte).map_or(0, |it| it.chars().count());
            let many = found.chars().count();
            drawn.iter_mut().skip(from).take(many).for_each(|it| it.1 = it.1.patch(theme.fg(Role::Accent)));
        }
    }
    if let Some(anchor) = text.anchor {
        let (from, to) = (text.at.min(anchor), text.at.max(anchor));
        for (column, it) in drawn.iter_mut().enumerate() {
            let here = Position { row, column };
            if from <= here && here < to {
                it.1 = it.1.patch(theme.cursor());
            }
        }
    }
    if row == text.at.row
        && let Some(it) = drawn.get_mut(text.at.column)
    {
        it.1 = it.1.patch(theme.cursor());
    }
    drawn
}

/// Draw one line of text; answers how many lines of the screen it took.
fn draw_cells(
    cells: &[Drawn],
    start: Rect,
    left: usize,
    wrapped: bool,
    bottom: u16,
    buf: &mut Buffer,
) -> u16 {
    let (mut x, mut y, mut column) = (start.x, start.y, 0);
    for (it, style) in cells {
        let wide = cell_width(*it);
        if wrapped && x + wide as u16 > start.right() && x > start.x {
            (x, y) = (start.x, y + 1);
        }
        if column >= left && x + wide as u16 <= start.right() && y < bottom {
            let shown = if *it == '\t' { "  ".to_owned() } else { it.to_string() };
            buf.set_stringn(x, y, shown, wide, *style);
            x += wide as u16;
        }
        column += wide;
    }
    y + 1 - start.y
}
