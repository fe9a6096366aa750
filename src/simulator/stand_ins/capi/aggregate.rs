//! Many conditions of one kind, told as one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::control::{Condition, condition, name};

/// Of how many of the machines the condition is true.
pub(super) fn count_true(machines: &[&Value], kind: &str) -> usize {
    machines.iter().filter(|it| crate::control::is_true(&it["status"]["conditions"], kind)).count()
}

/// Sum the condition `of` of machines up as the condition `kind`; the reason says yes, no, or not known.
pub(super) fn aggregate(
    machines: &[&Value],
    of: &str,
    kind: &'static str,
    (yes, no, unknown): (&str, &str, &str),
) -> Condition {
    let state = |it: &Value| {
        let found = condition(&it["status"]["conditions"], of);
        let status = found.and_then(|it| it["status"].as_str()).unwrap_or("Unknown").to_owned();
        let message = match found {
            Some(found) => found["message"].as_str().unwrap_or_default().to_owned(),
            None => format!("Condition {of} not yet reported"),
        };
        (status, message)
    };
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut refuted, mut open) = (false, false);
    for machine in machines {
        let (status, message) = state(machine);
        refuted |= status == "False";
        open |= status == "Unknown";
        if status != "True" {
            said.entry(message).or_default().push(name(machine).to_owned());
        }
    }
    said.values_mut().for_each(|names| names.sort_unstable());
    let message = said.iter().map(|(message, names)| line(names, message)).collect::<Vec<_>>().join("\n");
    match (refuted, open) {
        (true, _) => Condition::no(kind, no, message),
        (_, true) => Condition::unknown(kind, unknown, message),
        _ => Condition::yes(kind, yes),
    }
}

/// `* Machines a, b, ... (2 more): what`; three names are shown, a list of points is set in below them.
fn line(names: &[String], message: &str) -> String {
    let word = if names.len() == 1 { "Machine" } else { "Machines" };
    let mut shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 3 {
        shown.push_str(&format!(", ... ({} more)", names.len() - 3));
    }
    if message.starts_with("* ") {
        let inner = message.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        return format!("* {word} {shown}:\n{inner}");
    }
    format!("* {word} {shown}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_messages_are_told_once() {
        let machine = |name: &str, status: &str| {
            json!({"metadata": {"name": name},
                "status": {"conditions": [{"type": "Ready", "status": status, "message": "down"}]}})
        };
        let (a, b, c) = (machine("a", "False"), machine("b", "False"), machine("c", "True"));
        let told = aggregate(&[&a, &b, &c], "Ready", "MachinesReady", ("Ready", "NotReady", "ReadyUnknown"));
        assert_eq!((told.status, told.message.as_str()), ("False", "* Machines a, b: down"));
        assert_eq!(count_true(&[&a, &c], "Ready"), 1);
    }
}
