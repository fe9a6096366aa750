//! What a message says of itself when it is printed: each value by the names that lead to it.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// Values by their paths; names of messages are left out, for two generators may call them otherwise.
pub fn said(message: &impl Debug) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    for line in format!("{message:#?}").lines() {
        let line = line.trim().trim_end_matches(',');
        if line.starts_with(['}', ']', ')']) {
            open.pop();
            continue;
        }
        let is_name =
            |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        let (name, value) = match line.split_once(": ").filter(|(name, _)| is_name(name)) {
            Some((name, value)) => (name.to_owned(), value),
            None => {
                let number = open.last_mut().map_or(0, |(_, count)| {
                    *count += 1;
                    *count
                });
                (number.to_string(), line)
            }
        };
        if value.ends_with(['{', '[', '(']) {
            // Of an optional value and of one of several only the word is a step.
            let word = value.trim_end_matches(['{', '[', '(', ' ']);
            let step = if value.ends_with('(') { format!("{name}.{word}") } else { name };
            open.push((step, 0));
            continue;
        }
        let path: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).chain([name.as_str()]).collect();
        found.insert(path.join("/"), value.to_owned());
    }
    found
}

#[test]
fn every_value_has_its_path() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "it is printed")]
    struct Outer {
        name: &'static str,
        inner: Option<Vec<u8>>,
        none: Option<u8>,
    }
    let found = said(&Outer { name: "a: {", inner: Some(vec![7, 8]), none: None });
    let told: Vec<String> = found.iter().map(|(path, value)| format!("{path}={value}")).collect();
    assert_eq!(told, ["0/inner.Some/1/1=7", "0/inner.Some/1/2=8", "0/name=\"a: {\"", "0/none=None"]);
}
