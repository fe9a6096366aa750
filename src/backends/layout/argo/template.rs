//! Names in templates of ApplicationSets, filled in from what a generator gives. What is more than a name of a value is
//! left as it is written.

use std::collections::BTreeMap;

/// What one Application is made from, by the names that templates know it under.
pub(super) type Given = BTreeMap<String, String>;

/// What is filled in to more than this is left as it is written.
const LONGEST: usize = 4_096;

/// The text with what is given filled in, and whether all of it was.
pub(super) fn filled(template: &str, given: &Given) -> (String, bool) {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    let mut whole = true;
    while let Some(at) = rest.find("{{") {
        let (before, body) = rest.split_at(at);
        text.push_str(before);
        let Some(end) = body.find("}}") else {
            text.push_str(body);
            return (text, false);
        };
        let inside = body[2..end].trim().trim_start_matches('-').trim_end_matches('-').trim();
        match value(inside, given) {
            Some(value) => text.push_str(&value),
            None => {
                text.push_str(&body[..end + 2]);
                whole = false;
            }
        }
        rest = &body[end + 2..];
        if text.len() > LONGEST {
            return (template.to_owned(), false);
        }
    }
    text.push_str(rest);
    (text, whole)
}

/// `path.basename`, `.path.basename`, `index .path.segments 2`, `.a.b | lower`.
fn value(inside: &str, given: &Given) -> Option<String> {
    let mut steps = inside.split('|').map(str::trim);
    let name = steps.next()?;
    let mut value = match name.strip_prefix("index ") {
        Some(rest) => {
            let (list, number) = rest.trim().rsplit_once(' ')?;
            given.get(&format!("{}[{number}]", list.trim().trim_start_matches('.')))?.clone()
        }
        None => given.get(name.trim_start_matches('.'))?.clone(),
    };
    for step in steps {
        value = match step {
            "lower" => value.to_lowercase(),
            "upper" => value.to_uppercase(),
            "trim" => value.trim().to_owned(),
            "normalize" => normalized(&value),
            _ => return None,
        };
    }
    Some(value)
}

/// As a name of an object may be.
pub(super) fn normalized(text: &str) -> String {
    let letter = |it: char| match it.to_ascii_lowercase() {
        it if it.is_ascii_alphanumeric() || it == '-' || it == '.' => it,
        _ => '-',
    };
    text.chars().map(letter).collect::<String>().trim_matches(['-', '.']).to_owned()
}

/// What the generators of Git give for a folder.
pub(super) fn of_folder(path: &str, prefix: &str) -> Given {
    let name = |it: &str| if prefix.is_empty() { it.to_owned() } else { format!("{prefix}.{it}") };
    let base = path.rsplit('/').next().unwrap_or(path);
    let mut given = Given::new();
    given.insert(name("path"), path.to_owned());
    given.insert(name("path.path"), path.to_owned());
    given.insert(name("path.basename"), base.to_owned());
    given.insert(name("path.basenameNormalized"), normalized(base));
    for (at, part) in path.split('/').enumerate() {
        given.insert(name(&format!("path[{at}]")), part.to_owned());
        given.insert(name(&format!("path.segments[{at}]")), part.to_owned());
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_the_rest_stays() {
        let given = of_folder("apps/ns/My_App", "");
        for (template, text) in [
            ("{{path[1]}}-{{ path[2] }}", "ns-My_App"),
            ("apps-{{ .path.basename }}", "apps-My_App"),
            ("{{.path.path}}", "apps/ns/My_App"),
            ("{{ index .path.segments 1 }}/x", "ns/x"),
            ("{{ .path.basename | lower | normalize }}", "my-app"),
            ("{{path.basenameNormalized}}", "my-app"),
        ] {
            assert_eq!(filled(template, &given), (text.to_owned(), true), "{template}");
        }
        assert_eq!(filled("a-{{ .cluster.name }}", &given), ("a-{{ .cluster.name }}".to_owned(), false));
        assert_eq!(filled("{{ if .x }}", &given), ("{{ if .x }}".to_owned(), false));
        assert!(!filled("{{ open", &given).1);
        let long: Given = [("a".to_owned(), "x".repeat(3_000))].into();
        assert_eq!(filled("{{a}}{{a}}", &long), ("{{a}}{{a}}".to_owned(), false));
    }
}
