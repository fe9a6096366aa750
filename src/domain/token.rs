//! How a value is written in YAML: in the quotes the old one had, and in quotes at all where it must.

use crate::Quotes;

/// The token that stands for `after` where `before` stood. None where a value of that kind is not edited in place,
/// or where `after` does not fit on one line.
pub fn written(before: &str, after: &str, quotes: Quotes) -> Option<String> {
    if after.chars().any(crate::unseen) {
        return None;
    }
    match quotes {
        Quotes::Plain if stays_plain(before, after) => Some(after.to_owned()),
        Quotes::Plain | Quotes::Double => Some(double(after)),
        Quotes::Single => Some(format!("'{}'", after.replace('\'', "''"))),
        Quotes::Block | Quotes::Shared => None,
    }
}

fn double(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether `after` may stand without quotes and still be of the kind that `before` was.
fn stays_plain(before: &str, after: &str) -> bool {
    let starts = |it: char| "-?:,[]{}#&*!|>'\"%@`".contains(it);
    let plain = !after.is_empty()
        && after.trim() == after
        && !after.starts_with(starts)
        && !after.contains(": ")
        && !after.contains(" #")
        && !after.ends_with(':')
        && !after.contains(|it: char| ",[]{}".contains(it));
    let negative = after.strip_prefix('-').is_some_and(is_number);
    (plain || negative) && (is_text(after) || !is_text(before))
}

fn is_text(value: &str) -> bool {
    let word = value.to_ascii_lowercase();
    let kept =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "-.inf"];
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(&word);
    !kept.contains(&word.as_str()) && !is_number(unsigned) && !is_time(unsigned)
}

/// What YAML 1.1 reads as a time of day or a date, and YAML 1.2 as text: `12:30`, `2026-11-21`.
fn is_time(value: &str) -> bool {
    let numbers = |parts: std::str::Split<'_, char>| {
        parts.clone().count() > 1
            && parts.clone().all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    };
    numbers(value.split(':')) || (numbers(value.split('-')) && value.split('-').count() == 3)
}

fn is_number(value: &str) -> bool {
    let based = ["0x", "0o", "0b"].iter().any(|it| value.starts_with(it));
    based
        || (value.starts_with(|it: char| it.is_ascii_digit() || it == '.')
            && value.replace('_', "").parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_kept_and_kinds_too() {
        let plain = |before: &str, after: &str| written(before, after, Quotes::Plain).unwrap();
        assert_eq!(plain("v1.35.0", "v1.35.2"), "v1.35.2");
        assert_eq!(plain("1.35.0", "1.35.2"), "1.35.2");
        assert_eq!(plain("v1.35", "1.35"), "\"1.35\"", "a text stays a text");
        assert_eq!(plain("3", "5"), "5");
        assert_eq!(plain("3", "-5"), "-5");
        assert_eq!(plain("a", "yes"), "\"yes\"");
        assert_eq!(plain("true", "false"), "false");
        assert_eq!(plain("a", "x: y"), "\"x: y\"");
        assert_eq!(plain("a", ""), "\"\"");
        assert_eq!(written("a", "it's", Quotes::Single).unwrap(), "'it''s'");
        assert_eq!(written("a", "say \"x\\\"", Quotes::Double).unwrap(), "\"say \\\"x\\\\\\\"\"");
        assert_eq!(written("a", "b", Quotes::Block), None);
        assert_eq!(written("a", "b\nc", Quotes::Plain), None);
    }
}
