//! A config as text that Talos reads back as it was meant.

use serde_yaml::Value;

/// Begins a text that YAML's writers leave bare and Talos's reader takes for a date; it makes the writer quote it.
const QUOTED: &str = "@~quoted~";

/// The documents, one after another.
pub(crate) fn text(documents: &[Value]) -> Result<String, serde_yaml::Error> {
    let texts: Result<Vec<String>, _> =
        documents.iter().map(|it| serde_yaml::to_string(&marked(it.clone()))).collect();
    Ok(texts?.join("---\n").replace(QUOTED, ""))
}

fn marked(value: Value) -> Value {
    match value {
        Value::String(text) if is_date(&text) => Value::String(format!("{QUOTED}{text}")),
        Value::Sequence(items) => items.into_iter().map(marked).collect(),
        Value::Mapping(map) => {
            Value::Mapping(map.into_iter().map(|(key, it)| (marked(key), marked(it))).collect())
        }
        other => other,
    }
}

/// "2026-02-03", with a time or without: what the first version of YAML has a type for.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, longest: usize| {
        part.is_some_and(|it| (1..=longest).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit()))
    };
    let year = digits(parts.next(), 4) && text.as_bytes().get(4) == Some(&b'-');
    year && digits(parts.next(), 2)
        && parts.next().is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_like_a_date_stays_a_text() {
        let config =
            serde_yaml::from_str::<Value>("a: '2026-02-03T09:12:00Z'\nb: ['2026-02-03', x-1-2]\nc: '10'\n");
        let written = text(&[config.unwrap()]).unwrap();
        assert_eq!(written, "a: '2026-02-03T09:12:00Z'\nb:\n- '2026-02-03'\n- x-1-2\nc: '10'\n");
    }
}
