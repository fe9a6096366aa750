//! Text from a wire, made safe for a terminal: no control characters, no escape sequences, no direction tricks.

use std::borrow::Cow;

/// The text on one line, without anything that could move a cursor or hide what stands there. Tabs and line breaks
/// become one space.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_show) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\t' | '\n' => out.push(' '),
            '\u{1b}' => skip_escape(&mut chars),
            it if unsafe_to_show(it) => {}
            it => out.push(it),
        }
    }
    Cow::Owned(out)
}

/// Control characters, and the marks that turn the direction of what follows.
fn unsafe_to_show(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Drop the rest of an escape sequence: `ESC [ … letter`, `ESC ] … BEL` or one character.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            for it in chars.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&it) {
                    return;
                }
            }
        }
        Some(']') => {
            while let Some(it) = chars.next() {
                let ends = it == '\u{7}' || (it == '\u{1b}' && chars.next_if_eq(&'\\').is_some());
                if ends {
                    return;
                }
            }
        }
        Some(_) => {
            chars.next();
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_move_a_cursor_is_gone() {
        assert_eq!(plain("ready"), "ready");
        assert_eq!(plain("a\tb\nc\r"), "a b c");
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(plain("\u{1b}]0;title\u{7}text"), "text");
        assert_eq!(plain("x\u{1b}]8;;http://a\u{1b}\\link"), "xlink");
        assert_eq!(plain("a\u{202e}b\u{9b}31m"), "ab31m");
        assert_eq!(plain("cut\u{1b}["), "cut");
    }
}
