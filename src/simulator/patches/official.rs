//! Held to the official machinery of Talos: whatever it made of a patch of the corpus, this makes of it too.

use super::Patch;
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the official machinery said; `tests/it/talos_configs.rs` keeps it true.
const OFFICIAL: &str = include_str!("../../../tests/talos-client/configs/official.json");

type Leaves = BTreeMap<String, Value>;

fn flatten(at: &str, value: &Value, into: &mut Leaves) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, it)| flatten(&format!("{at}|{key}"), it, into)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(number, it)| flatten(&format!("{at}|{number}"), it, into));
        }
        value => _ = into.insert(at.to_owned(), value.clone()),
    }
}

/// All values of a config by their paths, without those that say nothing.
fn leaves(config: &[serde_yaml::Value]) -> Leaves {
    let mut found = Leaves::new();
    for document in config {
        let document = serde_json::to_value(document).unwrap();
        let kind = document.get("kind").and_then(Value::as_str);
        let name = kind.and(document.get("name")).and_then(Value::as_str);
        let called: Vec<&str> = kind.into_iter().chain(name).collect();
        flatten(&called.join(" "), &document, &mut found);
    }
    said(found)
}

fn said(mut leaves: Leaves) -> Leaves {
    leaves.retain(|_, it| !it.is_null() && *it != 0 && !matches!(it.as_str(), Some("" | "[]" | "{}")));
    leaves
}

fn read(text: &str) -> Vec<serde_yaml::Value> {
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|it| serde_yaml::Value::deserialize(it).unwrap()).collect()
}

/// Where one of the corpus ends otherwise.
fn differs(base: &str, of: &Value) -> Option<String> {
    let mut config = read(base);
    let mut wanted = leaves(&config);
    let steps = of["steps"].as_array().map_or(&[][..], Vec::as_slice);
    for (number, patch) in of["patches"].as_array().unwrap().iter().enumerate() {
        let done = Patch::read(patch.as_str().unwrap()).and_then(|it| it.apply(&mut config));
        match (done, steps.get(number)) {
            (Err(_), None) => return None,
            (Err(why), Some(_)) => return Some(format!("patch {number} is refused here: {why}")),
            (Ok(()), None) => return Some(format!("patch {number} is taken here; Talos: {}", of["refused"])),
            (Ok(()), Some(step)) => {
                for gone in step["gone"].as_array().into_iter().flatten() {
                    wanted.remove(gone.as_str().unwrap());
                }
                let set = step["set"].as_object().into_iter().flatten();
                wanted.extend(set.map(|(path, it)| (path.clone(), it.clone())));
                wanted = said(wanted);
            }
        }
        let found = leaves(&config);
        if found != wanted {
            let all = found.keys().chain(wanted.keys());
            let other: Vec<String> = all
                .filter(|path| found.get(*path) != wanted.get(*path))
                .map(|path| format!("{path}: Talos {:?}, here {:?}", wanted.get(path), found.get(path)))
                .collect();
            return Some(format!("patch {number}: {}", other.join("; ")));
        }
    }
    None
}

#[test]
fn every_patch_ends_as_it_does_with_talos() {
    let official: Value = serde_json::from_str(OFFICIAL).unwrap();
    // The providers and talhelper are built with machinery before 1.14.1.
    let older = |name: &Value| official["older"].as_array().unwrap().iter().find(|it| it["name"] == *name);
    let all = official["patched"].as_array().unwrap();
    assert!(all.len() > 120);
    let wrong: Vec<String> = all
        .iter()
        .map(|it| older(&it["name"]).unwrap_or(it))
        .filter_map(|it| {
            let base = official["bases"][it["on"].as_str().unwrap()].as_str().unwrap();
            differs(base, it).map(|why| format!("{}: {why}", it["name"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
