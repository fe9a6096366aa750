//! The roll that stands still: the newest of the ledger, where it did not come to its end. What became of a node
//! whose order has no end is not known here; the node itself is asked.

use super::file;
use domain::{CommitId, NodeName, RollId, StandingRoll};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Read it; none where the ledger tells of none, or cannot be read.
pub fn standing(state_dir: Option<&Path>) -> Option<StandingRoll> {
    let bytes = std::fs::read(file::path(state_dir?)).ok()?;
    found(&String::from_utf8_lossy(&bytes))
}

/// An order of the newest roll.
struct Last {
    run: String,
    order: u64,
    node: String,
    /// How it ended, and the last that was told of it before.
    ended: Option<String>,
    told: Option<String>,
}

fn found(text: &str) -> Option<StandingRoll> {
    let entries: Vec<Value> = text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    let word = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let begins = entries.iter().rfind(|it| it["begins"]["roll"].is_string())?;
    let roll = word(&begins["begins"], "roll");
    let names = |it: &Value| -> Vec<NodeName> {
        it["nodes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(NodeName::from).collect()
    };
    let nodes = names(&begins["begins"]);
    let mut done: BTreeSet<NodeName> = BTreeSet::new();
    let mut last: Option<Last> = None;
    for entry in &entries {
        let (run, order) = (word(entry, "run"), entry["order"].as_u64().unwrap_or(0));
        if entry["begins"]["roll"] == *roll {
            let node = word(&entry["begins"], "apply");
            last = Some(Last { run, order, node, ended: None, told: None });
            continue;
        }
        let Some(open) = last.as_mut().filter(|it| it.run == run && it.order == order) else { continue };
        let (tells, ends) = (&entry["tells"], &entry["ends"]);
        if tells["does"].is_string() {
            open.told = Some(format!("it was told: {}", word(tells, "does")));
        } else if tells["gate"].is_string() {
            open.told = Some(format!("`{}` {}", word(tells, "gate"), word(tells, "is")));
        } else if ends["applied"].is_string() {
            done.insert(NodeName(word(ends, "applied")));
            open.ended = Some(String::new());
        } else if ends["stopped"].is_string() {
            open.ended = Some(format!("stopped at `{}`: {}", word(ends, "gate"), word(ends, "saw")));
        } else if ends["refused"].is_string() {
            open.ended = Some(word(ends, "refused"));
        }
    }
    let last = last?;
    if nodes.iter().all(|it| done.contains(it)) {
        return None;
    }
    let open = last.ended.is_none();
    let why = match (last.ended, last.told) {
        (Some(ended), _) if ended.is_empty() => "the program was ended before the next node".into(),
        (Some(ended), _) => ended,
        (None, told) => {
            let told = told.map(|it| format!("; the last that is known: {it}")).unwrap_or_default();
            match carried_on(&last.run) {
                true => format!("another cockpit is at it now{told}"),
                false => format!("the program was ended meanwhile{told}"),
            }
        }
    };
    Some(StandingRoll {
        roll: RollId(roll),
        commit: CommitId(word(&begins["begins"], "commit")),
        done: nodes.iter().filter(|it| done.contains(it)).cloned().collect(),
        nodes,
        at: NodeName(last.node),
        why: backends::plain::plain(&why).into_owned(),
        open,
    })
}

/// Whether the program that wrote this runs still, as far as this system tells.
fn carried_on(run: &str) -> bool {
    let process = run.rsplit('-').next().and_then(|it| it.parse::<u32>().ok());
    process.is_some_and(|it| it != std::process::id() && Path::new(&format!("/proc/{it}")).exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn begins(order: u64, node: &str) -> Value {
        json!({ "run": "1-0", "order": order, "begins": { "apply": node, "roll": "r1", "commit": "c0", "nodes": ["a", "b"] } })
    }

    fn of(entries: &[Value]) -> Option<StandingRoll> {
        found(&entries.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn a_roll_stands_where_the_ledger_ends() {
        let applied =
            |order: u64, node: &str| json!({ "run": "1-0", "order": order, "ends": { "applied": node } });
        assert_eq!(of(&[]), None);
        let tried = json!({ "run": "1-0", "order": 2, "tells": { "does": "try" } });
        let killed = of(&[begins(1, "a"), applied(1, "a"), begins(2, "b"), tried]).unwrap();
        assert!(killed.open && killed.at == "b".into() && killed.done == ["a".into()]);
        assert_eq!(killed.why, "the program was ended meanwhile; the last that is known: it was told: try");
        let between = of(&[begins(1, "a"), applied(1, "a")]).unwrap();
        assert!(!between.open && between.why.contains("before the next node"));
        let gate = json!({ "run": "1-0", "order": 1, "ends": { "stopped": "a", "gate": "answers", "saw": "silent" } });
        assert_eq!(of(&[begins(1, "a"), gate]).unwrap().why, "stopped at `answers`: silent");
        assert_eq!(of(&[begins(1, "a"), applied(1, "a"), begins(2, "b"), applied(2, "b")]), None);
    }
}
