//! What a reader of the repository may rely on.

use super::*;
use std::collections::BTreeSet;

fn wanted() -> Wanted {
    Wanted {
        seed: 1,
        now: 1_795_000_000,
        workers: 3,
        remote: "file:///world/remote.git".into(),
        without: Vec::new(),
    }
}

#[test]
fn it_has_a_history_worth_reading() {
    let repository = lighthouse(&wanted()).unwrap();
    let authors: BTreeSet<&str> = repository.commits.iter().map(|it| it.author.name.as_str()).collect();
    assert_eq!(authors.len(), 6, "{authors:?}");
    assert!((190..=215).contains(&repository.commits.len()), "{}", repository.commits.len());
    assert!(repository.commits.is_sorted_by_key(|it| it.at));
    let age = wanted().now - repository.commits.last().unwrap().at;
    assert!((60..3_600).contains(&age), "{age}");
}

#[test]
fn every_manifest_is_yaml_and_nothing_is_left_open() {
    let repository = lighthouse(&wanted()).unwrap();
    for commit in &repository.commits {
        for (path, text) in &commit.files {
            assert!(!text.contains("%{"), "{path}: {text}");
            if path.ends_with(".yaml") {
                for document in serde_yaml::Deserializer::from_str(text) {
                    use serde::Deserialize as _;
                    let read = serde_yaml::Value::deserialize(document);
                    assert!(read.is_ok(), "{path}: {read:?}\n{text}");
                }
            }
        }
    }
}

#[test]
fn the_newest_commit_says_what_the_world_runs() {
    let repository = lighthouse(&wanted()).unwrap();
    let head = repository.head();
    assert!(head["cluster-api/control-plane.yaml"].contains("\n  version: v1.35.0\n  replicas: 3\n"));
    assert!(head["cluster-api/workers.yaml"].contains("name: k8s-md-v5"));
    assert!(head["Makefile"].contains("v1.35.0"));
    assert!(head["apps/cacppt-system/cacppt/deployment.yaml"].contains(":v0.5.13\n"));
    let mut old = wanted();
    let image = "ghcr.io/siderolabs/cluster-api-control-plane-talos-controller";
    old.without.push((image.into(), "v0.5.13".into()));
    let old = lighthouse(&old).unwrap();
    assert!(old.head()["apps/cacppt-system/cacppt/deployment.yaml"].contains(":v0.5.12\n"));
}

#[test]
fn the_same_wish_makes_the_same_repository() {
    assert_eq!(lighthouse(&wanted()).unwrap().stream(), lighthouse(&wanted()).unwrap().stream());
}
