//! A frame as bytes for the terminal: only what is seen to differ, and of its looks only what the terminal does not
//! have already.

use ratatui::buffer::{Buffer, Cell, CellWidth};
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
    fn codes_to(self, to: Look) -> String {
        let gone = self.modifier - to.modifier;
        // Bold and dim end together.
        let ended = if gone.intersects(WEIGHTS) { gone | (self.modifier & WEIGHTS) } else { gone };
        let mut changed = String::new();
        for (modifier, _, end) in MODIFIERS {
            if ended.contains(modifier) && !changed.ends_with(&format!("{end};")) {
                changed.push_str(&format!("{end};"));
            }
        }
        let from = Look { modifier: self.modifier - ended, ..self };
        changed.push_str(&from.added(to));
        let anew = format!("0;{}", Look::PLAIN.added(to));
        let shortest = if anew.len() < changed.len() { anew } else { changed };
        shortest.trim_end_matches(';').to_owned()
    }

    /// What `to` has besides.
    fn added(self, to: Look) -> String {
        let mut codes = String::new();
        for (modifier, begin, _) in MODIFIERS {
            if (to.modifier - self.modifier).contains(modifier) {
                codes.push_str(&format!("{begin};"));
            }
        }
        if self.fg != to.fg {
            codes.push_str(&color(to.fg, 0));
        }
        if self.bg != to.bg {
            codes.push_str(&color(to.bg, 10));
        }
        codes
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
fn color(color: Color, ground: u8) -> String {
    let named = |number: u8| format!("{};", number + ground);
    match color {
        Color::Reset => named(39),
        Color::Black => named(30),
        Color::Red => named(31),
        Color::Green => named(32),
        Color::Yellow => named(33),
        Color::Blue => named(34),
        Color::Magenta => named(35),
        Color::Cyan => named(36),
        Color::Gray => named(37),
        Color::DarkGray => named(90),
        Color::LightRed => named(91),
        Color::LightGreen => named(92),
        Color::LightYellow => named(93),
        Color::LightBlue => named(94),
        Color::LightMagenta => named(95),
        Color::LightCyan => named(96),
        Color::White => named(97),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b};", 38 + ground),
        Color::Indexed(number) => format!("{};5;{number};", 38 + ground),
    }
}

/// A blank on which nothing but its ground is seen.
fn blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK)
}

/// Clear the screen, to the ground of the frame's first cell where the terminal clears to more than its own ground.
/// Answers what the screen then shows.
pub fn clear(next: &Buffer, to_any_ground: bool, out: &mut Vec<u8>) -> Buffer {
    let mut cell = Cell::EMPTY;
    if let Some(first) = next.content.first().filter(|it| to_any_ground && blank(it)) {
        cell.bg = first.bg;
    }
    let ground = Look::PLAIN.codes_to(Look::of(&cell));
    out.extend(format!("\x1b[0;{ground}m\x1b[2J\x1b[m").into_bytes());
    Buffer::filled(next.area, cell)
}

/// The cells of `next` that look other than those on the screen.
pub fn changed<'a>(shown: &Buffer, next: &'a Buffer) -> Vec<Changed<'a>> {
    let alike = |(x, y, cell): &Changed<'_>| {
        let before = |x: u16| shown.cell((x, *y));
        // A blank after what was a wide character has to be written: its ground may have been that one's.
        let after_wide = x.checked_sub(1).and_then(before).is_some_and(|it| it.cell_width() != 1);
        blank(cell) && before(*x).is_some_and(|it| blank(it) && it.bg == cell.bg) && !after_wide
    };
    shown.diff_iter(next).filter(|it| !alike(it)).collect()
}

/// The bytes that bring `changed` onto a screen that shows `shown`. The terminal's attributes are at their defaults
/// before and after.
pub fn encode(mut changed: Vec<Changed<'_>>, shown: &Buffer, next: &Buffer) -> Vec<u8> {
    let by_row = bytes(&changed, next);
    // What is written over half of a wide character takes the other half with it: then the order matters.
    let narrow = |it: &Buffer| it.content.iter().all(|cell| cell.cell_width() == 1);
    if by_row.len() < LONG || !narrow(shown) || !narrow(next) {
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
            let _ = write!(out, "\x1b[{}m", pen.codes_to(look));
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
        gap => out.extend(format!("\x1b[{gap}C").into_bytes()),
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
