//! The config generator and the patcher of Talos itself: what they make of a corpus of patches is what
//! `tests/talos-client/configs/official.json` says, which other tests hold our own reading to.
//! `UPDATE_OFFICIAL=1` writes it anew.

use crate::harness::go;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What one version of the machinery says of the corpus.
fn said(program: &Path, corpus: &Path, minor: &str) -> Value {
    let output = Command::new(program).arg(corpus).arg(minor).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Outcomes of the older version that are others; it has words of its own for what is wrong, and some of its panics were
/// mended since.
fn older(newer: &Value, older: &Value) -> Vec<Value> {
    let all = older["patched"].as_array().unwrap().iter();
    let outcome = |it: &Value| (it["refused"].is_null(), it["steps"].clone());
    let panics = |it: &Value| it["refused"].as_str().is_some_and(|it| it.starts_with("panics"));
    let same = |it: &Value| {
        let other = newer["patched"].as_array().unwrap().iter().find(|other| other["name"] == it["name"]);
        other.is_some_and(|other| outcome(other) == outcome(it))
    };
    all.filter(|it| !same(it) && !panics(it)).cloned().collect()
}

/// One line for each, so that a difference is seen as one.
fn text(of: &Value) -> String {
    let lines = |key: &str| {
        let all: Vec<String> = of[key].as_array().unwrap().iter().map(Value::to_string).collect();
        format!("[\n{}\n]", all.join(",\n"))
    };
    format!(
        "{{\"machinery\": {}, \"bases\": {},\n\"patched\": {},\n\"older\": {},\n\"forms\": {}}}\n",
        of["machinery"],
        of["bases"],
        lines("patched"),
        lines("older"),
        lines("forms")
    )
}

#[test]
#[ignore = "builds a Go program; .ci/run has a step for it"]
fn the_official_machinery_of_talos_still_says_what_is_kept_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (dir.path().join("1.13"), dir.path().join("1.14"));
    let Some(first) = go::build_pinned("talos-client", "go.mod", "./configs", &one) else { return };
    let Some(second) = go::build_pinned("talos-client", "go-1.14.mod", "./configs", &other) else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/talos-client/configs");
    let corpus = folder.join("patches.yaml");
    let (old, mut new) = (said(&first, &corpus, "13"), said(&second, &corpus, "14"));
    assert_eq!((&old["machinery"], &new["machinery"]), (&json!("v1.13.9"), &json!("v1.14.1")));
    for (name, base) in old["bases"].as_object().unwrap() {
        assert_eq!(*base, new["bases"][name], "both generate the same for {name}");
    }
    new["older"] = Value::Array(older(&new, &old));
    let kept = folder.join("official.json");
    if std::env::var_os("UPDATE_OFFICIAL").is_some() {
        std::fs::write(&kept, text(&new)).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    for part in ["bases", "patched", "older", "forms"] {
        assert_eq!(kept[part], new[part], "{part}: UPDATE_OFFICIAL=1 writes it anew");
    }
}
