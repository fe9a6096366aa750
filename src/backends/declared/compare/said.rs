//! What two sides say of a field, in words that may be shown.

use super::Step;
use crate::plain::plain;
use crate::yaml::{Node, What};
use serde_json::Value;

/// Longer texts are shown from where they part.
const WIDE: usize = 240;
/// So much of what they have in common is shown before.
const LEAD: usize = 40;

/// How many values there are in it.
pub(super) fn values(node: &Node) -> usize {
    match &node.what {
        What::Scalar { .. } => 1,
        What::Map(entries) => entries.iter().map(|(_, it)| values(it)).sum(),
        What::List(items) => items.iter().map(values).sum(),
    }
}

/// What Git says, on one line.
pub(super) fn written(node: &Node) -> String {
    match &node.what {
        What::Scalar { text, .. } => text.clone(),
        _ => masked(json(node), "").to_string(),
    }
}

fn json(node: &Node) -> Value {
    match &node.what {
        What::Scalar { text, bare: true } => serde_json::from_str::<Value>(text)
            .ok()
            .filter(|it| !it.is_object() && !it.is_array())
            .unwrap_or_else(|| if node.is_null() { Value::Null } else { text.as_str().into() }),
        What::Scalar { text, .. } => text.as_str().into(),
        What::Map(entries) => entries.iter().map(|(key, it)| (key.clone(), json(it))).collect(),
        What::List(items) => items.iter().map(json).collect(),
    }
}

/// What is live, on one line.
pub(super) fn live(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => masked(other.clone(), "").to_string(),
    }
}

/// The same with every text that looks like a secret as dots.
fn masked(value: Value, name: &str) -> Value {
    match value {
        Value::String(text) => veiled(name, &text).into(),
        Value::Array(all) => all.into_iter().map(|it| masked(it, name)).collect(),
        Value::Object(mut fields) => {
            let of = fields.get("name").and_then(Value::as_str).map(str::to_owned);
            for (key, value) in &mut fields {
                let name = of.as_deref().filter(|_| key == "value").unwrap_or(key);
                *value = masked(value.take(), name);
            }
            Value::Object(fields)
        }
        other => other,
    }
}

/// What a value is called: its key, or for the `value` of an environment variable the name of that.
pub(super) fn name(live: &Value, steps: &[Step]) -> String {
    let key = steps.iter().rev().find_map(|it| match it {
        Step::Key(key) => Some(key.as_str()),
        Step::At(_) => None,
    });
    let above = steps.get(..steps.len().saturating_sub(1)).unwrap_or_default();
    let around = above.iter().try_fold(live, |it, step| match step {
        Step::Key(key) => it.get(key),
        Step::At(at) => it.get(at),
    });
    match (key, around.and_then(|it| it.get("name")).and_then(Value::as_str)) {
        (Some("value"), Some(name)) => name.to_owned(),
        (key, _) => key.unwrap_or_default().to_owned(),
    }
}

/// Both sides, without secrets, cut around the first letter that differs.
pub(super) fn pair(
    name: &str,
    wanted: Option<String>,
    live: Option<String>,
) -> (Option<String>, Option<String>) {
    let (wanted, live) = (wanted.map(|it| veiled(name, &it)), live.map(|it| veiled(name, &it)));
    let parts = match (&wanted, &live) {
        (Some(one), Some(other)) => {
            one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    (wanted.map(|it| cut(&it, parts)), live.map(|it| cut(&it, parts)))
}

fn veiled(name: &str, text: &str) -> String {
    let lines = text.trim_end_matches('\n').split('\n').map(|line| {
        let line = format!("{name}: {line}");
        let veiled = domain::veiled(&line);
        let veiled = veiled.get(name.len() + 2..).unwrap_or(&veiled).to_owned();
        // A line of a file has a key of its own.
        plain(&domain::veiled(&veiled)).into_owned()
    });
    lines.collect::<Vec<_>>().join(" ↵ ")
}

fn cut(text: &str, parts: usize) -> String {
    if text.chars().count() <= WIDE {
        return text.to_owned();
    }
    let from = parts.saturating_sub(LEAD);
    let head = if from == 0 { "" } else { "…" };
    let shown: String = text.chars().skip(from).take(WIDE).collect();
    let tail = if from + WIDE < text.chars().count() { "…" } else { "" };
    format!("{head}{shown}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_long_texts_begin_where_they_part() {
        let (wanted, live) = pair("DB_PASSWORD", Some("correcthorse".into()), Some("batterystaple".into()));
        assert_eq!((wanted.as_deref(), live.as_deref()), (Some("••••••••"), Some("••••••••")));
        let (wanted, _) = pair("app.conf", Some("a = 1\npassword: correcthorse\n".into()), None);
        assert_eq!(wanted.as_deref(), Some("a = 1 ↵ password: ••••••••"));
        let long = |end: &str| Some(format!("{}{end}", "x ".repeat(300)));
        let (wanted, live) = pair("text", long("one"), long("two"));
        assert!(wanted.unwrap().ends_with("one") && live.unwrap().ends_with("two"));
    }
}
