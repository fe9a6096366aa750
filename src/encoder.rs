//! A frame as bytes for the terminal: only what is seen to differ, and of its looks only what the terminal does not
//! have already.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::io::Write;

/// A cell of the next frame that has to be sent, and where it stands.
pub type Changed<'a> = (u16, u16, &'a Cell);

/// From so many bytes on, a frame may be sent look by look.
const LONG: usize = 2_048;
/// Going forward takes at least so many bytes; fewer cells than that are written again instead.
const FORWARD: u16 = 4;
/// What is seen of a blank, besides its ground.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// How cells are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const PLAIN: Look = Look { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether `cell` is what it shall be when it is drawn so: of a blank nothing but its ground is seen.
    fn suits(self, cell: &Cell) -> bool {
        if blank(cell) {
            self.bg == cell.bg && !self.modifier.intersects(SEEN_ON_BLANK)
        } else {
            self == Self::of(cell)
        }
    }

    /// The shortest way from this look to another, as the parameters of one sequence.
    fn codes_to(self, to: Look, out: &mut Vec<u8>) {
        let gone = self.modifier - to.modifier;
        // Bold and dim end together.
        let ended = if gone.intersects(WEIGHTS) { gone | (self.modifier & WEIGHTS) } else { gone };
        let start = out.len();
        let mut before = 0;
        for (_, _, end) in MODIFIERS.iter().filter(|(it, ..)| ended.contains(*it)) {
            if std::mem::replace(&mut before, *end) != *end {
                parameter(*end, out);
            }
        }
        Look { modifier: self.modifier - ended, ..self }.add(to, out);
        let drops = |is: Color, to: Color| to == Color::Reset && is != to;
        if !gone.is_empty() || drops(self.fg, to.fg) || drops(self.bg, to.bg) {
            // To begin anew may be shorter.
            let changed = out.len();
            parameter(0, out);
            Look::PLAIN.add(to, out);
            if out.len() - changed < changed - start {
                out.drain(start..changed);
            } else {
                out.truncate(changed);
            }
        }
        if out.len() > start {
            out.pop();
        }
    }

    /// What `to` has besides.
    fn add(self, to: Look, out: &mut Vec<u8>) {
        let new = to.modifier - self.modifier;
        for (_, begin, _) in MODIFIERS.iter().filter(|(it, ..)| new.contains(*it)) {
            parameter(*begin, out);
        }
        if self.fg != to.fg {
            color(to.fg, 0, out);
        }
        if self.bg != to.bg {
            color(to.bg, 10, out);
        }
    }
}

const WEIGHTS: Modifier = Modifier::BOLD.union(Modifier::DIM);

/// What begins a modifier, and what ends it.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// The parameters of a colour; those of a ground are ten higher.
fn color(color: Color, ground: u8, out: &mut Vec<u8>) {
    let named = match color {
        Color::Reset => 39,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Rgb(..) | Color::Indexed(_) => 38,
    };
    parameter(named + ground, out);
    match color {
        Color::Rgb(r, g, b) => [2, r, g, b].into_iter().for_each(|it| parameter(it, out)),
        Color::Indexed(number) => [5, number].into_iter().for_each(|it| parameter(it, out)),
        _ => {}
    }
}

/// A number and the sign that parts it from the next. Thousands of them are written in a frame.
fn parameter(number: u8, out: &mut Vec<u8>) {
    if number >= 100 {
        out.push(b'0' + number / 100);
    }
    if number >= 10 {
        out.push(b'0' + number / 10 % 10);
    }
    out.extend_from_slice(&[b'0' + number % 10, b';']);
}

/// A blank on which nothing but its ground is seen.
fn blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK)
}

/// Clear the screen, to the ground of the frame's first cell where the terminal clears to more than its own ground.
/// Answers what the screen then shows.
pub fn clear(next: &Buffer, to_any_ground: bool, out: &mut Vec<u8>) -> Buffer {
    // In the frame's own look, blanks need no second look when what changed is searched for.
    let mut cell = next.content.first().filter(|it| blank(it)).cloned().unwrap_or_default();
    cell.modifier = Modifier::empty();
    if !to_any_ground {
        cell.bg = Color::Reset;
    }
    out.extend_from_slice(b"\x1b[0;");
    Look::PLAIN.codes_to(Look { bg: cell.bg, ..Look::PLAIN }, out);
    out.extend_from_slice(b"m\x1b[2J\x1b[m");
    Buffer::filled(next.area, cell)
}

/// The cells of `next` that look other than those on the screen. Both begin in the screen's corner.
pub fn changed<'a>(shown: &Buffer, next: &'a Buffer) -> Vec<Changed<'a>> {
    let width = usize::from(next.area.width.max(1));
    let mut changed = Vec::new();
    let lines = shown.content.chunks(width).zip(next.content.chunks(width));
    for (y, (before, after)) in (0u16..).zip(lines) {
        // Most lines of most frames are what they were.
        if before == after {
            continue;
        }
        let cells = (0u16..).zip(before.iter().zip(after));
        if narrow(before) && narrow(after) {
            let differ = cells.filter(|(_, (before, after))| {
                before != after && !(blank(before) && blank(after) && before.bg == after.bg)
            });
            changed.extend(differ.map(|(x, (_, cell))| (x, y, cell)));
        } else {
            // What becomes of the halves of wide characters is known there.
            let area = Rect { height: 1, ..next.area };
            let [before, line] = [before, after].map(|it| Buffer { area, content: it.to_vec() });
            let differ = before.diff_iter(&line).map(|(x, ..)| x);
            changed.extend(differ.filter_map(|x| Some((x, y, after.get(usize::from(x))?))));
        }
    }
    changed
}

fn narrow(cells: &[Cell]) -> bool {
    cells.iter().all(|it| it.cell_width() == 1)
}

/// The bytes that bring `changed` onto a screen that shows `shown`. The terminal's attributes are at their defaults
/// before and after.
pub fn encode(mut changed: Vec<Changed<'_>>, shown: &Buffer, next: &Buffer) -> Vec<u8> {
    let by_row = bytes(&changed, next);
    // What is written over half of a wide character takes the other half with it: then the order matters.
    if by_row.len() < LONG || !narrow(&shown.content) || !narrow(&next.content) {
        return by_row;
    }
    sort_by_look(&mut changed);
    let by_look = bytes(&changed, next);
    if by_look.len() < by_row.len() { by_look } else { by_row }
}

/// Bring together what looks the same. A blank goes with what stands before it where it can.
fn sort_by_look(changed: &mut [Changed<'_>]) {
    let mut looks: Vec<Look> = Vec::new();
    let mut last = 0;
    let mut order = Vec::with_capacity(changed.len());
    for (x, y, cell) in changed.iter() {
        if !looks.get(last).is_some_and(|it| it.suits(cell)) {
            last = looks.iter().position(|it| it.suits(cell)).unwrap_or_else(|| {
                looks.push(Look::of(cell));
                looks.len() - 1
            });
        }
        order.push((last, *y, *x));
    }
    let mut sorted: Vec<_> = order.into_iter().zip(changed.iter().copied()).collect();
    sorted.sort_by_key(|(order, _)| *order);
    for (to, (_, from)) in changed.iter_mut().zip(sorted) {
        *to = from;
    }
}

fn bytes(changed: &[Changed<'_>], next: &Buffer) -> Vec<u8> {
    let mut out = Vec::with_capacity(changed.len() * 2);
    let mut pen = Look::PLAIN;
    // Where the cursor is, where that is certain.
    let mut cursor: Option<(u16, u16)> = None;
    for (x, y, cell) in changed {
        match cursor {
            Some((from, line)) if line == *y && from <= *x => go_forward(from, (*x, *y), pen, next, &mut out),
            _ => go_to(*x, *y, &mut out),
        }
        if !pen.suits(cell) {
            // A blank needs its ground only; the colour of words stays for those that follow.
            let fg = if blank(cell) { pen.fg } else { cell.fg };
            let modifier = if blank(cell) { pen.modifier - SEEN_ON_BLANK } else { cell.modifier };
            let look = Look { fg, bg: cell.bg, modifier };
            out.extend_from_slice(b"\x1b[");
            pen.codes_to(look, &mut out);
            out.push(b'm');
            pen = look;
        }
        out.extend_from_slice(cell.symbol().as_bytes());
        let certain = cell.cell_width() == 1 && cell.symbol().chars().nth(1).is_none();
        cursor = certain.then_some((*x + 1, *y));
    }
    if pen != Look::PLAIN {
        out.extend_from_slice(b"\x1b[m");
    }
    out
}

/// Forward in a line: over the cells between, or by writing them again where that is shorter.
fn go_forward(from: u16, (x, y): (u16, u16), pen: Look, next: &Buffer, out: &mut Vec<u8>) {
    let between = || (from..x).filter_map(|x| next.cell((x, y)));
    let same = |cell: &Cell| cell.symbol().len() == 1 && pen.suits(cell);
    match x - from {
        0 => {}
        gap if gap < FORWARD && between().all(same) => {
            between().for_each(|it| out.extend_from_slice(it.symbol().as_bytes()));
        }
        1 => out.extend_from_slice(b"\x1b[C"),
        gap => drop(write!(out, "\x1b[{gap}C")),
    }
}

fn go_to(x: u16, y: u16, out: &mut Vec<u8>) {
    let _ = match (x, y) {
        (0, 0) => write!(out, "\x1b[H"),
        (0, _) => write!(out, "\x1b[{}H", y + 1),
        _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;
