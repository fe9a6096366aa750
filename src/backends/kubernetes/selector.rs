//! A selector of labels, as a list is asked.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Selector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Expression {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl Selector {
    /// As a list is asked: `app=web,tier in (a,b)`.
    pub(super) fn query(&self) -> String {
        let labels = by_labels(&self.match_labels);
        let expressions = self.match_expressions.iter().map(|it| match it.operator.as_str() {
            "Exists" => it.key.clone(),
            "DoesNotExist" => format!("!{}", it.key),
            operator => format!("{} {} ({})", it.key, operator.to_lowercase(), it.values.join(",")),
        });
        let all: Vec<String> =
            Some(labels).filter(|it| !it.is_empty()).into_iter().chain(expressions).collect();
        all.join(",")
    }
}

pub(super) fn by_labels(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
