//! The chain: every line carries the hash of the line before and its own. A line that was changed, taken out or put
//! in breaks it. What was cut off at the end cannot be seen by the chain alone: keep the last hash elsewhere for that.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What stands before the first line.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A line of the ledger without its line break: the entry, bound to the line that has the hash `before`.
pub(super) fn bound(mut entry: Map<String, Value>, before: Option<&str>) -> String {
    entry.insert("before".into(), before.unwrap_or(NOTHING).into());
    let hash = digest(&entry);
    entry.insert("hash".into(), hash.into());
    Value::Object(entry).to_string()
}

/// The hash of an entry: SHA-256 over its JSON, its own hash left out, with the keys of the entry sorted.
fn digest(entry: &Map<String, Value>) -> String {
    let mut hasher = Sha256::new();
    let hashed: BTreeMap<_, _> = entry.iter().filter(|(key, _)| *key != "hash").collect();
    for (key, value) in hashed {
        hasher.update(format!("{}:{value}\n", Value::from(key.as_str())));
    }
    hasher.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

/// The hash that a line carries.
pub(super) fn hash_of(line: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(line).ok()?;
    entry["hash"].as_str().map(str::to_owned)
}

/// What a look at the whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verified {
    /// Every line is bound to the one before. `torn` are the numbers of lines that a crash cut short.
    Whole {
        lines: usize,
        torn: Vec<usize>,
        last: Option<String>,
    },
    Broken {
        line: usize,
        why: String,
    },
}

/// Go through the lines of a ledger, from the first.
pub(super) fn verify(text: &str) -> Verified {
    let broken = |line: usize, why: &str| Verified::Broken { line, why: why.to_owned() };
    let (mut last, mut torn, mut lines) = (None::<String>, Vec::new(), 0);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
        let Ok(Value::Object(entry)) = serde_json::from_str(line) else {
            torn.push(number);
            continue;
        };
        let said = |key: &str| entry.get(key).and_then(Value::as_str);
        if said("hash") != Some(digest(&entry).as_str()) {
            return broken(number, "it is not what was written: its hash does not fit");
        }
        if said("before") != Some(last.as_deref().unwrap_or(NOTHING)) {
            return broken(
                number,
                "it does not follow the line before it: one was taken out, put in or moved",
            );
        }
        last = said("hash").map(str::to_owned);
        lines += 1;
    }
    Verified::Whole { lines, torn, last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ledger(count: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for number in 0..count {
            let Value::Object(entry) = json!({ "order": number, "begins": { "push": "c0" } }) else {
                panic!()
            };
            let before = lines.last().and_then(|it| hash_of(it));
            lines.push(bound(entry, before.as_deref()));
        }
        lines
    }

    #[test]
    fn a_whole_ledger_is_whole() {
        let lines = ledger(3);
        let last = hash_of(&lines[2]);
        assert_eq!(verify(&lines.join("\n")), Verified::Whole { lines: 3, torn: vec![], last });
        assert_eq!(verify(""), Verified::Whole { lines: 0, torn: vec![], last: None });
    }

    #[test]
    fn what_was_changed_taken_out_put_in_or_moved_is_found() {
        let lines = ledger(4);
        let at = |lines: Vec<String>| match verify(&lines.join("\n")) {
            Verified::Broken { line, .. } => line,
            whole => panic!("{whole:?}"),
        };
        let mut changed = lines.clone();
        changed[1] = changed[1].replace("\"c0\"", "\"c1\"");
        assert_eq!(at(changed), 2);
        let mut out = lines.clone();
        out.remove(2);
        assert_eq!(at(out), 3);
        let mut put_in = lines.clone();
        put_in.insert(1, ledger(1).remove(0));
        assert_eq!(at(put_in), 2);
        let mut moved = lines.clone();
        moved.swap(1, 2);
        assert_eq!(at(moved), 2);
    }

    #[test]
    fn a_line_that_a_crash_cut_short_is_told_and_breaks_nothing() {
        let mut lines = ledger(2);
        lines.insert(1, "{\"order\":1,\"beg".into());
        assert!(matches!(verify(&lines.join("\n")), Verified::Whole { lines: 2, torn, .. } if torn == [2]));
    }
}
