//! The encoder against the stock backend: on a terminal, both leave the same screen.

use super::*;
use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::style::Style;

const AREA: Rect = Rect { x: 0, y: 0, width: 30, height: 6 };

/// A word somewhere, or the ground of a piece of a line.
#[derive(Debug, Clone)]
struct Piece {
    at: (u16, u16),
    words: &'static str,
    style: Style,
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![
        Just(Color::Reset),
        Just(Color::Red),
        Just(Color::White),
        Just(Color::Indexed(200)),
        Just(Color::Rgb(16, 18, 20)),
        Just(Color::Rgb(200, 204, 212)),
    ]
}

fn piece() -> impl Strategy<Value = Piece> {
    let words = prop_oneof![
        Just("up to date"),
        Just("a"),
        Just("  "),
        Just("               "),
        Just("──"),
        Just("コ"),
        Just("船の橋 x"),
        Just("e\u{301}t"),
    ];
    let modifier = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
        1 => Just(Modifier::ITALIC),
        1 => Just(Modifier::UNDERLINED),
        1 => Just(Modifier::REVERSED),
        1 => Just(Modifier::BOLD.union(Modifier::UNDERLINED)),
    ];
    ((0..AREA.width, 0..AREA.height), words, color(), color(), modifier).prop_map(
        |(at, words, fg, bg, modifier)| Piece {
            at,
            words,
            style: Style::new().fg(fg).bg(bg).add_modifier(modifier),
        },
    )
}

fn buffer() -> impl Strategy<Value = Buffer> {
    (color(), proptest::collection::vec(piece(), 0..14)).prop_map(|(ground, pieces)| {
        let mut buffer = Buffer::empty(AREA);
        buffer.set_style(AREA, Style::new().bg(ground).fg(Color::Gray));
        for Piece { at: (x, y), words, style } in pieces {
            // As the face does: no word is written over half of another's wide character.
            if x > 0 && buffer[(x - 1, y)].cell_width() > 1 {
                continue;
            }
            buffer.set_stringn(x, y, words, usize::from(AREA.width - x), style);
        }
        // The emulator knows only one of the two.
        for cell in buffer.content.iter_mut().filter(|it| it.modifier.contains(WEIGHTS)) {
            cell.modifier.remove(Modifier::DIM);
        }
        buffer
    })
}

/// Cells that a person sees differ between two screens.
fn differences(ours: &vt100::Parser, stock: &vt100::Parser) -> Vec<(String, String)> {
    seen(ours).into_iter().zip(seen(stock)).filter(|(ours, stock)| ours != stock).collect()
}

/// Everything that a person sees of a screen. Of a blank, that is its ground.
fn seen(parser: &vt100::Parser) -> Vec<String> {
    let screen = parser.screen();
    let place = |at: u16| (at / AREA.width, at % AREA.width);
    let cell = |at: u16| {
        let (y, x) = place(at);
        let cell = screen.cell(y, x).expect("a cell");
        let weight = (cell.bold(), cell.dim(), cell.italic());
        let blank = cell.contents().trim().is_empty() && !cell.is_wide_continuation();
        match blank && !cell.underline() && !cell.inverse() {
            true => format!("{x},{y} blank on {:?}", cell.bgcolor()),
            // The second half of a wide character has no look of its own.
            false if cell.is_wide_continuation() => format!("{x},{y} continues"),
            false => format!(
                "{x},{y} {:?} {:?} on {:?} {} {} {}",
                cell.contents(),
                cell.fgcolor(),
                cell.bgcolor(),
                cell.underline(),
                cell.inverse(),
                if blank { String::new() } else { format!("{weight:?}") },
            ),
        }
    };
    (0..AREA.area() as u16).map(cell).collect()
}

fn terminal() -> vt100::Parser {
    vt100::Parser::new(AREA.height, AREA.width, 0)
}

/// The screen after frames that the stock backend sends.
fn stock(frames: &[&Buffer]) -> vt100::Parser {
    let mut parser = terminal();
    let mut shown = Buffer::empty(AREA);
    for frame in frames {
        let mut sent = Vec::new();
        CrosstermBackend::new(&mut sent).draw(shown.diff(frame).into_iter()).unwrap();
        parser.process(&sent);
        shown = (*frame).clone();
    }
    parser
}

proptest! {
    #[test]
    fn the_screen_is_what_the_stock_backend_would_leave(
        first in buffer(), second in buffer(), any_ground in any::<bool>(),
    ) {
        let mut ours = terminal();
        // Whatever stood there before.
        ours.process(b"\x1b[31mwhat was\x1b[m here");
        let mut out = Vec::new();
        let mut shown = clear(&first, any_ground, &mut out);
        ours.process(&out);
        for (at, frame) in [&first, &second].into_iter().enumerate() {
            ours.process(&encode(changed(&shown, frame), &shown, frame));
            shown = frame.clone();
            prop_assert_eq!(differences(&ours, &stock(&[&first, &second][..=at])), []);
        }
    }

    #[test]
    fn the_order_of_looks_leaves_the_same_screen(frame in buffer()) {
        let narrow = frame.content.iter().all(|it| it.cell_width() == 1);
        prop_assume!(narrow);
        let mut ours = terminal();
        let mut out = Vec::new();
        let shown = clear(&frame, true, &mut out);
        let mut cells = changed(&shown, &frame);
        sort_by_look(&mut cells);
        out.extend(bytes(&cells, &frame));
        ours.process(&out);
        prop_assert_eq!(differences(&ours, &stock(&[&frame])), []);
    }
}

fn sent(paint: impl Fn(&mut Buffer)) -> String {
    let shown = Buffer::empty(AREA);
    let mut next = Buffer::empty(AREA);
    paint(&mut next);
    String::from_utf8(encode(changed(&shown, &next), &shown, &next)).unwrap()
}

#[test]
fn only_what_differs_is_sent() {
    let (text, ground) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
    assert_eq!(sent(|_| ()), "");
    // A blank between words is written; nothing is said of its colour.
    assert_eq!(sent(|it| it.set_string(0, 0, "a b", text)), "\x1b[H\x1b[31ma b\x1b[m");
    // Many blanks are passed over; the next word changes one colour only.
    let two = |it: &mut Buffer| {
        it.set_style(Rect { height: 1, ..AREA }, text);
        it.set_string(2, 1, "a", text);
        it.set_string(13, 1, "b", ground.bg(Color::Black));
        it.set_string(14, 1, "c", text.bg(Color::Black));
    };
    assert_eq!(sent(two), "\x1b[2;3H\x1b[31ma\x1b[10C\x1b[34;40mb\x1b[31mc\x1b[m");
}

#[test]
fn the_shortest_way_between_looks() {
    let codes = |from: Look, to: Look| {
        let mut out = Vec::new();
        from.codes_to(to, &mut out);
        String::from_utf8(out).unwrap()
    };
    let look = |fg, bg, modifier| Look { fg, bg, modifier };
    let (bold, none) = (Modifier::BOLD, Modifier::empty());
    let rgb = Color::Rgb(200, 204, 212);
    let from = look(rgb, rgb, bold);
    assert_eq!(codes(from, look(rgb, rgb, none)), "22");
    assert_eq!(codes(from, Look::PLAIN), "0");
    assert_eq!(codes(from, look(Color::Red, Color::Reset, none)), "0;31");
    assert_eq!(codes(from, look(rgb, Color::Indexed(7), bold)), "48;5;7");
    let both = look(rgb, rgb, WEIGHTS);
    assert_eq!(codes(both, look(rgb, rgb, Modifier::DIM)), "22;2");
}
