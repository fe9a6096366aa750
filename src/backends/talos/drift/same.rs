//! When two values mean the same to Talos although they are written otherwise.

use super::compare::{Step, path_words};
use serde_yaml::Value;

/// Lists whose order says nothing.
const SETS: [&str; 5] = ["certSANs", "certExtraSANs", "validSubnets", "acceptedCAs", "options"];
/// Texts of the writer's own, in which nothing is read.
const OWN_TEXTS: [&str; 7] =
    ["nodeLabels", "nodeAnnotations", "nodeTaints", "sysctls", "sysfs", "params", "labels"];
/// What Talos takes where a field is not said: its document, the field, the value.
const USUAL: [(&str, &str, &str); 18] = [
    ("", "persist", "true"),
    ("", "machine.features.rbac", "true"),
    ("", "machine.features.apidCheckExtKeyUsage", "true"),
    ("", "machine.features.kubePrism.port", "7445"),
    ("", "cluster.network.dnsDomain", "cluster.local"),
    ("", "cluster.network.podSubnets", "10.244.0.0/16"),
    ("", "cluster.network.serviceSubnets", "10.96.0.0/12"),
    ("KubeNetworkConfig", "dnsDomain", "cluster.local"),
    ("KubeNetworkConfig", "podSubnets", "10.244.0.0/16"),
    ("KubeNetworkConfig", "serviceSubnets", "10.96.0.0/12"),
    ("KubePrismConfig", "port", "7445"),
    ("TimeSyncConfig", "enabled", "true"),
    ("KubeProxyConfig", "enabled", "true"),
    ("KubeCoreDNSConfig", "enabled", "true"),
    ("KubeSchedulerConfig", "enabled", "true"),
    ("KubeControllerManagerConfig", "enabled", "true"),
    ("WatchdogTimerConfig", "timeout", "1m"),
    // Where a host name is set, none is made up.
    ("HostnameConfig", "auto", "off"),
];

/// What says nothing where Talos knows the field.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Sequence(all) => all.is_empty(),
        Value::Mapping(map) => map.is_empty(),
        Value::Tagged(_) => false,
    }
}

/// What Talos takes where a field is not said, where that is not nothing.
pub(super) fn usual(document: &str, path: &[Step]) -> Option<&'static str> {
    // Links are up.
    if !document.is_empty() && matches!(path, [Step::Key(key)] if key == "up") {
        return Some("true");
    }
    let (kind, field) = (document.split(' ').next().unwrap_or_default(), path_words(path));
    USUAL.iter().find(|(of, at, _)| *of == kind && *at == field).map(|(.., usual)| *usual)
}

/// Whether the one side that says a field says what Talos takes anyway.
pub(super) fn is_usual(document: &str, path: &[Step], value: &Value) -> bool {
    let only = match value {
        Value::Sequence(all) if all.len() == 1 => all.first().unwrap_or(value),
        value => value,
    };
    usual(document, path).is_some_and(|usual| same(only, &Value::String(usual.to_owned()), path))
}

/// Whether two values mean the same at a place.
pub(super) fn same(one: &Value, other: &Value, path: &[Step]) -> bool {
    if one == other {
        return true;
    }
    match (one, other) {
        (Value::Mapping(one), Value::Mapping(other)) => {
            let mut keys = one.keys().chain(other.keys());
            keys.all(|key| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => same(one, other, path),
                _ => false,
            })
        }
        (Value::Sequence(one), Value::Sequence(other)) => {
            let last = path.iter().rev().find_map(|it| match it {
                Step::Key(key) => Some(key.as_str()),
                Step::Item { .. } => None,
            });
            let beside = one.len() == other.len();
            let in_order = || one.iter().zip(other).all(|(one, other)| same(one, other, path));
            let as_sets = || {
                let inside = |some: &[Value], all: &[Value]| {
                    some.iter().all(|it| all.iter().any(|at| same(it, at, path)))
                };
                inside(one, other) && inside(other, one)
            };
            beside && in_order() || last.is_some_and(|it| SETS.contains(&it)) && as_sets()
        }
        // An argument may be a text, or a list with one.
        (Value::Sequence(all), one) | (one, Value::Sequence(all)) => {
            within(path, &["extraArgs"]) && all.len() == 1 && same(&all[0], one, path)
        }
        _ => match (scalar(one), scalar(other)) {
            (Some(one), Some(other)) => {
                one == other || !within(path, &OWN_TEXTS) && alike(&one, &other, path)
            }
            _ => false,
        },
    }
}

fn within(path: &[Step], keys: &[&str]) -> bool {
    path.iter().any(|it| matches!(it, Step::Key(key) if keys.contains(&key.as_str())))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Number(it) => Some(it.to_string()),
        _ => None,
    }
}

/// Two texts that are the same span of time, the same amount, or the same file mode.
fn alike(one: &str, other: &str, path: &[Step]) -> bool {
    let both =
        |read: fn(&str) -> Option<f64>| read(one).zip(read(other)).is_some_and(|(one, other)| one == other);
    let mode = |text: &str| {
        let digits = text.strip_prefix("0o").or_else(|| text.strip_prefix('0'));
        digits.map_or_else(|| text.parse().ok(), |it| u32::from_str_radix(it, 8).ok())
    };
    both(span)
        || both(amount)
        || within(path, &["permissions"]) && mode(one).is_some() && mode(one) == mode(other)
}

/// Numbers and their units, one behind the other: "1h30m".
fn parts(text: &str) -> Option<Vec<(f64, &str)>> {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let number = rest[..end].parse().ok()?;
        rest = rest[end..].trim_start();
        let end = rest.find(|it: char| it.is_ascii_digit()).unwrap_or(rest.len());
        found.push((number, rest[..end].trim()));
        rest = &rest[end..];
    }
    (!found.is_empty()).then_some(found)
}

/// Milliseconds of a span as Go writes it.
fn span(text: &str) -> Option<f64> {
    let units =
        [("h", 3_600_000.0), ("m", 60_000.0), ("s", 1000.0), ("ms", 1.0), ("us", 0.001), ("ns", 0.000_001)];
    parts(text)?.into_iter().try_fold(0.0, |sum, (number, unit)| {
        let (_, size) = units.iter().find(|(it, _)| *it == unit)?;
        Some(sum + number * size)
    })
}

/// Bytes or units of an amount: "100Gi", "100 GiB", "1.5G".
fn amount(text: &str) -> Option<f64> {
    let parts = parts(text)?;
    let [(number, unit)] = parts.as_slice() else { return None };
    let unit = unit.strip_suffix('B').unwrap_or(unit);
    let power =
        |letter: &str| "kMGTPE".find(if letter == "K" { "k" } else { letter }).map(|it| it as i32 + 1);
    let size = match unit.strip_suffix('i') {
        Some(letter) if letter.len() == 1 => 1024f64.powi(power(letter)?),
        _ if unit.is_empty() => 1.0,
        _ if unit.len() == 1 => 1000f64.powi(power(unit)?),
        _ => return None,
    };
    Some(number * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(keys: &[&str]) -> Vec<Step> {
        keys.iter().map(|it| Step::Key((*it).to_owned())).collect()
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
        for (one, other, keys) in [
            ("5m", "5m0s", &["timeout"][..]),
            ("90s", "1m30s", &["timeout"]),
            ("100GiB", "107374182400", &["maxSize"]),
            ("100Mi", "100 MiB", &["maxSize"]),
            ("65536", "'65536'", &["sysctls", "a"]),
            ("true", "'true'", &["extraArgs", "a"]),
            ("[a]", "a", &["extraArgs", "a"]),
            ("[a, b]", "[b, a]", &["certSANs"]),
            ("0o644", "420", &["files", "permissions"]),
            ("'0644'", "420", &["files", "permissions"]),
        ] {
            assert!(same(&read(one), &read(other), &at(keys)), "{one} {other}");
        }
        for (one, other, keys) in [
            ("5m", "5s", &["timeout"][..]),
            ("1m", "60s", &["nodeLabels", "a"]),
            ("[a, b]", "[b, a]", &["nameservers"]),
            ("[a]", "a", &["servers"]),
            ("100Gi", "100G", &["maxSize"]),
            ("v1.35.0", "v1.35.1", &["image"]),
        ] {
            assert!(!same(&read(one), &read(other), &at(keys)), "{one} {other}");
        }
    }

    #[test]
    fn what_talos_takes_anyway_may_be_left_out() {
        let yes = Value::Bool(true);
        assert!(
            is_usual("", &at(&["persist"]), &yes) && !is_usual("", &at(&["persist"]), &Value::Bool(false))
        );
        let nets = serde_yaml::from_str::<Value>("[10.244.0.0/16]").unwrap();
        assert!(is_usual("", &at(&["cluster", "network", "podSubnets"]), &nets));
        assert!(!is_usual("", &at(&["machine", "type"]), &nets));
        assert!(is_usual("LinkConfig eth0", &at(&["up"]), &yes));
    }
}
