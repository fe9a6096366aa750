//! A log: the last lines while it is followed, each writer under a colour of its own.

use super::text::{light, line};
use crate::{Role, Targets, Theme};
use app::queries::text::log_in_sight;
use app::{Listing, LogBook, Settings};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

/// The colours that writers are told apart by. Their names stand there too.
const WRITERS: [Role; 6] =
    [Role::Accent, Role::SyntaxString, Role::SyntaxNumber, Role::Key, Role::Good, Role::Unknown];

/// Draw what is in sight of a log.
pub(crate) fn log(
    book: &LogBook,
    list: &Listing,
    settings: &Settings,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    targets.rows = area.height;
    let widest = book.writers.iter().map(String::len).max().unwrap_or(0).min(28);
    let lines = log_in_sight(book, list, usize::from(area.height));
    let drawn: Vec<Vec<Span<'_>>> = lines
        .iter()
        .map(|(_, it)| {
            let mut spans = Vec::new();
            if list.timed {
                let time = it.at.map(|at| clock(at, settings.utc_offset)).unwrap_or_else(|| " ".repeat(12));
                spans.push(Span::styled(format!("{time} "), theme.fg(Role::Faint)));
            }
            if book.writers.len() > 1 {
                let name = book.writers.get(usize::from(it.writer)).map(String::as_str).unwrap_or_default();
                let role = WRITERS[usize::from(it.writer) % WRITERS.len()];
                let cut: String = name.chars().skip(name.chars().count().saturating_sub(widest)).collect();
                spans.push(Span::styled(format!("{cut:<widest$} "), theme.fg(role)));
            }
            spans.push(Span::styled(it.text.as_ref(), theme.fg(loudness(&it.text))));
            spans
        })
        .collect();
    // While it is followed the newest line must be in sight, however many lines the wrapped ones before it take.
    let mut skip = 0;
    if list.wrapped && !list.paused {
        let mut room = usize::from(area.height);
        skip = drawn.len();
        for spans in drawn.iter().rev() {
            let wide: usize = spans.iter().map(Span::width).sum();
            let takes = wide.div_ceil(usize::from(area.width.max(1))).max(1);
            if takes > room {
                break;
            }
            room -= takes;
            skip -= 1;
        }
    }
    let words: Vec<String> = list
        .filter
        .to_lowercase()
        .split_whitespace()
        .filter(|it| !it.starts_with('!'))
        .map(str::to_owned)
        .collect();
    let mut y = area.y;
    for spans in drawn.iter().skip(skip) {
        if y >= area.bottom() {
            break;
        }
        let place = Rect { y, height: area.bottom() - y, ..area };
        y += line(spans, list.wrapped, place, buf);
        for word in &words {
            light(word, Rect { height: 1, ..place }, theme, buf);
        }
    }
}

/// Lines that cry for help are told apart from the rest.
fn loudness(text: &str) -> Role {
    let head = text.get(..text.floor_char_boundary(120)).unwrap_or(text);
    let says = |words: &[&str]| words.iter().any(|it| head.contains(it));
    if says(&["ERROR", "error", "FATAL", "fatal", "panic", "PANIC"]) || head.starts_with('E') && klog(head) {
        Role::Bad
    } else if says(&["WARN", "warn"]) || head.starts_with('W') && klog(head) {
        Role::Wait
    } else {
        Role::Text
    }
}

/// Whether a line begins as Kubernetes components write: a letter and four digits.
fn klog(text: &str) -> bool {
    text.get(1..5).is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
}

fn clock(at: domain::Moment, offset: i32) -> String {
    let local = at.0 + i64::from(offset) * 1000;
    let (seconds, millis) = (local.div_euclid(1000), local.rem_euclid(1000));
    let (h, m, s) =
        (seconds.rem_euclid(86_400) / 3_600, seconds.rem_euclid(3_600) / 60, seconds.rem_euclid(60));
    format!("{h:02}:{m:02}:{s:02}.{millis:03}")
}
