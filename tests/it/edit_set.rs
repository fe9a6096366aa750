//! `pilothouse edit set`: one value, and not a byte more.

use std::path::Path;
use std::process::{Command, Output};

fn set(folder: &Path, text: &str, words: &[&str]) -> Output {
    let file = folder.join("file.yaml");
    std::fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .args(["edit", "set"])
        .arg(&file)
        .args(words)
        .arg("--print")
        .output()
        .unwrap()
}

#[test]
fn one_value_is_set_and_the_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# top\r\nkind: A\r\nspec: {v: 'v1.2'} # why\r\n---\r\nkind: B\r\nspec:\r\n  v: 3";
    let done = set(folder.path(), text, &["spec.v", "-4", "--document", "B"]);
    assert_eq!(String::from_utf8(done.stdout).unwrap(), text.replace("v: 3", "v: -4"));
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(folder.path().join("file.yaml")).unwrap(), text, "only printed");
}

#[test]
fn what_is_refused_says_why_and_prints_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str, words: &[&str]| {
        let done = set(folder.path(), text, words);
        assert_eq!((done.status.code(), done.stdout.as_slice()), (Some(1), b"".as_slice()));
        String::from_utf8(done.stderr).unwrap()
    };
    assert!(refused("kind: A\nv: 1\n---\nkind: B\nv: 1\n", &["v", "2"]).contains("0 (A), 1 (B)"));
    assert!(refused("spec:\n  version: v1\n", &["spec.verison", "v2"]).contains("spec has version"));
    assert!(
        refused("x = { a = 1 }\ny = [\n", &["x.a", "2"]).contains("only a value of a YAML file can be set")
    );
    assert!(
        refused("VERSION := v1\nall:\n\techo\n", &["VERSION", "v2"]).contains("only a value of a YAML file")
    );
    assert!(refused("a: ENC[AES256_GCM,data:x]\nsops: {}\n", &["a", "b"]).contains("SOPS"));
}

/// Real edits of real repositories, where they are at hand: every one that sets values comes out byte for byte.
#[test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
fn real_edits_come_out_byte_for_byte() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(replay) = std::fs::read_to_string(corpus.join("replay.json")) else {
        eprintln!("skipped: the corpus of real edits is not here");
        return;
    };
    let replay: serde_json::Value = serde_json::from_str(&replay).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let blob = |edit: &serde_json::Value, which: &str| {
        std::fs::read_to_string(corpus.join("replay").join(edit[which].as_str().unwrap())).unwrap()
    };
    let mut done = 0;
    for edit in replay.as_array().unwrap().iter().flat_map(|it| it["edits"].as_array().unwrap()) {
        let (file, path) = (edit["file"].as_str().unwrap(), edit["path"].as_str().unwrap_or_default());
        if edit["op"] != "set_scalar" || !file.ends_with(".yaml") {
            continue;
        }
        let (old, new) = (edit["old"].as_str().unwrap(), edit["new"].as_str().unwrap());
        let mut text = blob(edit, "parent_blob");
        // "[kind=K].path", several paths by ";", and a value that is part of a longer one.
        for path in path.split("; ") {
            let (kind, path) = match path.strip_prefix("[kind=").and_then(|it| it.split_once("].")) {
                Some((kind, path)) => (Some(kind), path),
                None => (None, path),
            };
            let path = path.trim_end_matches(" tag").replace(": ", ".");
            let line = |it: &&str| it.contains(old) && it.contains(path.rsplit('.').next().unwrap());
            let whole = match (path.ends_with(']'), text.lines().find(line)) {
                (false, Some(line)) => line.split_once(": ").unwrap().1.split(" #").next().unwrap().trim(),
                _ => text.lines().find(|it| it.contains(old)).unwrap().trim_start_matches([' ', '-']),
            };
            let value = whole.trim_matches(['"', '\'']).replace(old, new);
            let mut words = vec![path.as_str(), value.as_str()];
            words.extend(kind.iter().flat_map(|kind| ["--document", *kind]));
            let out = set(folder.path(), &text, &words);
            assert!(out.status.success(), "{file} {path}: {}", String::from_utf8_lossy(&out.stderr));
            text = String::from_utf8(out.stdout).unwrap();
        }
        assert_eq!(text, blob(edit, "child_blob"), "{file} {path}");
        done += 1;
    }
    assert!(done >= 5, "{done} edits");
}
