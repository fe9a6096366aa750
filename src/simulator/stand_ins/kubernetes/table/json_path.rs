//! The part of JSONPath that definitions use: fields, indexes, and filters by equality.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    /// The first item whose value at a path is this.
    Where(Vec<String>, String),
}

impl JsonPath {
    pub fn parse(text: &str) -> Self {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
        let (mut steps, mut field) = (Vec::new(), String::new());
        let mut letters = text.chars();
        let flush = |field: &mut String, steps: &mut Vec<Step>| {
            if !field.is_empty() {
                steps.push(Step::Field(std::mem::take(field)));
            }
        };
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => field.extend(letters.next()),
                '.' => flush(&mut field, &mut steps),
                '[' => {
                    flush(&mut field, &mut steps);
                    let inside: String = letters.by_ref().take_while(|it| *it != ']').collect();
                    steps.push(bracket(&inside));
                }
                other => field.push(other),
            }
        }
        flush(&mut field, &mut steps);
        Self(steps)
    }

    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        let mut here = value;
        for step in &self.0 {
            here = match step {
                Step::Field(name) => here.get(name)?,
                Step::Index(at) => here.get(at)?,
                Step::Where(path, wanted) => here.as_array()?.iter().find(|item| {
                    let found = path.iter().try_fold(*item, |it, name| it.get(name));
                    found.and_then(Value::as_str) == Some(wanted)
                })?,
            };
        }
        (!here.is_null()).then_some(here)
    }
}

fn bracket(inside: &str) -> Step {
    let quoted = |text: &str| text.trim().trim_matches(|c| c == '"' || c == '\'').to_owned();
    if let Some(filter) = inside.trim().strip_prefix("?(") {
        let (path, wanted) = filter.trim_end_matches(')').split_once("==").unwrap_or((filter, ""));
        let path = path.trim().trim_start_matches('@').trim_matches('.');
        return Step::Where(path.split('.').map(String::from).collect(), quoted(wanted));
    }
    match inside.trim().parse() {
        Ok(index) => Step::Index(index),
        Err(_) if inside.trim() == "*" => Step::Index(0),
        Err(_) => Step::Field(quoted(inside).replace("\\.", ".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_of_definitions_find_their_values() {
        let object = json!({
            "metadata": { "labels": { "cluster.x-k8s.io/cluster-name": "k8s" } },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }], "list": [{ "a": 1 }] },
        });
        let find = |path: &str| JsonPath::parse(path).find(&object).cloned();
        assert_eq!(find(r#".status.conditions[?(@.type=="Ready")].status"#), Some("True".into()));
        assert_eq!(find(".status.conditions[?(@.type=='Other')].status"), None);
        assert_eq!(find(r".metadata.labels.cluster\.x-k8s\.io/cluster-name"), Some("k8s".into()));
        assert_eq!(find(r".metadata.labels['cluster\.x-k8s\.io/cluster-name']"), Some("k8s".into()));
        assert_eq!(find(".status.list[0].a"), Some(1.into()));
    }
}
