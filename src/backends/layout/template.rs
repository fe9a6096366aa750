//! Templates of YAML read around what fills them in: Jinja, Go and Helm, OpenTofu's own.

/// What stands where something is filled in.
pub(super) const FILLED: &str = "<filled in>";
/// How templates begin and end what they fill in, and whether it may leave a value behind.
const MARKS: [(&str, &str, bool); 4] =
    [("{{", "}}", true), ("{%", "%}", false), ("{#", "#}", false), ("%{", "}", false)];
/// Longer ones are none: something else begins with two braces.
const LONG: usize = 8_192;

/// The text with its own lines, where what is filled in is a value, and gone where it stands on lines of its own.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, (open, close, leaves))) = next(rest) {
        out.push_str(&rest[..at]);
        let body = &rest[at..];
        let reach = &body[..floor(body, LONG)];
        let Some(end) = reach[open.len()..].find(close).map(|it| it + open.len() + close.len()) else {
            out.push_str(open);
            rest = &body[open.len()..];
            continue;
        };
        let inside = &body[..end];
        let before = out.rsplit('\n').next().unwrap_or_default();
        let behind = body[end..].split('\n').next().unwrap_or_default();
        let alone = before.trim().is_empty() && behind.trim().is_empty();
        if leaves && !alone {
            out.push_str(FILLED);
        }
        out.extend(inside.chars().filter(|it| *it == '\n'));
        rest = &body[end..];
    }
    out.push_str(rest);
    out
}

fn next(text: &str) -> Option<(usize, (&'static str, &'static str, bool))> {
    MARKS.iter().filter_map(|it| Some((text.find(it.0)?, *it))).min_by_key(|it| it.0)
}

/// The last place where a letter begins, at or before one.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_leaves_every_line_where_it_was() {
        let text = "a: 1\n {% if x %}\nimage: r/i/{{ ENV.ID }}:v1.13.9\n {% endif %}\n{{- include \"x\" .\n  | indent 2 }}\n%{ if y ~}\nb: ${z}\n%{ endif ~}\nc: {}\n";
        let said = masked(text);
        assert_eq!(said.lines().count(), text.lines().count());
        assert_eq!(said.lines().nth(2), Some("image: r/i/<filled in>:v1.13.9"));
        assert_eq!(said.lines().nth(7), Some("b: ${z}"));
        let read = crate::yaml::documents(&said).unwrap();
        assert_eq!(read[0].value("image"), Some("r/i/<filled in>:v1.13.9"));
        assert_eq!(masked("open {{ and never {% closed"), "open {{ and never {% closed");
    }
}
