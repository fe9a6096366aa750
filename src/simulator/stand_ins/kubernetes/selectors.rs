//! Which objects are meant: label and field selectors.

use super::status::Status;
use super::store::Stored;
use serde_json::Value;

/// What a query selects; the default selects everything.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    pub labels: Vec<Requirement>,
    pub fields: Vec<FieldRequirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Absent,
    Greater,
    Less,
}

#[derive(Debug, Clone)]
pub struct FieldRequirement {
    path: String,
    value: String,
    equal: bool,
}

impl Selector {
    pub fn matches(&self, object: &Stored) -> bool {
        self.labels.iter().all(|it| it.matches(|key| object.label(key)))
            && self.fields.iter().all(|it| it.matches(object))
    }

    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

impl Requirement {
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        let value = label(&self.key);
        let number = || value.and_then(|it| it.parse::<i64>().ok());
        let bound = || self.values.first().and_then(|it| it.parse::<i64>().ok());
        match self.operator {
            Operator::Exists => value.is_some(),
            Operator::Absent => value.is_none(),
            Operator::In => value.is_some_and(|it| self.values.iter().any(|wanted| wanted == it)),
            Operator::NotIn => value.is_none_or(|it| self.values.iter().all(|wanted| wanted != it)),
            Operator::Greater => number().zip(bound()).is_some_and(|(it, bound)| it > bound),
            Operator::Less => number().zip(bound()).is_some_and(|(it, bound)| it < bound),
        }
    }
}

/// `a=b,c in (d,e),!f,g`.
pub fn labels(text: &str) -> Result<Vec<Requirement>, Status> {
    parts(text).into_iter().map(|part| label(&part)).collect()
}

/// A `LabelSelector` object: `matchLabels` and `matchExpressions`. `None` where there is no selector at all.
pub fn label_selector(selector: &Value) -> Option<Vec<Requirement>> {
    let selector = selector.as_object()?;
    let one = |key: &str, value: &Value| {
        let values = vec![value.as_str().unwrap_or_default().to_owned()];
        Requirement { key: key.into(), operator: Operator::In, values }
    };
    let plain = selector.get("matchLabels").and_then(Value::as_object);
    let mut found: Vec<_> = plain.into_iter().flatten().map(|(key, value)| one(key, value)).collect();
    for it in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let operator = match it["operator"].as_str()? {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            _ => Operator::Absent,
        };
        let values = it["values"].as_array().into_iter().flatten();
        let values = values.filter_map(Value::as_str).map(String::from).collect();
        found.push(Requirement { key: it["key"].as_str()?.into(), operator, values });
    }
    Some(found)
}

/// A plain map of labels, as services and replication controllers select by.
pub fn label_map(map: &Value) -> Option<Vec<Requirement>> {
    let wrapped = serde_json::json!({ "matchLabels": map.as_object()? });
    label_selector(&wrapped)
}

/// The selector as text, as scale subresources show it.
pub fn written(requirements: &[Requirement]) -> String {
    let one = |it: &Requirement| {
        let set = it.values.join(",");
        match it.operator {
            Operator::In if it.values.len() == 1 => format!("{}={set}", it.key),
            Operator::In => format!("{} in ({set})", it.key),
            Operator::NotIn => format!("{} notin ({set})", it.key),
            Operator::Exists => it.key.clone(),
            Operator::Absent => format!("!{}", it.key),
            Operator::Greater => format!("{}>{set}", it.key),
            Operator::Less => format!("{}<{set}", it.key),
        }
    };
    requirements.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Split at commas that are not within parentheses.
fn parts(text: &str) -> Vec<String> {
    let (mut found, mut depth) = (vec![String::new()], 0);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

fn label(part: &str) -> Result<Requirement, Status> {
    let requirement = |key: &str, operator, values: Vec<String>| {
        let key = key.trim().to_owned();
        let bad = key.is_empty() || key.contains([' ', '=', '!', '(', ')']);
        let why = format!("unable to parse requirement: found '{part}', expected: a label selector");
        if bad { Err(Status::bad_request(why)) } else { Ok(Requirement { key, operator, values }) }
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some(open) = part.find('(') {
        let set = part[open + 1..].trim_end().trim_end_matches(')');
        let values = set.split(',').map(|it| it.trim().to_owned()).collect();
        let head = part[..open].trim();
        return match head.rsplit_once(char::is_whitespace) {
            Some((key, "in")) => requirement(key, Operator::In, values),
            Some((key, "notin")) => requirement(key, Operator::NotIn, values),
            _ => requirement("", Operator::In, values),
        };
    }
    if let Some((key, value)) = part.split_once("!=") {
        requirement(key, Operator::NotIn, one(value))
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        requirement(key, Operator::In, one(value))
    } else if let Some((key, value)) = part.split_once('>') {
        requirement(key, Operator::Greater, one(value))
    } else if let Some((key, value)) = part.split_once('<') {
        requirement(key, Operator::Less, one(value))
    } else if let Some(key) = part.strip_prefix('!') {
        requirement(key, Operator::Absent, Vec::new())
    } else {
        requirement(part, Operator::Exists, Vec::new())
    }
}

/// `metadata.name=a,spec.nodeName!=b`.
pub fn fields(text: &str, resource: &str) -> Result<Vec<FieldRequirement>, Status> {
    parts(text).into_iter().map(|part| field(&part, resource)).collect()
}

fn field(part: &str, resource: &str) -> Result<FieldRequirement, Status> {
    let split = part.split_once("!=").map(|(path, value)| (path, value, false));
    let split = split.or_else(|| part.split_once("==").map(|(path, value)| (path, value, true)));
    let split = split.or_else(|| part.split_once('=').map(|(path, value)| (path, value, true)));
    let Some((path, value, equal)) = split else {
        let why = format!("invalid selector: '{part}'; can't understand '{part}'");
        return Err(Status::bad_request(why));
    };
    if !selectable(resource, path) {
        let why = format!("field label not supported: {path}");
        return Err(Status::bad_request(why));
    }
    Ok(FieldRequirement { path: path.into(), value: value.into(), equal })
}

fn selectable(resource: &str, path: &str) -> bool {
    match resource {
        _ if matches!(path, "metadata.name" | "metadata.namespace") => true,
        "pods" => matches!(
            path,
            "spec.nodeName"
                | "spec.restartPolicy"
                | "spec.schedulerName"
                | "spec.serviceAccountName"
                | "spec.hostNetwork"
                | "status.phase"
                | "status.podIP"
                | "status.nominatedNodeName"
        ),
        "events" => {
            path.starts_with("involvedObject.")
                || matches!(path, "reason" | "reportingComponent" | "source" | "type")
        }
        "events.events.k8s.io" => path.starts_with("regarding.") || matches!(path, "reason" | "type"),
        "secrets" => path == "type",
        "namespaces" => path == "status.phase",
        "nodes" => path == "spec.unschedulable",
        "jobs.batch" => path == "status.successful",
        _ => false,
    }
}

impl FieldRequirement {
    fn matches(&self, object: &Stored) -> bool {
        let equal = match self.path.as_str() {
            "metadata.name" => object.key.name == self.value,
            "metadata.namespace" => object.key.namespace == self.value,
            "spec.nodeName" => object.node == self.value,
            "status.phase" => object.phase == self.value,
            path => self.equals(&object.value(), path),
        };
        equal == self.equal
    }

    fn equals(&self, value: &Value, path: &str) -> bool {
        let path = if path == "source" { "source.component" } else { path };
        let pointer = format!("/{}", path.replace('.', "/"));
        match value.pointer(&pointer) {
            None | Some(Value::Null) => self.value.is_empty() || self.value == "false",
            Some(Value::String(text)) => *text == self.value,
            Some(other) => serde_json::to_string(other).is_ok_and(|it| it == self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(text: &str, labels: &[(&str, &str)]) -> bool {
        let find = |key: &str| labels.iter().find(|(it, _)| *it == key).map(|(_, value)| *value);
        super::labels(text).unwrap().iter().all(|it| it.matches(find))
    }

    #[test]
    fn label_selectors_know_equality_sets_and_presence() {
        let labels = [("app", "web"), ("tier", "front"), ("n", "5")];
        for yes in
            ["app=web", "app==web", "app in (web, db),tier", "!x", "tier notin (back)", "x!=1", "n>4", ""]
        {
            assert!(selects(yes, &labels), "{yes}");
        }
        for no in ["app=db", "!app", "app notin (web)", "x", "tier!=front", "n<5", "x in (a,b)"] {
            assert!(!selects(no, &labels), "{no}");
        }
        assert!(super::labels("a b c").is_err());
    }

    #[test]
    fn only_known_fields_can_be_selected_by() {
        assert!(fields("spec.nodeName=a,status.phase!=Running", "pods").is_ok());
        let refused = fields("spec.foo=a", "pods").unwrap_err();
        assert_eq!(refused.message, "field label not supported: spec.foo");
    }
}
