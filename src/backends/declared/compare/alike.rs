//! Whether two values mean the same, however they are written: quantities, durations, numbers and truths.

use super::place::Sort;
use crate::yaml::{Node, What};
use serde_json::Value;

/// Whether what is written means what is live. `bare` says that it is written without quotes.
pub(super) fn alike(written: &str, bare: bool, live: &Value, sort: Sort) -> bool {
    let live_text = match live {
        Value::String(text) => text.as_str(),
        Value::Bool(live) => return truth(written, bare) == Some(*live),
        Value::Number(live) => return live.as_f64().is_some_and(|it| number(written) == Some(it)),
        _ => return false,
    };
    // A block of lines ends with a line break or not, as its reader has it.
    if written.trim_end_matches('\n') == live_text.trim_end_matches('\n') {
        return true;
    }
    match sort {
        Sort::Free => false,
        Sort::Bytes => without_breaks(written) == without_breaks(live_text),
        Sort::Amount => same_amount(written, live_text, true),
        Sort::Usual => {
            let truths = truth(written, bare).zip(truth(live_text, false));
            truths.is_some_and(|(one, other)| one == other)
                || same_amount(written, live_text, false)
                || duration(written).is_some_and(|it| duration(live_text) == Some(it))
        }
    }
}

fn without_breaks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Whether a server that keeps no empty values would keep nothing of what stands under a key.
pub(super) fn is_empty(key: &str, node: &Node) -> bool {
    match &node.what {
        What::Scalar { text, .. } if node.is_null() || text.is_empty() => true,
        What::Scalar { text, .. } => {
            (number(text) == Some(0.0) || truth(text, true) == Some(false)) && !TOLD_BY_NOTHING.contains(&key)
        }
        What::Map(entries) => entries.iter().all(|(key, it)| is_empty(key, it)),
        What::List(items) => items.is_empty(),
    }
}

/// Without these the server goes by something else than false or 0.
const TOLD_BY_NOTHING: [&str; 12] = [
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "fsGroup",
    "hostUsers",
    "maxUnavailable",
    "minAvailable",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "tolerationSeconds",
    "ttlSecondsAfterFinished",
];

fn truth(text: &str, bare: bool) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" if bare => Some(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" if bare => Some(false),
        _ => None,
    }
}

/// A number as Kubernetes' reader of YAML has it: a zero before it makes it octal.
fn number(text: &str) -> Option<f64> {
    let octal = text.strip_prefix("0o").or_else(|| text.strip_prefix('0'));
    let octal = octal.filter(|it| !it.is_empty() && it.chars().all(|it| it.is_digit(8)));
    if let Some(octal) = octal {
        return u32::from_str_radix(octal, 8).ok().map(f64::from);
    }
    let usual = |it: char| it.is_ascii_digit() || "+-.eE_".contains(it);
    text.chars().all(usual).then(|| text.replace('_', "").parse().ok())?
}

/// `1024Mi` is `1Gi` and `500m` is `0.5`. Without a unit on either side, where it is not sure that it is an amount, a
/// text is a text: `1.10` is not `1.1`.
fn same_amount(one: &str, other: &str, sure: bool) -> bool {
    match (quantity(one), quantity(other)) {
        (Some((one, unit)), Some((other, other_unit))) => {
            (sure || unit || other_unit) && (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
        }
        _ => false,
    }
}

/// The amount, and whether it has a unit.
fn quantity(text: &str) -> Option<(f64, bool)> {
    let split = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (amount, unit) = text.split_at(split);
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        // `1e3`.
        _ => return number(text).map(|it| (it, false)),
    };
    amount.parse::<f64>().ok().map(|it| (it * factor, !unit.is_empty()))
}

/// Go's durations in nanoseconds: `15m`, `15m0s`, `1h0m0s`, `1.5h`. A number without a unit is none.
fn duration(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let amount: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let units =
            [("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1.0), ("h", 3.6e12), ("m", 6e10), ("s", 1e9)];
        let (unit, nanoseconds) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += amount * nanoseconds;
        rest = rest.get(unit.len()..)?;
    }
    (!text.is_empty() && total < 1e30).then_some(total as u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::nodes;
    use serde_json::json;

    #[test]
    fn what_is_written_in_other_words_is_the_same() {
        for (written, live) in [
            ("1Gi", json!("1024Mi")),
            ("0.5", json!("500m")),
            ("1000m", json!("1")),
            ("2", json!(2)),
            ("2", json!("2")),
            ("15m", json!("15m0s")),
            ("60s", json!("1m0s")),
            ("1h", json!("60m")),
            ("yes", json!(true)),
            ("true", json!("true")),
            ("0644", json!(420)),
            ("0o644", json!(420)),
            ("1.50", json!(1.5)),
            ("a\nb\n", json!("a\nb")),
        ] {
            assert!(alike(written, true, &live, Sort::Usual), "{written} is {live}");
        }
        for (written, live) in [
            ("1.10", json!("1.1")),
            ("v1.35.0", json!("v1.35.2")),
            ("1Gi", json!("1G")),
            ("15m", json!("15s")),
            ("3", json!(2)),
            ("on", json!("yes")),
            ("a", json!({})),
        ] {
            assert!(!alike(written, true, &live, Sort::Usual), "{written} is not {live}");
        }
        assert!(!alike("yes", false, &json!(true), Sort::Usual), "in quotes it is a text");
    }

    #[test]
    fn what_a_server_does_not_keep_is_empty() {
        let empty = nodes("a: {}\nb: []\nc: ''\nd: 0\ne: false\nf:\ng: {h: {}}\n").unwrap();
        assert!(empty[0].entries().iter().all(|(key, it)| is_empty(key, it)));
        assert!(!is_empty("a", &nodes("a: 1").unwrap()[0]));
    }
}
