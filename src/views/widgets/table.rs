//! A list of rows with aligned columns. It is given the rows in sight only, and draws no more than those.

use crate::targets::Target;
use crate::{Role, Targets, Theme};
use app::RowKey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Width {
    /// Exactly so many cells.
    Cells(u16),
    /// What is left over, shared by weight.
    Share(u16),
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub title: Cow<'static, str>,
    pub width: Width,
    /// Numbers hang on the right.
    pub right: bool,
}

impl Column {
    pub(crate) fn left(title: impl Into<Cow<'static, str>>, width: Width) -> Self {
        Self { title: title.into(), width, right: false }
    }

    pub(crate) fn right(title: impl Into<Cow<'static, str>>, width: Width) -> Self {
        Self { title: title.into(), width, right: true }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Cell<'a> {
    spans: Vec<Span<'a>>,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(theme: &Theme, role: Role, text: impl Into<std::borrow::Cow<'a, str>>) -> Self {
        Self { spans: vec![Span::styled(text, theme.fg(role))] }
    }

    pub(crate) fn of(spans: Vec<Span<'a>>) -> Self {
        Self { spans }
    }
}

pub(crate) struct Table<'a> {
    pub theme: &'a Theme,
    pub columns: &'a [Column],
    /// Column sorted by, and whether the largest is first.
    pub sort: Option<(usize, bool)>,
    pub selected: Option<&'a RowKey>,
    /// Whether this list has the focus.
    pub focused: bool,
}

impl Table<'_> {
    /// Draw a title line and the rows below it. The first two cells of a row are the cursor's margin.
    pub(crate) fn draw<'b>(
        &self,
        rows: impl Iterator<Item = (RowKey, Span<'b>, Vec<Cell<'b>>)>,
        area: Rect,
        buf: &mut Buffer,
        targets: &mut Targets,
    ) {
        if area.height == 0 || area.width < 4 {
            return;
        }
        let places = self.places(area);
        for (at, (column, (x, width))) in self.columns.iter().zip(&places).enumerate() {
            let arrow = match self.sort {
                Some((by, descending)) if by == at => {
                    if descending {
                        " ↓"
                    } else {
                        " ↑"
                    }
                }
                _ => "",
            };
            let title = format!("{}{arrow}", column.title);
            put(&[Span::styled(title, self.theme.fg(Role::Faint))], column.right, *x, area.y, *width, buf);
        }
        let lines = Rect { y: area.y + 1, height: area.height - 1, ..area };
        targets.rows = lines.height;
        for (line, (key, mark, cells)) in lines.rows().zip(rows) {
            if self.selected == Some(&key) {
                buf.set_style(line, self.theme.bg(Role::SelectedGround));
                let cursor = if self.theme.ascii { ">" } else { "▸" };
                let role = if self.focused { Role::Accent } else { Role::Faint };
                buf.set_stringn(line.x, line.y, cursor, 1, self.theme.fg(role));
            }
            let head = Rect { x: line.x + 2, width: line.width.saturating_sub(2).min(2), ..line };
            Line::from(mark).render(head, buf);
            for ((column, (x, width)), cell) in self.columns.iter().zip(&places).zip(&cells) {
                let place = put(&cell.spans, column.right, *x, line.y, *width, buf);
                targets.cell(&key, &column.title, place, cell.spans.iter().map(|it| it.content.as_ref()));
            }
            targets.add(line, Target::Row(key));
        }
    }

    /// Where each column begins and how wide it is, two cells apart. Columns that share what is left over are what the
    /// list is about: where too little is left for them, others are left out from the right.
    pub(crate) fn places(&self, area: Rect) -> Vec<(u16, u16)> {
        let mut shown = vec![true; self.columns.len()];
        let shares = self.columns.iter().filter(|it| matches!(it.width, Width::Share(_))).count() as u16;
        let cells = |shown: &[bool]| -> u16 {
            let fixed = |(column, shown): (&Column, &bool)| match column.width {
                Width::Cells(cells) if *shown => cells + 2,
                Width::Share(_) if *shown => 2,
                _ => 0,
            };
            self.columns.iter().zip(shown).map(fixed).sum::<u16>().saturating_sub(2)
        };
        let room = |shown: &[bool]| area.width.saturating_sub(5 + cells(shown));
        while room(&shown) < shares * LEAST {
            let last = self
                .columns
                .iter()
                .zip(&shown)
                .rposition(|(it, shown)| *shown && matches!(it.width, Width::Cells(_)));
            // The first column is never left out.
            let Some(last) = last.filter(|at| *at > 0) else { break };
            shown[last] = false;
        }
        let weights: u16 =
            self.columns.iter().map(|it| if let Width::Share(by) = it.width { by } else { 0 }).sum();
        let room = room(&shown);
        let mut x = area.x + 4;
        let mut places = Vec::new();
        for (column, shown) in self.columns.iter().zip(shown) {
            let wanted = match column.width {
                _ if !shown => 0,
                Width::Cells(cells) => cells,
                Width::Share(by) => room * by / weights.max(1),
            };
            let width = wanted.min(area.right().saturating_sub(x));
            places.push((x, width));
            if shown {
                x = x.saturating_add(wanted + 2).min(area.right());
            }
        }
        places
    }
}

/// Cells that a column which shares what is left over needs to be of any use.
const LEAST: u16 = 12;

/// Write spans into one line of `width` cells, cut with an ellipsis where they do not fit. Answers where they stand.
fn put(spans: &[Span<'_>], right: bool, x: u16, y: u16, width: u16, buf: &mut Buffer) -> Rect {
    let wanted: usize = spans.iter().map(Span::width).sum();
    let width = usize::from(width);
    let mut x = x + u16::try_from(if right { width.saturating_sub(wanted) } else { 0 }).unwrap_or(0);
    let place = Rect { x, y, width: wanted.min(width) as u16, height: 1 };
    let mut left = width;
    for span in spans {
        if left == 0 {
            break;
        }
        let wide = span.content.width();
        let cut = wide > left;
        let (next, _) = buf.set_stringn(x, y, &span.content, if cut { left - 1 } else { left }, span.style);
        if cut {
            buf.set_stringn(next, y, "…", 1, span.style);
            break;
        }
        left -= wide;
        x = next;
    }
    place
}
