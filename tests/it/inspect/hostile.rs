//! Repositories that are made to take all time or all memory: they are read in no more than others.

use super::{commit_all, each, git, inspect, repository};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A tree of these entries: its id.
fn tree(folder: &Path, entries: &str) -> String {
    let mut making = Command::new("git")
        .arg("mktree")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    making.stdin.take().unwrap().write_all(entries.as_bytes()).unwrap();
    String::from_utf8(making.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

/// A repository with a tree at its root, and what is told of it.
fn of_tree(folder: &Path, root: &str) -> serde_json::Value {
    let commit = git(folder, &["commit-tree", root, "-m", "a bomb"]);
    git(folder, &["update-ref", "HEAD", &commit]);
    inspect(folder)
}

#[test]
fn a_bomb_of_trees_ends_and_says_so() {
    let one = tempfile::tempdir().unwrap();
    commit_all(one.path());
    std::fs::write(one.path().join("a"), "clusterName: home\nnodes:\n  - hostname: a\n").unwrap();
    let blob = git(one.path(), &["hash-object", "-w", "a"]);
    let mut id = tree(one.path(), &format!("100644 blob {blob}\ta.yaml\n"));
    for _ in 0..9 {
        let entries: Vec<String> = (0..10).map(|it| format!("040000 tree {id}\tf{it}\n")).collect();
        id = tree(one.path(), &entries.concat());
    }
    let root = tree(one.path(), &format!("100644 blob {blob}\ttalconfig.yaml\n040000 tree {id}\tbomb\n"));
    let found = of_tree(one.path(), &root);
    assert_eq!(each(&found["clusters"], "name"), "home", "what comes first is read");
    assert!(each(&found["repository"]["skipped"], "reason").contains("more than 200,000 entries"));
}

#[test]
fn folders_that_are_too_deep_are_passed_over() {
    let one = tempfile::tempdir().unwrap();
    commit_all(one.path());
    std::fs::write(one.path().join("a"), "a: 1\n").unwrap();
    let blob = git(one.path(), &["hash-object", "-w", "a"]);
    let mut id = tree(one.path(), &format!("100644 blob {blob}\ta.yaml\n"));
    for _ in 0..100 {
        id = tree(one.path(), &format!("040000 tree {id}\tf\n"));
    }
    let found = of_tree(one.path(), &id);
    let skipped = &found["repository"]["skipped"];
    assert_eq!(each(skipped, "reason"), "it is in more than 64 folders in each other");
    assert_eq!(each(skipped, "file").matches('f').count(), 65);
}

#[test]
fn names_in_names_and_paths_in_paths_end() {
    let substitutes: String =
        (0..40).map(|it| format!("      a{it:02}: '${{a{0:02}}}${{a{0:02}}}'\n", it + 1)).collect();
    let kustomization = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: a}}\nspec:\n  path: ./${{a00}}\n  postBuild:\n    substitute:\n{substitutes}"
    );
    let values: String = (0..40)
        .map(|it| format!("          b{it:02}: '{{{{values.b{0:02}}}}}{{{{values.b{0:02}}}}}'\n", it - 1))
        .collect::<String>()
        .replace("b-1", "zz");
    let set = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a}}\nspec:\n  generators:\n    - git:\n        repoURL: https://h/a\n        directories: [{{path: '*'}}]\n        values:\n          zz: 0123456789\n{values}  template:\n    metadata: {{name: '{{{{values.b39}}}}'}}\n    spec: {{source: {{path: '{{{{path}}}}', repoURL: https://h/a}}}}\n"
    );
    let long = format!(
        "clusterName: home\nnodes:\n  - hostname: a\n? '{}'\n: [{}]\n",
        "k".repeat(500_000),
        "1,".repeat(200_000)
    );
    let one = repository(&[
        ("flux/a.yaml", &kustomization),
        ("argo/a.yaml", &set),
        ("long.yaml", &long),
        ("anchors.yaml", &format!("a: [{}]\n", "&a[],".repeat(30_000))),
        ("marks.yaml.j2", &"{{a}}\n".repeat(30_000)),
    ]);
    let found = inspect(one.path());
    assert_eq!(each(&found["repository"]["unparsed"], "reason"), "a key is too long");
    assert_eq!(found["delivery"]["flux"]["kustomizations"][0]["resolved_path"], serde_json::Value::Null);
    assert_eq!(found["delivery"]["argo"]["application_sets"][0]["generates"].as_array().unwrap().len(), 2);
}

#[test]
fn lists_in_lists_end_and_say_so() {
    let list = format!("{{list: {{elements: [{}]}}}}", "{a: b},".repeat(1_500));
    let none = "{list: {elements: []}}".to_owned();
    let matrix = |inner: String| format!("{{matrix: {{generators: [{list}, {inner}]}}}}");
    let set = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a}}\nspec:\n  generators:\n  - {}\n  template:\n    metadata: {{name: '{{{{a}}}}'}}\n    spec: {{source: {{path: x, repoURL: https://h/a}}}}\n",
        matrix(matrix(matrix(none)))
    );
    let one = repository(&[("argo/a.yaml", &set)]);
    let found = inspect(one.path());
    let set = &found["delivery"]["argo"]["application_sets"][0];
    assert_eq!(set["generates"].as_array().unwrap().len(), 0);
    assert_eq!(set["unresolved"], "it gives more than is told here");
}
