//! Five real repositories, and the facts that are known of them.

use super::{commit_all, inspect};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus")
}

/// Each repository with what is known of it: its folder, what `inspect` says, what is expected.
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
fn repositories() -> Vec<(tempfile::TempDir, PathBuf, Value, Value)> {
    let Ok(expected) = std::fs::read_to_string(corpus().join("expected.json")) else {
        eprintln!("skipped: the corpus of real repositories is not here");
        return Vec::new();
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let of = |expect: &Value| {
        let name = expect["repo"].as_str().unwrap().replace('/', "--");
        let folder = tempfile::tempdir().unwrap();
        let archive = corpus().join(format!("{name}.tar.gz"));
        let done =
            Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status().unwrap();
        assert!(done.success(), "{name}");
        let root = folder.path().join(&name);
        commit_all(&root);
        let found = inspect(&root);
        (folder, root, found, expect.clone())
    };
    expected.as_array().unwrap().iter().map(of).collect()
}

/// Every value that is said with its place anywhere in the JSON.
fn places(value: &Value, found: &mut BTreeSet<(String, u64, String)>) {
    match value {
        Value::Object(map) => {
            if let (Some(file), Some(line)) = (map.get("file").and_then(Value::as_str), map.get("line")) {
                let mut keep = |line: &Value, value: &Value| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    found.insert((file.to_owned(), line.as_u64().unwrap_or_default(), text));
                };
                for key in ["value", "written"] {
                    map.get(key).into_iter().for_each(|it| keep(line, it));
                }
                for field in map.get("fields").and_then(Value::as_array).into_iter().flatten() {
                    keep(&field["line"], &field["value"]);
                }
            }
            map.values().for_each(|it| places(it, found));
        }
        Value::Array(list) => list.iter().for_each(|it| places(it, found)),
        _ => {}
    }
}

/// Every fact that names a file, a line and a value is found there; this is the whole list of those that are not.
#[test]
fn facts_of_real_repositories_are_found_where_they_are_written() {
    let all = repositories();
    let mut not_found = Vec::new();
    for (_, root, found, expect) in &all {
        let mut said = BTreeSet::new();
        places(found, &mut said);
        for fact in expect["facts"].as_array().unwrap() {
            let (file, line) = (fact["file"].as_str().unwrap(), fact["line"].as_u64().unwrap());
            let value = fact["value"].as_str().map_or_else(|| fact["value"].to_string(), str::to_owned);
            if said.contains(&(file.to_owned(), line, value.clone())) {
                continue;
            }
            let why = match root.join(file).exists() {
                false => "the file is not in the archive",
                true if fact["kind"] == "commented_node" => "it is commented out",
                true => "NOT FOUND",
            };
            not_found.push(format!("{} {file}:{line} {value}: {why}", expect["role"].as_str().unwrap()));
        }
    }
    let known = [
        "seed-001 Makefile:16 v1.35.0: the file is not in the archive",
        "seed-001 Makefile:15 v1.12.2: the file is not in the archive",
        "seed-001 packer/hcloud_talosimage.pkr.hcl:24 v1.12.2: the file is not in the archive",
        "seed-004 tofu/nodes.auto.tfvars:54 work-04: it is commented out",
        "control provision/talos/gen-config.sh:7 $CLUSTER_NAME: the file is not in the archive",
    ];
    assert!(all.is_empty() || not_found == known, "{not_found:#?}");
}

#[test]
fn clusters_of_real_repositories_have_their_names_versions_and_nodes() {
    for (_, _, found, expect) in repositories() {
        let repo = expect["repo"].as_str().unwrap();
        let clusters: Vec<&Value> =
            found["clusters"].as_array().unwrap().iter().filter(|it| it["active"] == true).collect();
        let expected = expect["expect"]["clusters"].as_array().unwrap();
        assert_eq!(clusters.len(), expected.len(), "{repo}: {clusters:#?}");
        for expected in expected {
            let cluster = clusters.iter().find(|it| it["name"] == expected["name"]);
            let cluster = cluster.unwrap_or_else(|| panic!("{repo}: no {}", expected["name"]));
            let first = |it: &Value| it.as_str().unwrap_or_default().split(' ').next().unwrap().to_owned();
            if let Some(contract) = expected["talos_contract"].as_str() {
                assert_eq!(cluster["talos"]["contract"][0]["value"], contract, "{repo}");
            }
            for what in ["kubernetes", "talos"] {
                match &expected[what] {
                    Value::Object(by_node) => {
                        for node in cluster["nodes"].as_array().unwrap() {
                            let group = &node["name"].as_str().unwrap()[..5];
                            assert_eq!(node[what]["value"], by_node[&format!("{group}*")], "{repo} {node}");
                        }
                    }
                    version => assert_eq!(cluster[what]["value"], first(version), "{repo} {what}"),
                }
                assert_eq!(cluster[what]["conflict"], false, "{repo} {what}");
            }
            if let Some(names) = expected["node_names"].as_array() {
                let nodes = cluster["nodes"].as_array().unwrap().iter().map(|it| it["name"].clone());
                assert_eq!(&nodes.collect::<Vec<_>>(), names, "{repo}");
            }
            let count = |role: &str| -> u64 {
                let of = |list: &str| {
                    let all = cluster[list].as_array().unwrap().clone();
                    all.into_iter().filter(|it| it["role"] == role).collect::<Vec<Value>>()
                };
                let pools: u64 = of("pools").iter().filter_map(|it| it["replicas"].as_u64()).sum();
                pools + of("nodes").len() as u64
            };
            for (key, role) in [("control_plane", "controlplane"), ("workers", "worker")] {
                if let Some(number) = expected[key].as_u64() {
                    assert_eq!(count(role), number, "{repo} {role}");
                }
            }
        }
    }
}

/// File, line and name of each.
fn listed(list: &Value, place: Option<&str>) -> BTreeSet<(String, u64, String)> {
    let of = |it: &Value| {
        let at = place.map_or(it, |place| &it[place]);
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        (text(&at["file"]), at["line"].as_u64().unwrap(), text(&it["name"]))
    };
    list.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn deliveries_objects_and_faults_of_real_repositories_are_all_there() {
    for (_, root, found, expect) in repositories() {
        let repo = expect["repo"].as_str().unwrap();
        let delivery = &found["delivery"];
        for (key, list) in [
            ("capi_objects", &found["capi"]),
            ("argo_applications", &delivery["argo"]["applications"]),
            ("flux_kustomizations", &delivery["flux"]["kustomizations"]),
        ] {
            if expect[key].is_array() {
                assert_eq!(listed(list, Some("begins")), listed(&expect[key], None), "{repo} {key}");
            }
        }
        for expected in expect["argo_appset_expansion"].as_array().into_iter().flatten() {
            let sets = delivery["argo"]["application_sets"].as_array().unwrap();
            let set = sets.iter().find(|it| it["name"] == expected["name"]).unwrap();
            let paths = set["generates"].as_array().unwrap().iter().map(|it| it["path"].clone());
            assert_eq!(&Value::from(paths.collect::<Vec<_>>()), &expected["generated_dirs"], "{repo}");
            assert_eq!(set["unresolved"], Value::Null, "{repo}");
        }
        let names = |list: &Value| -> BTreeSet<String> {
            list.as_array().into_iter().flatten().map(|it| it["file"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&found["repository"]["unparsed"]), names(&expect["unparseable_yaml"]), "{repo}");
        for it in found["repository"]["unparsed"].as_array().unwrap() {
            assert!(it["line"].as_u64().unwrap() > 0 && !it["reason"].as_str().unwrap().is_empty(), "{it}");
        }
        let sealed = found["secrets"].as_array().unwrap().iter().filter(|it| it["scheme"] == "sops").count();
        assert_eq!(sealed as u64, expect["counts"]["sops_files"].as_u64().unwrap(), "{repo}");
        let releases = delivery["flux"]["helm_releases"].as_array().unwrap().len();
        assert_eq!(releases as u64, expect["counts"]["flux_HelmRelease"].as_u64().unwrap(), "{repo}");
        assert!(root.exists());
    }
}

/// Two ApplicationSets are written once more, in a script that OpenTofu runs first; one folder came only later.
#[test]
fn copies_that_have_fallen_behind_are_told() {
    let all = repositories();
    let Some((_, _, found, _)) = all.iter().find(|it| it.3["role"] == "seed-004") else { return };
    let stale = found["findings"].as_array().unwrap().iter().filter(|it| it["kind"] == "stale");
    let sources: Vec<String> = stale.flat_map(|it| super::all_said(&it["sources"])).collect();
    for place in [
        "tofu/bootstrap/kubernetes/argocd.tf:156 applications",
        "k8s/applications/application-set.yaml:26 k8s/applications/games",
        "tofu/bootstrap/kubernetes/argocd.tf:63 infrastructure",
        "k8s/infrastructure/application-set.yaml:",
    ] {
        assert!(sources.iter().any(|it| it.starts_with(place)), "{place}: {sources:#?}");
    }
}

/// Two versions of one provider, both delivered.
#[test]
fn the_first_seeds_contradiction_is_a_finding_with_both_lines() {
    let all = repositories();
    let Some((_, root, ..)) = all.iter().find(|it| it.3["role"] == "seed-001") else { return };
    let conflict = |found: &Value| -> Vec<Vec<String>> {
        let all = found["findings"].as_array().unwrap().iter().filter(|it| it["kind"] == "conflict");
        all.map(|it| super::all_said(&it["sources"])).collect()
    };
    let providers = [
        "argocd/apps/capi-operator.yaml:31 v0.5.13".to_owned(),
        "cluster-api/control-plane-provider.yaml:12 v0.5.12".to_owned(),
    ];
    assert_eq!(conflict(&inspect(root)), std::slice::from_ref(&providers));
    // The archive leaves out the Makefile; one like it says the same, and one that was forgotten does not.
    let makefile = |kubernetes: &str| {
        format!("{}TALOS_VERSION := v1.12.2\nK8S_VERSION := {kubernetes}\n", "#\n".repeat(14))
    };
    std::fs::write(root.join("Makefile"), makefile("v1.35.0")).unwrap();
    commit_all(root);
    assert_eq!(conflict(&inspect(root)).len(), 1);
    std::fs::write(root.join("Makefile"), makefile("v1.34.1")).unwrap();
    commit_all(root);
    let found = conflict(&inspect(root));
    let versions = ["cluster-api/cluster.yaml:95 v1.35.0".to_owned(), "Makefile:16 v1.34.1".to_owned()];
    assert!(found.contains(&versions.to_vec()) && found.contains(&providers.to_vec()), "{found:?}");
}
