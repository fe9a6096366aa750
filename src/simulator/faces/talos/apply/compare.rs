//! How one config differs from another: as a diff for people, and as what takes effect only after a reboot.

use crate::world::documents;
use serde_yaml::Value;
use similar::TextDiff;

/// Fields of `machine` that Talos 1.13 and older put in force at once.
const IMMEDIATE: &[&str] = &[
    "ca",
    "acceptedCAs",
    "time",
    "certSANs",
    "install",
    "network",
    "sysfs",
    "sysctls",
    "logging",
    "controlPlane",
    "kubelet",
    "kernel",
    "registries",
    "pods",
    "seccompProfiles",
    "nodeAnnotations",
    "nodeLabels",
    "nodeTaints",
];
/// The same of `machine.features`.
const IMMEDIATE_FEATURES: &[&str] =
    &["kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm"];

/// A unified diff of both, re-encoded without comments; empty where they say the same.
pub fn diff(before: &str, after: &str) -> String {
    let (before, after) = (encoded(before), encoded(after));
    if before == after {
        return String::new();
    }
    TextDiff::from_lines(&before, &after).unified_diff().context_radius(3).header("a", "b").to_string()
}

fn encoded(text: &str) -> String {
    let documents = documents(text).unwrap_or_default();
    let texts: Vec<String> = documents.iter().filter_map(|it| serde_yaml::to_string(it).ok()).collect();
    texts.join("---\n")
}

/// Fields of the main document that differ and cannot be put in force without a reboot (Talos 1.13 and older).
pub fn outside_immediate(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (main(before), main(after));
    let mut found = Vec::new();
    for key in changed(before.get("machine"), after.get("machine")) {
        if key == "features" {
            let features = |it: &Value| it.get("machine").and_then(|it| it.get("features")).cloned();
            let changed = changed(features(&before).as_ref(), features(&after).as_ref());
            found.extend(
                changed
                    .into_iter()
                    .filter(|it| !IMMEDIATE_FEATURES.contains(&it.as_str()))
                    .map(|it| format!("machine.features.{it}")),
            );
        } else if !IMMEDIATE.contains(&key.as_str()) {
            found.push(format!("machine.{key}"));
        }
    }
    found
}

fn main(text: &str) -> Value {
    let documents = documents(text).unwrap_or_default();
    documents.into_iter().find(|it| it.get("kind").is_none()).unwrap_or(Value::Null)
}

/// Keys whose values differ between two mappings.
fn changed(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let keys = |it: Option<&Value>| -> Vec<String> {
        let pairs = it.and_then(Value::as_mapping).into_iter().flatten();
        pairs.filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect()
    };
    let mut all = keys(before);
    all.extend(keys(after));
    all.sort();
    all.dedup();
    let value = |of: Option<&Value>, key: &str| of.and_then(|it| it.get(key)).cloned();
    all.retain(|key| value(before, key) != value(after, key));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_take_effect_at_once_and_files_do_not() {
        let before = "machine:\n  type: worker\n  nodeLabels: {a: b}\ncluster: {}\n";
        assert!(outside_immediate(before, &before.replace("a: b", "a: c")).is_empty());
        let after = "machine:\n  type: worker\n  nodeLabels: {a: b}\n  files: [{path: /x}]\ncluster: {}\n";
        assert_eq!(outside_immediate(before, after), ["machine.files"]);
        let after = "machine:\n  type: worker\n  nodeLabels: {a: b}\n  features: {diskQuotaSupport: true}\ncluster: {}\n";
        assert_eq!(outside_immediate(before, after), ["machine.features.diskQuotaSupport"]);
    }

    #[test]
    fn comments_are_no_difference() {
        let before = "machine: # the machine\n  type: worker\n";
        assert_eq!(diff(before, "machine:\n    type: worker\n"), "");
        let text = diff(before, "machine:\n  type: worker\n  nodeLabels: {a: b}\n");
        assert!(text.starts_with("--- a\n+++ b\n") && text.contains("+  nodeLabels:"), "{text}");
    }
}
