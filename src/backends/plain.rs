//! Text from a wire, made safe for a terminal: no control characters, no escape sequences, no direction tricks.

use domain::unseen;
use std::borrow::Cow;
use std::error::Error;

/// The text on one line, without anything that could move a cursor or hide what stands there. Tabs and line breaks
/// become one space.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\t' | '\n' => out.push(' '),
            '\u{1b}' => skip_escape(&mut chars),
            it if unseen(it) => {}
            it => out.push(it),
        }
    }
    Cow::Owned(out)
}

/// The innermost reason of an error, which is the one that helps ("connection refused", not "service error"), without
/// the numbers and addresses that libraries add for programmers.
pub fn innermost(err: &(dyn Error + 'static)) -> String {
    let mut err = err;
    while let Some(inner) = err.source() {
        err = inner;
    }
    let said = err.to_string();
    if said.contains("close_notify") {
        return "the connection was closed".into();
    }
    let said = match said.split_once(" (os error ") {
        Some((said, _)) => said.to_lowercase(),
        None => said,
    };
    plain(&said).into_owned()
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
        // A title or the clipboard, a device's own strings, a privacy message: all end alike.
        // One without an end is dropped alone: it must not hide what follows.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            chars.next();
            let mut ahead = chars.clone();
            while let Some(it) = ahead.next() {
                if it == '\u{7}' || (it == '\u{1b}' && ahead.next_if_eq(&'\\').is_some()) {
                    *chars = ahead;
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
    fn a_reason_is_said_for_people() {
        let refused = std::io::Error::other("Connection refused (os error 111)");
        assert_eq!(innermost(&refused), "connection refused");
        let closed = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
        let outer = std::io::Error::other(std::io::Error::other(closed));
        assert_eq!(innermost(&outer), "the connection was closed");
    }

    #[test]
    fn what_could_move_a_cursor_is_gone() {
        assert_eq!(plain("ready"), "ready");
        assert_eq!(plain("a\tb\nc\r"), "a b c");
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(plain("\u{1b}]0;title\u{7}text"), "text");
        assert_eq!(plain("x\u{1b}]8;;http://a\u{1b}\\link"), "xlink");
        assert_eq!(plain("a\u{202e}b\u{9b}31m"), "ab31m");
        assert_eq!(plain("cut\u{1b}["), "cut");
        assert_eq!(plain("\u{1b}]52;c;cm0gLXJmIH4=\u{7}copied"), "copied");
        assert_eq!(plain("\u{1b}P1;2qq\u{1b}\\sixel"), "sixel");
        assert_eq!(plain("\u{1b}]never ends"), "never ends");
        assert_eq!(plain("api\u{200b}-server\u{feff}"), "api-server");
    }
}
