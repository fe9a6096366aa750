//! `pilothouse inspect`: real repositories, where they are at hand, and small ones of our own for every other layout.

mod corpus;
mod hostile;
mod layouts;
mod odd;
mod read_right;
mod secrets;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Run git in a folder, as nobody in particular.
fn git(folder: &Path, words: &[&str]) -> String {
    let done = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"])
        .args(words)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A repository of everything in a folder, as one commit.
fn commit_all(folder: &Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "-q", "-b", "main"]);
    }
    git(folder, &["add", "-A", "-f"]);
    git(folder, &["commit", "-q", "--allow-empty", "-m", "all"]);
}

/// A repository of these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    commit_all(folder.path());
    folder
}

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .arg("inspect")
        .arg(folder)
        .args(words)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap()
}

/// What is found, as JSON; the text for people is made, too.
fn inspect(folder: &Path) -> Value {
    let text = run(folder, &[]);
    assert_eq!(text.status.code(), Some(0), "{}", String::from_utf8_lossy(&text.stderr));
    assert!(!text.stdout.is_empty());
    let done = run(folder, &["-o", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Of a list of objects, one value of each, joined.
fn each(list: &Value, key: &str) -> String {
    let all = list.as_array().unwrap().iter().map(|it| match &it[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    all.collect::<Vec<_>>().join(" ")
}

/// "file:line value" of a place.
fn said(place: &Value) -> String {
    format!(
        "{}:{} {}",
        place["file"].as_str().unwrap(),
        place["line"],
        place["value"].as_str().unwrap_or_default()
    )
}

fn all_said(places: &Value) -> Vec<String> {
    places.as_array().unwrap().iter().map(said).collect()
}
