//! Reading JSON that others wrote: by path, never failing, and without anything a terminal would obey.

use domain::{Address, Condition, Conditions, Meta, Moment, ObjectRef, Severity, Truth, unseen};
use serde_json::Value;
use std::time::Duration;

/// The value under a path such as `status.v1beta2.conditions`; none where a step of it is missing or null.
pub(crate) fn at<'a>(it: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(it, |it, step| it.get(step)).filter(|it| !it.is_null())
}

/// The first of several paths that is there.
pub(crate) fn first<'a>(it: &'a Value, paths: &[&str]) -> Option<&'a Value> {
    paths.iter().find_map(|path| at(it, path))
}

/// One line of text: no control characters, no direction overrides. Numbers and booleans are taken as their text.
pub(crate) fn line(it: &Value) -> Option<String> {
    scalar(it).map(|text| text.chars().filter(|it| !unseen(*it)).collect())
}

/// Text that may have several lines.
pub(crate) fn lines(it: &Value) -> Option<String> {
    scalar(it).map(|text| text.chars().filter(|it| *it == '\n' || !unseen(*it)).collect())
}

fn scalar(it: &Value) -> Option<String> {
    match it {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}

/// One line of text under a path; none where it is missing or empty.
pub(crate) fn text(it: &Value, path: &str) -> Option<String> {
    at(it, path).and_then(line).filter(|it| !it.is_empty())
}

/// The first of several paths that holds text.
pub(crate) fn text_of(it: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| text(it, path))
}

pub(crate) fn number(it: &Value, path: &str) -> Option<i64> {
    let it = at(it, path)?;
    it.as_i64().or_else(|| it.as_str().and_then(|text| text.parse().ok()))
}

/// A count; what is negative or too large counts as none.
pub(crate) fn count(it: &Value, path: &str) -> Option<u32> {
    number(it, path).and_then(|it| u32::try_from(it).ok())
}

/// True only where it says so.
pub(crate) fn truth(it: &Value, path: &str) -> bool {
    at(it, path).is_some_and(|it| it.as_bool() == Some(true) || it.as_str() == Some("true"))
}

/// An RFC 3339 time under a path.
pub(crate) fn moment(it: &Value, path: &str) -> Option<Moment> {
    let text = at(it, path)?.as_str()?;
    text.parse::<jiff::Timestamp>().ok().map(|it| Moment(it.as_millisecond()))
}

/// A length of time: a number of seconds, or Go's `1h30m`.
pub(crate) fn duration(it: &Value, path: &str) -> Option<Duration> {
    let it = at(it, path)?;
    match it.as_u64() {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => go_duration(it.as_str()?),
    }
}

pub(crate) fn go_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut digits = String::new();
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        if it.is_ascii_digit() || it == '.' {
            digits.push(it);
            continue;
        }
        let unit = match (it, rest.peek()) {
            ('m', Some('s')) => {
                rest.next();
                0.001
            }
            ('h', _) => 3600.0,
            ('m', _) => 60.0,
            ('s', _) => 1.0,
            _ => return None,
        };
        let amount: f64 = std::mem::take(&mut digits).parse().ok()?;
        total += Duration::try_from_secs_f64(amount * unit).ok()?;
    }
    if digits.is_empty() { Some(total) } else { digits.parse().ok().map(Duration::from_secs) }
}

/// The items of a list; none where it is no list.
pub(crate) fn items<'a>(it: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    at(it, path).and_then(Value::as_array).into_iter().flatten()
}

/// The texts of a list.
pub(crate) fn texts(it: &Value, path: &str) -> Vec<String> {
    items(it, path).filter_map(line).collect()
}

/// A label or annotation: their names have dots, so they have no path.
pub(crate) fn label(it: &Value, name: &str) -> Option<String> {
    at(it, "metadata.labels")?.get(name).and_then(line)
}

pub(crate) fn annotation(it: &Value, name: &str) -> Option<String> {
    at(it, "metadata.annotations")?.get(name).and_then(line)
}

/// The names of all annotations that begin with `prefix`, without it.
pub(crate) fn annotations_under(it: &Value, prefix: &str) -> Vec<String> {
    let names = at(it, "metadata.annotations").and_then(Value::as_object);
    let clean = |it: &str| it.chars().filter(|it| !unseen(*it)).collect();
    names
        .into_iter()
        .flatten()
        .filter_map(|(name, _)| name.strip_prefix(prefix))
        .map(|it| it.trim_start_matches('/'))
        .map(clean)
        .collect()
}

/// A reference to another object. `apiGroup` or the group of `apiVersion`; the namespace is the referrer's where
/// it has none of its own.
pub(crate) fn reference(it: &Value, path: &str, namespace: &str) -> Option<ObjectRef> {
    let it = at(it, path)?;
    let versioned = text(it, "apiVersion").map(|it| it.split_once('/').map(|(group, _)| group.to_owned()));
    Some(ObjectRef {
        group: text(it, "apiGroup").or(versioned.flatten()).unwrap_or_default(),
        kind: text(it, "kind").unwrap_or_default(),
        namespace: text(it, "namespace").unwrap_or_else(|| namespace.to_owned()),
        name: text(it, "name")?,
    })
}

/// What every object has.
pub(crate) fn meta(it: &Value, group: &str, kind: &str) -> Meta {
    let namespace = text(it, "metadata.namespace").unwrap_or_default();
    let owners: Vec<&Value> = items(it, "metadata.ownerReferences").collect();
    let owner = owners.iter().find(|it| truth(it, "controller")).or(owners.first());
    Meta {
        id: ObjectRef {
            group: group.into(),
            kind: kind.into(),
            name: text(it, "metadata.name").unwrap_or_default(),
            namespace: namespace.clone(),
        },
        uid: text(it, "metadata.uid").unwrap_or_default(),
        created: moment(it, "metadata.creationTimestamp"),
        deleted: moment(it, "metadata.deletionTimestamp"),
        generation: number(it, "metadata.generation").unwrap_or(0),
        owner: owner.and_then(|it| {
            let name = text(it, "name")?;
            let version = text(it, "apiVersion").unwrap_or_default();
            let group = version.split_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default();
            Some(ObjectRef {
                group,
                kind: text(it, "kind").unwrap_or_default(),
                namespace: namespace.clone(),
                name,
            })
        }),
        cluster: label(it, "cluster.x-k8s.io/cluster-name"),
        paused: truth(it, "spec.paused") || annotation(it, "cluster.x-k8s.io/paused").is_some(),
        tracking: annotation(it, "argocd.argoproj.io/tracking-id"),
    }
}

/// The conditions of an object of the Cluster API family, in the order that Cluster API itself looks for them.
pub(crate) fn conditions(it: &Value) -> Conditions {
    let paths = ["status.v1beta2.conditions", "status.conditions", "status.v1beta2Status.conditions"];
    let hidden = ["spec.status.conditions", "status.deprecated.v1beta1.conditions"];
    let all = paths.iter().chain(&hidden);
    let found = all.filter_map(|path| at(it, path)).find(|it| it.as_array().is_some_and(|it| !it.is_empty()));
    Conditions(found.and_then(Value::as_array).into_iter().flatten().filter_map(condition).collect())
}

/// One condition, of whatever age.
pub(crate) fn condition(it: &Value) -> Option<Condition> {
    Some(Condition {
        kind: text(it, "type")?,
        status: match text(it, "status").as_deref() {
            Some("True" | "true") => Truth::True,
            Some("False" | "false") => Truth::False,
            _ => Truth::Unknown,
        },
        reason: text(it, "reason").unwrap_or_default(),
        message: at(it, "message").and_then(lines).unwrap_or_default(),
        severity: match text(it, "severity").as_deref() {
            Some("Error") => Some(Severity::Error),
            Some("Warning") => Some(Severity::Warning),
            Some("Info") => Some(Severity::Info),
            _ => None,
        },
        since: moment(it, "lastTransitionTime"),
    })
}

pub(crate) fn addresses(it: &Value, path: &str) -> Vec<Address> {
    items(it, path)
        .filter_map(|it| Some(Address { kind: text(it, "type")?, address: text(it, "address")? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_from_a_wire_cannot_steer_the_terminal() {
        let it = json!({"a": "x\u{1b}[2Jy\u{7}\n\u{202e}z", "b": 7});
        assert_eq!(text(&it, "a").unwrap(), "x[2Jyz");
        assert_eq!(at(&it, "a").and_then(lines).unwrap(), "x[2Jy\nz");
        assert_eq!(text(&it, "b").unwrap(), "7");
    }

    #[test]
    fn durations_of_both_kinds() {
        let it = json!({"a": 300, "b": "1h30m", "c": "250ms", "d": "soon", "e": "90"});
        let read: Vec<Option<u64>> = ["a", "b", "c", "d", "e"]
            .map(|path| duration(&it, path).map(|it| it.as_millis() as u64))
            .to_vec();
        assert_eq!(read, [Some(300_000), Some(5_400_000), Some(250), None, Some(90_000)]);
    }

    #[test]
    fn conditions_are_found_where_each_version_keeps_them() {
        let one = |kind: &str| json!([{"type": kind, "status": "True", "lastTransitionTime": "2026-11-21T08:00:00Z"}]);
        let both = json!({"status": {"v1beta2": {"conditions": one("New")}, "conditions": one("Old")}});
        assert_eq!(conditions(&both).0[0].kind, "New");
        let empty = json!({"status": {"v1beta2": {"conditions": []}, "conditions": one("Old")}});
        assert_eq!(conditions(&empty).0[0].kind, "Old");
        assert_eq!(conditions(&json!({"spec": {"status": {"conditions": one("Host")}}})).0[0].kind, "Host");
        assert_eq!(conditions(&json!({"status": {"conditions": "none"}})).0, []);
        assert_eq!(conditions(&both).0[0].since, Some(Moment(1_795_248_000_000)));
    }

    #[test]
    fn references_of_both_contracts() {
        let it = json!({"new": {"apiGroup": "g", "kind": "K", "name": "n"},
            "old": {"apiVersion": "g/v1", "kind": "K", "name": "n", "namespace": "x"}});
        assert_eq!(reference(&it, "new", "ns").unwrap().to_string(), "K ns/n");
        assert_eq!(reference(&it, "old", "ns").unwrap().group, "g");
        assert_eq!(reference(&it, "old", "ns").unwrap().namespace, "x");
    }
}
