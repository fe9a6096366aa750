//! What the ledger knows of installers: which image was written last on a node's disk, and in which boot of it. What was
//! written and not booted yet is not written a second time.

use super::file::LedgerFile;
use domain::{GateState, Installed, NodeName, RollGate};
use serde_json::Value;
use std::collections::HashMap;

impl LedgerFile {
    /// The last installer that ended well on a node; none where the ledger tells of none, or cannot be read.
    pub fn installed(&mut self, node: &NodeName) -> Option<Installed> {
        found(&self.text().ok()?, node)
    }
}

fn found(text: &str, node: &NodeName) -> Option<Installed> {
    let mut of_node: HashMap<(String, u64), Option<Installed>> = HashMap::new();
    let mut last = None;
    for entry in text.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok()) {
        let word = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let order = (word(&entry, "run"), entry["order"].as_u64().unwrap_or(0));
        if entry["begins"]["apply"] == node.0.as_str() {
            of_node.insert(order, None);
            continue;
        }
        let Some(begun) = of_node.get_mut(&order) else { continue };
        let tells = &entry["tells"];
        if tells["does"] == "install" {
            *begun = Some(Installed { image: word(tells, "image"), boot: word(tells, "boot") });
        } else if tells["gate"] == RollGate::Installed.words() && tells["is"] == GateState::Passed.word() {
            last = begun.take().or(last);
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_installer_that_ended_well_is_remembered_and_another_is_not() {
        let begins =
            |order: u64, node: &str| json!({ "run": "1", "order": order, "begins": { "apply": node } });
        let does = |order: u64, image: &str| json!({ "run": "1", "order": order, "tells": { "does": "install", "image": image, "boot": "b1" } });
        let passed = |order: u64| json!({ "run": "1", "order": order, "tells": { "gate": "installer has written", "is": "passed" } });
        let of = |lines: &[Value]| {
            let text: Vec<String> = lines.iter().map(Value::to_string).collect();
            found(&text.join("\n"), &"a".into()).map(|it| it.image)
        };
        assert_eq!(of(&[begins(1, "a"), does(1, "i:1")]), None, "its end is not known");
        assert_eq!(of(&[begins(1, "a"), does(1, "i:1"), passed(1)]).as_deref(), Some("i:1"));
        assert_eq!(of(&[begins(1, "b"), does(1, "i:1"), passed(1)]), None, "it was another node");
        let again = [begins(1, "a"), does(1, "i:1"), passed(1), begins(2, "a"), passed(2)];
        assert_eq!(of(&again).as_deref(), Some("i:1"), "what was there already stays known");
    }
}
