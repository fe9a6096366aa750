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
    // How far each mark's end has been looked for in vain, and whether the line holds nothing so far.
    let mut closed = [0; MARKS.len()];
    let mut blank = true;
    let mut at = 0;
    while let Some(brace) = text[at..].find(['{', '%']).map(|it| at + it) {
        push(&mut out, &mut blank, &text[at..brace]);
        let mark = MARKS.iter().position(|it| text[brace..].starts_with(it.0));
        let found = mark.and_then(|mark| Some((MARKS[mark].2, end(text, brace, mark, &mut closed[mark])?)));
        let Some((leaves, end)) = found else {
            let length = mark.map_or(1, |it| MARKS[it].0.len());
            push(&mut out, &mut blank, &text[brace..brace + length]);
            at = brace + length;
            continue;
        };
        let behind = text[end..].chars().find(|it| *it == '\n' || !it.is_whitespace());
        let alone = blank && behind.is_none_or(|it| it == '\n');
        if leaves && !alone {
            push(&mut out, &mut blank, FILLED);
        }
        let lines = text[brace..end].matches('\n').count();
        out.extend(std::iter::repeat_n('\n', lines));
        blank |= lines > 0;
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

fn push(out: &mut String, blank: &mut bool, text: &str) {
    out.push_str(text);
    let (line, new) = text.rsplit_once('\n').map_or((text, false), |it| (it.1, true));
    *blank = (*blank || new) && line.trim_start().is_empty();
}

/// Where the mark that opens at `brace` ends. None is looked for twice in the same place.
fn end(text: &str, brace: usize, mark: usize, closed: &mut usize) -> Option<usize> {
    let (open, close, _) = MARKS[mark];
    let to = text.len().min(brace + LONG);
    let from = (brace + open.len()).max(*closed);
    let bytes = text.as_bytes().get(from..to)?;
    let found = bytes.windows(close.len()).position(|it| it == close.as_bytes());
    if found.is_none() {
        *closed = (to + 1).saturating_sub(close.len()).max(from);
    }
    Some(from + found? + close.len())
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
        assert_eq!(masked("{{{ a }}\n  {{ b }} {# c #}\n{x} %"), "\n  <filled in> \n{x} %");
    }

    #[test]
    fn a_text_of_nothing_but_marks_is_gone_through_once() {
        let many = 20_000;
        assert_eq!(masked(&"{{a}}\n".repeat(many)).len(), many);
        assert_eq!(masked(&"{{a}} ".repeat(many)).matches(FILLED).count(), many);
        for open in ["{{", "{%", "%{", "{#"] {
            let text = open.repeat(many);
            assert_eq!(masked(&text), text);
        }
    }
}
