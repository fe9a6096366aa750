//! What a key does to a text: ratatui-textarea does the editing, the model keeps the text.

use app::{Delta, Key, Position, TextEdit, Typing};
use tui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};

/// Blanks that a tab is worth: YAML takes no tabs, and is indented by two.
const TAB: u8 = 2;

/// What `key` does to the text that is open; none where it means nothing there. `rows` are the lines in sight.
pub fn typed(text: &TextEdit, key: &Key, rows: usize) -> Option<Typing> {
    let before = text.after.as_deref()?;
    let input = input(key)?;
    // Lines that end as Windows ends them are edited as if they did not, and keep their ends.
    let ends = TextEdit::line_end(before);
    let lines = before.split(ends).map(str::to_owned).collect();
    let mut area = TextArea::new(lines);
    area.set_tab_length(TAB);
    if let Some(anchor) = text.anchor {
        area.move_cursor(jump(anchor));
        area.start_selection();
    }
    area.move_cursor(jump(text.at));
    if input.key == AreaKey::Enter {
        let line = area.lines().get(text.at.row).cloned().unwrap_or_default();
        let head: String = line.chars().take(text.at.column).collect();
        area.input(input);
        // A new line begins where the line before it does.
        let indent: String = head.chars().take_while(|it| *it == ' ').collect();
        area.insert_str(indent);
    } else if matches!(input.key, AreaKey::PageUp | AreaKey::PageDown) {
        let by = if input.key == AreaKey::PageUp { CursorMove::Up } else { CursorMove::Down };
        if input.shift && text.anchor.is_none() {
            area.start_selection();
        } else if !input.shift {
            area.cancel_selection();
        }
        (0..rows.max(2) - 1).for_each(|_| area.move_cursor(by));
    } else {
        area.input(input);
    }
    let cursor = area.cursor();
    let at = Position { row: cursor.0, column: cursor.1 };
    let anchor = area.selection_range().map(|(start, end)| {
        let (start, end) =
            (Position { row: start.0, column: start.1 }, Position { row: end.0, column: end.1 });
        if at == start { end } else { start }
    });
    let delta = Delta::between(before, &area.lines().join(ends));
    Some(Typing { delta, at, anchor: anchor.filter(|it| *it != at) })
}

fn jump(at: Position) -> CursorMove {
    let short = |it: usize| u16::try_from(it).unwrap_or(u16::MAX);
    CursorMove::Jump(short(at.row), short(at.column))
}

/// A key in the words of the text area.
fn input(key: &Key) -> Option<Input> {
    let mut word = key.0.as_str();
    let mut input = Input { key: AreaKey::Null, ctrl: false, alt: false, shift: false };
    loop {
        word = match word.split_once('-') {
            Some(("ctrl", rest)) if !rest.is_empty() => {
                input.ctrl = true;
                rest
            }
            Some(("alt", rest)) if !rest.is_empty() => {
                input.alt = true;
                rest
            }
            Some(("shift", rest)) if !rest.is_empty() => {
                input.shift = true;
                rest
            }
            _ => break,
        };
    }
    input.key = match word {
        "space" => AreaKey::Char(' '),
        "enter" => AreaKey::Enter,
        "tab" => AreaKey::Tab,
        "backspace" => AreaKey::Backspace,
        "delete" => AreaKey::Delete,
        "up" => AreaKey::Up,
        "down" => AreaKey::Down,
        "left" => AreaKey::Left,
        "right" => AreaKey::Right,
        "home" => AreaKey::Home,
        "end" => AreaKey::End,
        "pageup" => AreaKey::PageUp,
        "pagedown" => AreaKey::PageDown,
        other => {
            let mut letters = other.chars();
            match (letters.next(), letters.next()) {
                (Some(it), None) => AreaKey::Char(it),
                _ => return None,
            }
        }
    };
    Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type keys, parted by spaces, into a text; answers it, and where the cursor came.
    fn after(text: &str, at: (usize, usize), keys: &str) -> (String, (usize, usize)) {
        let at = Position { row: at.0, column: at.1 };
        let mut edit = TextEdit { after: Some(text.into()), at, ..TextEdit::default() };
        for key in keys.split(' ') {
            let typing = typed(&edit, &Key(key.into()), 10).unwrap();
            if let Some(delta) = typing.delta {
                delta.apply(edit.after.as_mut().unwrap()).unwrap();
            }
            (edit.at, edit.anchor) = (typing.at, typing.anchor);
        }
        (edit.after.unwrap(), (edit.at.row, edit.at.column))
    }

    #[test]
    fn keys_change_the_text_and_nothing_else_of_it() {
        assert_eq!(after("a: 1\n", (0, 4), "2"), ("a: 12\n".into(), (0, 5)));
        assert_eq!(after("a: 1", (0, 4), "backspace 3"), ("a: 3".into(), (0, 4)));
        assert_eq!(after("spec:\n  a: 1\n", (1, 6), "enter b"), ("spec:\n  a: 1\n  b\n".into(), (2, 3)));
        assert_eq!(after("a: 1\r\nb: 2\r\n", (1, 4), "enter x"), ("a: 1\r\nb: 2\r\nx\r\n".into(), (2, 1)));
        assert_eq!(
            after("a: 1\r\nb: 2\n", (1, 4), "3"),
            ("a: 1\r\nb: 23\n".into(), (1, 5)),
            "ends of both kinds stay"
        );
        assert_eq!(after("\u{feff}a: 1\n", (0, 1), "x"), ("\u{feff}xa: 1\n".into(), (0, 2)));
        assert_eq!(after("x", (0, 0), "tab"), ("  x".into(), (0, 2)));
        assert_eq!(after("ä-b", (0, 1), "delete"), ("äb".into(), (0, 1)));
    }

    #[test]
    fn what_is_selected_gives_way_to_what_is_typed() {
        assert_eq!(after("version: v1", (0, 9), "shift-right shift-right x"), ("version: x".into(), (0, 10)));
        assert_eq!(after("a\nb\nc", (0, 0), "shift-down delete"), ("b\nc".into(), (0, 0)));
        assert_eq!(after("a\nb\nc", (0, 0), "down down up"), ("a\nb\nc".into(), (1, 0)));
    }
}
