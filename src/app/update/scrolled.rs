//! Moving through a text or a log, and finding words in it.

use crate::queries::text::{self, Text};
use crate::{Action, LogFilter, Model};

/// Move through the text on the screen. Says whether there is one.
pub(super) fn scrolled(model: &mut Model, action: Action) -> bool {
    let height = usize::from(model.screen.rows.max(1));
    let half = (height / 2).max(1);
    let steps = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::HalfPageDown => half.cast_signed(),
        Action::HalfPageUp => -half.cast_signed(),
        Action::PageDown => height.cast_signed(),
        Action::PageUp => -height.cast_signed(),
        Action::Top => isize::MIN,
        Action::Bottom => isize::MAX,
        _ => 0,
    };
    let list = model.screen.listing().cloned().unwrap_or_default();
    let (top, paused) = match text::text(model) {
        None => return false,
        Some(Text::Log(book)) => {
            let filter = LogFilter::read(&list.filter);
            let first =
                text::log_in_sight(book, &list, height).first().map_or(book.first(), |(number, _)| *number);
            let top = match steps {
                isize::MIN => book.first(),
                isize::MAX => book.end(),
                steps if steps < 0 => {
                    let before = book.before(first, &filter, steps.unsigned_abs());
                    before.first().map_or(first, |(number, _)| *number)
                }
                steps => {
                    let after = book.after(first, &filter, steps.unsigned_abs() + 1);
                    after.last().map_or(first, |(number, _)| *number)
                }
            };
            // Whoever comes to the end follows again.
            let rest = book.after(top, &filter, height + 1).len();
            (top, if steps > 0 { rest > height } else { steps < 0 || list.paused })
        }
        Some(other) => {
            let last = other.len().saturating_sub(height);
            (list.top.saturating_add_signed(steps).min(last), false)
        }
    };
    let list = model.screen.listing_mut();
    (list.top, list.paused) = (top, paused);
    true
}

/// Go to the next line that holds what is searched for, or to the one before; round the end where there is none.
pub(super) fn find(model: &mut Model, forward: bool) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let word = list.filter.to_lowercase();
    let Some(text) = text::text(model) else { return };
    let count = text.len();
    let held: Vec<usize> = (0..count).filter(|line| text.holds(*line, &word)).collect();
    let found = if forward {
        held.iter().find(|line| **line > list.at).or(held.first())
    } else {
        held.iter().rev().find(|line| **line < list.at).or(held.last())
    };
    match found.copied() {
        None => model.screen.notice = Some(format!("{} does not stand here", list.filter)),
        Some(line) => show(model, line, count),
    }
}

/// While it is typed: stay where it stands already, else go to the first place after.
pub(super) fn seek(model: &mut Model) {
    let list = model.screen.listing().cloned().unwrap_or_default();
    let word = list.filter.to_lowercase();
    let Some(text) = text::text(model).filter(|it| !matches!(it, Text::Log(_))) else { return };
    if word.is_empty() {
        return;
    }
    let count = text.len();
    let after = (list.top..count).chain(0..list.top);
    if let Some(line) = after.into_iter().find(|line| text.holds(*line, &word)) {
        show(model, line, count);
    }
}

fn show(model: &mut Model, line: usize, count: usize) {
    let height = usize::from(model.screen.rows.max(1));
    let list = model.screen.listing_mut();
    list.at = line;
    if line < list.top || line >= list.top + height {
        list.top = line.saturating_sub(height / 3).min(count.saturating_sub(height));
    }
}
