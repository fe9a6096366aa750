//! Held to the official machinery of Talos: which patch of several made a field what it is, whether a patched config
//! differs, and whether the old and the new form of a thing mean the same.

use super::super::compare::{Step, compare};
use super::super::forms;
use super::patch::Patch;
use super::{Sought, scalar};
use crate::talos::plan::Documents;
use domain::RepoPath;
use serde::Deserialize as _;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the official machinery said; `tests/it/talos_configs.rs` keeps it true.
const OFFICIAL: &str = include_str!("../../../../../tests/talos-client/configs/official.json");

type Leaves = BTreeMap<String, Value>;

fn official() -> Value {
    serde_json::from_str(OFFICIAL).unwrap()
}

fn flatten(at: &str, value: &Value, into: &mut Leaves) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, it)| flatten(&format!("{at}|{key}"), it, into));
        }
        Value::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(number, it)| flatten(&format!("{at}|{number}"), it, into));
        }
        value => _ = into.insert(at.to_owned(), value.clone()),
    }
}

fn leaves(text: &str) -> Leaves {
    let mut found = Leaves::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let document = Value::deserialize(document).unwrap();
        let kind = document.get("kind").and_then(Value::as_str);
        let name = kind.and(document.get("name")).and_then(Value::as_str);
        flatten(&kind.into_iter().chain(name).collect::<Vec<_>>().join(" "), &document, &mut found);
    }
    found
}

/// The config whose values these are.
fn grown(leaves: &Leaves) -> Documents {
    let mut documents: BTreeMap<&str, Value> = BTreeMap::new();
    for (path, value) in leaves {
        let mut keys = path.split('|');
        let document = documents.entry(keys.next().unwrap()).or_insert_with(|| Value::Object(Map::new()));
        let place = keys.fold(document, |it, key| {
            it.as_object_mut().unwrap().entry(key).or_insert_with(|| Value::Object(Map::new()))
        });
        *place = match value.as_str() {
            Some("[]") => Value::Array(Vec::new()),
            Some("{}") => Value::Object(Map::new()),
            _ => value.clone(),
        };
    }
    let texts: Vec<String> =
        documents.into_values().map(|it| serde_yaml::to_string(&listed(it)).unwrap()).collect();
    Documents::read(&texts.join("---\n")).unwrap()
}

/// Numbers from nothing on are the places of a list.
fn listed(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let counted = !map.is_empty() && (0..map.len()).all(|it| map.contains_key(&it.to_string()));
    if counted {
        return (0..map.len()).map(|it| listed(map[&it.to_string()].clone())).collect();
    }
    Value::Object(map.into_iter().map(|(key, it)| (key, listed(it))).collect())
}

/// One of the corpus: the config before and after each of its patches.
fn steps(official: &Value, of: &Value) -> Vec<(Documents, Documents)> {
    let mut now = leaves(official["bases"][of["on"].as_str().unwrap()].as_str().unwrap());
    let all = of["steps"].as_array().into_iter().flatten();
    all.map(|step| {
        let before = grown(&now);
        for gone in step["gone"].as_array().into_iter().flatten() {
            now.remove(gone.as_str().unwrap());
        }
        // What was empty may have grown.
        for (path, value) in step["set"].as_object().into_iter().flatten() {
            now.retain(|it, _| !path.starts_with(&format!("{it}|")));
            now.insert(path.clone(), value.clone());
        }
        (before, grown(&now))
    })
    .collect()
}

/// Fields that a patch changes without a word of them: no line can be named.
const WITHOUT_A_WORD: [(&str, &str); 1] = [("where to install in a document", "provisioning.diskSelector")];

#[test]
fn the_patch_that_talos_took_a_field_from_is_the_one_that_is_named() {
    let official = official();
    let (mut wrong, mut named) = (Vec::new(), 0);
    for of in official["patched"].as_array().unwrap() {
        let texts = of["patches"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let path = RepoPath("talos/patch.yaml".into());
        let patches: Vec<Patch> = texts.map(|it| Patch::file(path.clone(), it, true)).collect();
        for (number, (before, after)) in steps(&official, of).iter().enumerate() {
            for it in compare(before, after) {
                let value = it.live.as_ref().map(scalar);
                let sought = Sought { document: &it.document, path: &it.path, value: value.as_deref() };
                let older = forms::older(&it.document, &it.field()).unwrap_or_default();
                let older: Vec<Step> = older.split('.').map(|it| Step::Key(it.to_owned())).collect();
                let older = Sought { document: "", path: &older, value: value.as_deref() };
                let says = |it: &Patch| it.find(&sought).or_else(|| it.find(&older)).is_some();
                let hit = patches[..=number].iter().enumerate().rev().find(|(_, it)| says(it));
                let field = it.field();
                let name = of["name"].as_str().unwrap();
                if hit.map(|(at, _)| at) == Some(number) {
                    named += 1;
                } else if !WITHOUT_A_WORD.iter().any(|(of, at)| *of == name && field.starts_with(at)) {
                    let found = hit.map(|(at, _)| at);
                    wrong.push(format!("{name}, patch {number}: {} {field}: {found:?}", it.document));
                }
            }
        }
    }
    assert!(wrong.is_empty() && named > 150, "{named}\n{}", wrong.join("\n"));
}

#[test]
fn a_patched_config_differs_where_talos_made_another() {
    let official = official();
    let said = |it: &Value| !it.is_null() && *it != 0 && !matches!(it.as_str(), Some("[]" | "{}"));
    let mut wrong = Vec::new();
    for of in official["patched"].as_array().unwrap() {
        for ((before, after), step) in
            steps(&official, of).iter().zip(of["steps"].as_array().into_iter().flatten())
        {
            let set = step["set"].as_object().is_some_and(|it| it.values().any(said));
            let gone =
                step["gone"].as_array().is_some_and(|it| it.iter().any(|path| told(path, &official, of)));
            if compare(before, after).is_empty() == (set || gone) {
                wrong.push(format!("{}: {step}", of["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether what is gone said something before.
fn told(path: &Value, official: &Value, of: &Value) -> bool {
    let base = leaves(official["bases"][of["on"].as_str().unwrap()].as_str().unwrap());
    let empty = base.get(path.as_str().unwrap()).is_some_and(|it| {
        it.as_array().is_some_and(Vec::is_empty) || it.as_object().is_some_and(Map::is_empty)
    });
    !empty
}

#[test]
fn both_forms_of_a_thing_mean_to_us_what_they_mean_to_talos() {
    let official = official();
    let mut wrong = Vec::new();
    for of in official["forms"].as_array().unwrap() {
        let read = |key: &str| Documents::read(of[key].as_str().unwrap()).unwrap();
        let found: Vec<String> = compare(&read("old"), &read("new"))
            .iter()
            .map(|it| format!("{} {}", it.document, it.field()))
            .collect();
        if found.is_empty() != of["differs"].is_null() {
            wrong.push(format!("{}: Talos {}, here {found:?}", of["name"], of["differs"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
