//! What an object is, in words: whose it is, what it wants, how it stands.

use super::conditions::conditions;
use super::pods::containers;
use crate::plain::plain;
use domain::{Fare, Section, SummaryLine};
use serde_json::{Map, Value};

/// How many plain fields of a part are shown; the rest stands in the YAML.
const FIELDS: usize = 24;

pub(super) fn summary(value: &Value) -> Vec<Section> {
    let mut sections = vec![head(value)];
    sections.extend(conditions(value));
    sections.extend(containers(value));
    for part in ["spec", "status", "data"] {
        let Some(fields) = value.get(part).and_then(Value::as_object) else { continue };
        let lines = plain_fields(fields);
        if !lines.is_empty() {
            sections.push(Section { title: part.into(), lines });
        }
    }
    sections
}

fn line(label: &str, value: String) -> SummaryLine {
    SummaryLine { label: label.into(), value, fare: Fare::Quiet }
}

fn head(value: &Value) -> Section {
    let at = |path: &str| value.pointer(path).and_then(Value::as_str).map(|it| plain(it).into_owned());
    let mut lines = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            lines.push(line(label, value));
        }
    };
    say("name", at("/metadata/name"));
    say("namespace", at("/metadata/namespace"));
    say("api", at("/apiVersion"));
    say("created", at("/metadata/creationTimestamp"));
    say("owner", owner(value));
    say("labels", pairs(value.pointer("/metadata/labels")));
    say("finalizers", list(value.pointer("/metadata/finalizers")));
    if let Some(at) = at("/metadata/deletionTimestamp") {
        let value = format!("asked for at {at}; it goes when its finalizers are done");
        lines.push(SummaryLine { label: "deletion".into(), value, fare: Fare::UnderWay });
    }
    Section { title: at("/kind").unwrap_or_default(), lines }
}

fn owner(value: &Value) -> Option<String> {
    let owners = value.pointer("/metadata/ownerReferences")?.as_array()?;
    let controls = |it: &&Value| it.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.iter().find(controls).or(owners.first())?;
    let field = |name: &str| owner.get(name).and_then(Value::as_str).unwrap_or_default();
    Some(plain(&format!("{} {}", field("kind"), field("name"))).into_owned())
}

fn pairs(value: Option<&Value>) -> Option<String> {
    let pairs = value?
        .as_object()?
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    Some(plain(&pairs.collect::<Vec<_>>().join("  ")).into_owned())
}

fn list(value: Option<&Value>) -> Option<String> {
    let words: Vec<&str> = value?.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(plain(&words.join(", ")).into_owned())
}

/// The fields that fit on one line: plain values, lists of them, and what lies one step below.
fn plain_fields(fields: &Map<String, Value>) -> Vec<SummaryLine> {
    let mut lines = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) => {
                lines.extend(
                    inner
                        .iter()
                        .filter_map(|(key, value)| Some(line(&format!("{name}.{key}"), scalar(value)?))),
                );
            }
            Value::Array(all) => {
                let words: Option<Vec<String>> = all.iter().map(scalar).collect();
                lines.extend(words.filter(|it| !it.is_empty()).map(|it| line(name, it.join(", "))));
            }
            value => lines.extend(scalar(value).map(|it| line(name, it))),
        }
    }
    lines.truncate(FIELDS);
    lines
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let first = text.lines().next().unwrap_or_default();
            let more = if text.trim_end().contains('\n') { " …" } else { "" };
            Some(format!("{}{more}", plain(first)))
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}
