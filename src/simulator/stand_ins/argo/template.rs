//! The few template words that application sets of directories use.

use serde_json::{Value, json};

/// Fill every string of `template` with what is known of the directory at `path`.
pub fn fill(template: &Value, path: &str) -> Value {
    match template {
        Value::String(text) => json!(fill_text(text, path)),
        Value::Array(all) => all.iter().map(|it| fill(it, path)).collect(),
        Value::Object(all) => {
            all.iter().map(|(key, value)| (fill_text(key, path), fill(value, path))).collect()
        }
        other => other.clone(),
    }
}

fn fill_text(text: &str, path: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{")
        && let Some((word, after)) = after.split_once("}}")
    {
        out.push_str(before);
        match value(word.trim(), path) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("{{{{{word}}}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Both dialects: `.path.basename` and `path.basename`, `index .path.segments 1` and `path[1]`.
fn value(word: &str, path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').collect();
    let last = segments.last().copied().unwrap_or_default();
    let at = |index: &str| {
        index.trim().parse::<usize>().ok().and_then(|it| segments.get(it)).map(|it| (*it).to_owned())
    };
    match word.trim_start_matches('.') {
        "path" | "path.path" => Some(path.into()),
        "path.basename" => Some(last.into()),
        "path.basenameNormalized" => Some(last.replace(['_', '.'], "-").to_lowercase()),
        other => match other.strip_prefix("path[").and_then(|it| it.strip_suffix(']')) {
            Some(index) => at(index),
            None => other.strip_prefix("index .path.segments").and_then(at),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_understood_and_other_words_stay() {
        let template = json!({"name": "{{ .path.basename }}", "ns": "{{index .path.segments 1}}", "old": "{{path[1]}}-{{path}}", "x": "{{.y}}"});
        let filled = fill(&template, "apps/ory/hydra");
        assert_eq!(filled, json!({"name": "hydra", "ns": "ory", "old": "ory-apps/ory/hydra", "x": "{{.y}}"}));
    }
}
