//! Seeded workloads look as their controllers would have left them.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

fn places(nodes: usize) -> Places {
    let place = |number: usize| Place {
        name: format!("node-{number}"),
        address: format!("127.1.0.{number}"),
        control_plane: number < 3,
    };
    Places::new((0..nodes).map(place).collect(), 1, 1_795_000_000_000)
}

#[test]
fn a_crowd_is_as_large_as_wanted_and_spread_over_the_workers() {
    let mut all: Vec<Value> = Vec::new();
    crowd(1_000, &mut places(13), |portion| all.extend(portion));
    let pods: Vec<&Value> = all.iter().filter(|it| it["kind"] == "Pod").collect();
    assert_eq!(pods.len(), 1_000);
    let names: BTreeSet<String> =
        pods.iter().map(|it| format!("{}/{}", it["metadata"]["namespace"], it["metadata"]["name"])).collect();
    assert_eq!(names.len(), 1_000);
    let on = |node: &str| pods.iter().filter(|it| it["spec"]["nodeName"] == node).count();
    assert_eq!((on("node-0"), on("node-3"), on("node-12")), (0, 100, 100));
    let sets: BTreeSet<&str> = all
        .iter()
        .filter(|it| it["kind"] == "ReplicaSet")
        .filter_map(|it| it["metadata"]["uid"].as_str())
        .collect();
    assert!(
        pods.iter().all(|it| sets.contains(it["metadata"]["ownerReferences"][0]["uid"].as_str().unwrap()))
    );
}
