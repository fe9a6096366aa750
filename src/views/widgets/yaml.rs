//! Colours for YAML, line by line: enough to tell keys from values, and cheap enough for every frame.

use crate::Role;

/// Where in a document a line stands, as far as the lines before it tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Syntax {
    /// The indentation of the key whose block of text (`|` or `>`) goes on.
    block: Option<usize>,
}

impl Syntax {
    /// The parts of a line and what they are. Call it for every line from the first on.
    pub(crate) fn parts<'a>(&mut self, line: &'a str) -> Vec<(Role, &'a str)> {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if let Some(block) = self.block {
            if body.is_empty() || indent > block {
                return vec![(Role::SyntaxString, line)];
            }
            self.block = None;
        }
        if body.starts_with('#') || body == "---" {
            return vec![(Role::SyntaxComment, line)];
        }
        let mut dashes = 0;
        while body.get(dashes..).is_some_and(|it| it.starts_with("- ")) || body.get(dashes..) == Some("-") {
            dashes += 2;
        }
        let start = (indent + dashes).min(line.len());
        let (lead, rest) = line.split_at(start);
        let mut parts = vec![(Role::Faint, lead)];
        let value = match key_end(rest) {
            Some(end) => {
                let (key, after) = rest.split_at(end);
                let (colon, value) = after.split_at(1);
                parts.extend([(Role::SyntaxKey, key), (Role::Faint, colon)]);
                value
            }
            None => rest,
        };
        if matches!(value.trim(), "|" | "|-" | "|+" | ">" | ">-" | ">+") {
            self.block = Some(start.saturating_sub(usize::from(key_end(rest).is_none())));
            parts.push((Role::Faint, value));
        } else if !value.is_empty() {
            parts.push((role(value.trim()), value));
        }
        parts
    }
}

/// Where the key of a line ends, at its colon.
fn key_end(text: &str) -> Option<usize> {
    if let Some(quote) = text.chars().next().filter(|it| matches!(it, '"' | '\'')) {
        let close = text.get(1..)?.find(quote)? + 2;
        return text.get(close..)?.starts_with(':').then_some(close);
    }
    let end = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
    (!text.starts_with(['{', '[', '&', '*', '!'])).then_some(end)
}

fn role(value: &str) -> Role {
    match value {
        "true" | "false" | "null" | "~" | "{}" | "[]" => Role::SyntaxNumber,
        it if it.starts_with('#') => Role::SyntaxComment,
        it if it.parse::<f64>().is_ok() => Role::SyntaxNumber,
        _ => Role::SyntaxString,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str) -> Vec<Vec<(Role, &str)>> {
        let mut syntax = Syntax::default();
        text.lines().map(|line| syntax.parts(line)).collect()
    }

    #[test]
    fn keys_values_and_blocks_are_told_apart() {
        let seen = roles(
            "spec:\n  replicas: 3\n  - name: web\n    script: |\n      key: no\n\n  'a b': \"x: y\"\n# note",
        );
        assert_eq!(seen[0], [(Role::Faint, ""), (Role::SyntaxKey, "spec"), (Role::Faint, ":")]);
        assert_eq!(seen[1][3], (Role::SyntaxNumber, " 3"));
        assert_eq!(seen[2][..2], [(Role::Faint, "  - "), (Role::SyntaxKey, "name")]);
        assert_eq!(seen[4], [(Role::SyntaxString, "      key: no")]);
        assert_eq!(seen[5], [(Role::SyntaxString, "")]);
        assert_eq!(
            seen[6][1..],
            [(Role::SyntaxKey, "'a b'"), (Role::Faint, ":"), (Role::SyntaxString, " \"x: y\"")]
        );
        assert_eq!(seen[7], [(Role::SyntaxComment, "# note")]);
    }
}
