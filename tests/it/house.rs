//! The house itself is tested: its arrows, the size of its rooms, what may change a live system and where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path.as_ref()))
        .unwrap_or_else(|err| panic!("{}: {err}", path.as_ref().display()))
}

/// Every hand-written Rust file, as paths from the root.
fn sources(under: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "generated" && name != "target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// docs/architecture.md, "Arrows": which room may import which other, and which outside crates it must do without.
#[test]
fn arrows_point_one_way() {
    let rooms: BTreeMap<&str, (&str, &[&str], &[&str])> = BTreeMap::from([
        (
            "domain",
            (
                "src/domain",
                &[] as &[&str],
                &["tokio", "serde_json", "serde_yaml", "kube", "tonic", "ratatui"] as &[&str],
            ),
        ),
        ("app", ("src/app", &["domain"], &["tokio", "kube", "tonic", "ratatui", "anyhow", "gix"])),
        ("views", ("src/views", &["app", "domain"], &["tokio", "kube", "tonic", "gix"])),
        ("wire", ("src/backends/wire", &[], &["tokio", "kube", "ratatui"])),
        ("backends", ("src/backends", &["domain", "wire"], &["ratatui", "crossterm"])),
        ("simulator", ("src/simulator", &["wire"], &["ratatui", "crossterm"])),
    ]);
    let names: BTreeSet<&str> = rooms.keys().copied().collect();
    for (room, (folder, allowed, banned)) in &rooms {
        let manifest: toml::Table = text(format!("{folder}/Cargo.toml")).parse().unwrap();
        let uses = manifest["dependencies"].as_table().unwrap();
        for name in uses.keys() {
            let inner = names.contains(name.as_str());
            assert!(!inner || allowed.contains(&name.as_str()), "{room} must not import {name}");
            assert!(!banned.contains(&name.as_str()), "{room} must do without {name}");
        }
    }
}

#[test]
fn rooms_stay_small() {
    let large: Vec<String> = ["src", "tests"]
        .into_iter()
        .flat_map(sources)
        .map(|path| (text(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{} ({lines})", path.display()))
        .collect();
    assert_eq!(large, Vec::<String>::new(), "split them: one verb or one thing per file");
}

#[test]
fn every_file_says_first_what_it_is() {
    let silent: Vec<PathBuf> =
        sources("src").into_iter().filter(|path| !text(path).starts_with("//!")).collect();
    assert_eq!(silent, Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_named_after_nothing() {
    let vague = ["util", "utils", "common", "helper", "helpers", "misc", "types", "manager"];
    let found: Vec<PathBuf> = sources("src")
        .into_iter()
        .filter(|path| path.file_stem().is_some_and(|stem| vague.iter().any(|it| stem == *it)))
        .collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}

/// What may change a live system has its licence at the call, in an `orders.rs`, and nowhere else.
#[test]
fn licences_are_in_orders_alone() {
    let law = text("src/backends/clippy.toml");
    assert!(law.contains("disallowed-methods"));
    let strays: Vec<PathBuf> = sources("src/backends")
        .into_iter()
        .filter(|path| text(path).contains("clippy::disallowed_methods"))
        .filter(|path| path.file_name().is_none_or(|name| name != "orders.rs"))
        .collect();
    assert_eq!(strays, Vec::<PathBuf>::new());
}

/// Each call that changes a Talos node has one licence, and each licence one call: a config, an installer's image by
/// the new way and the old, a reboot, a leadership.
#[test]
fn every_talos_licence_is_there_once() {
    let orders = text("src/backends/talos/orders.rs");
    let calls = [
        ".apply_configuration(",
        ".reboot(",
        ".etcd_forfeit_leadership(",
        ".images().pull(",
        ".lifecycle().upgrade(",
        ".machine().upgrade(",
    ];
    for call in calls {
        let calls: usize = sources("src/backends")
            .iter()
            .filter(|it| !it.ends_with("tests/server.rs"))
            .map(|it| text(it).matches(call).count())
            .sum();
        assert_eq!(
            (calls, orders.matches(call).count()),
            (1, 1),
            "{call} is called once, in talos/orders.rs"
        );
    }
    assert_eq!(orders.matches("clippy::disallowed_methods").count(), calls.len());
    let never = ["bootstrap", "reset", "etcd_leave_cluster", "etcd_remove_member_by_id"];
    for file in sources("src/backends").iter().filter(|it| !it.ends_with("tests/server.rs")) {
        for call in never {
            assert!(!text(file).contains(&format!("machine().{call}(")), "{}: {call}", file.display());
        }
    }
}

/// What makes room on a node before it goes down is there once too: a cordon, an eviction. All else is a dry run.
#[test]
fn every_licence_of_kubernetes_is_there_once() {
    let orders = text("src/backends/kubernetes/orders.rs");
    for call in ["nodes.patch(", "pods.evict(", "PatchParams::apply(WHO).force().dry_run()"] {
        assert_eq!(orders.matches(call).count(), 1, "{call}");
    }
    assert_eq!(orders.matches("clippy::disallowed_methods").count(), 3);
}

#[test]
fn only_the_theme_names_colours() {
    let strays: Vec<PathBuf> = sources("src/views")
        .into_iter()
        .filter(|path| text(path).contains("clippy::disallowed_types"))
        .filter(|path| !path.ends_with("theme.rs"))
        .collect();
    assert_eq!(strays, Vec::<PathBuf>::new());
}

#[test]
fn every_folder_of_the_house_is_on_the_map() {
    let map = text("docs/architecture.md");
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = format!("src/{}", path.file_name().unwrap().to_string_lossy());
            assert!(map.contains(&format!("`{name}`")), "docs/architecture.md does not know {name}");
        }
    }
}
