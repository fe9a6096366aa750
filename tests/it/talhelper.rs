//! The real talhelper beside the world's stand-in for it: the same files, rendered by both, document by document.
//! `tests/talhelper` pins the version.

use crate::harness::{PATIENCE, go};
use serde_json::Value;
use simulator::{Options, WorldKind, serve};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

const PROGRAM: &str = "github.com/budimanjojo/talhelper/v3";

/// Rendered files by name, each as its documents; or what was said instead.
async fn rendered(
    program: &Path,
    ours: bool,
    talos: &Path,
    out: &Path,
    key: &Path,
) -> Result<BTreeMap<String, Vec<Value>>, String> {
    let mut command = Command::new(program);
    if ours {
        command.arg("demo-talhelper");
    }
    let output = command
        .args(["genconfig", "--config-file", "talconfig.yaml", "--secret-file", "talsecret.sops.yaml"])
        .args(["--offline-mode", "--no-gitignore", "--out-dir"])
        .arg(out)
        .current_dir(talos)
        .env("SOPS_AGE_KEY_FILE", key)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, output).await.expect("it ends").unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(out).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A new certificate at every run; the stand-in makes none.
        if name != "talosconfig" {
            all.insert(name, documents(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    Ok(all)
}

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|it| <Value as serde::Deserialize>::deserialize(it).unwrap())
        .collect()
}

/// An edit of one of the world's files: what it is called, the file, and what is replaced by what.
type Change = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CONTROL_PLANE: &str = "clusters/home/talos/patches/controlplane.yaml";
const GLOBAL: &str = "clusters/home/talos/patches/global.yaml";
const HOME: &str = "clusters/home/talos/talconfig.yaml";
const LAB: &str = "clusters/lab/talos/talconfig.yaml";

/// What people do to such a repository.
const CHANGES: &[Change] = &[
    ("nothing", GLOBAL, &[]),
    ("a patch changed", CONTROL_PLANE, &[("event-ttl: 3h", "event-ttl: 6h")]),
    (
        "a value of a map over one that is there",
        "clusters/home/talos/patches/worker.yaml",
        &[("vm.nr_hugepages", "fs.inotify.max_user_watches")],
    ),
    ("versions bumped", HOME, &[("v1.13.2", "v1.13.5"), ("v1.35.0", "v1.35.2")]),
    ("an older contract", LAB, &[("talosVersion: v1.13.2", "talosVersion: v1.12.4")]),
    (
        "a patch added for all",
        HOME,
        &[(
            "  - \"@./patches/global.yaml\"\n",
            "  - \"@./patches/global.yaml\"\n  - |-\n    machine:\n      sysctls:\n        net.core.somaxconn: \"4096\"\n      kubelet:\n        extraConfig:\n          maxPods: 200\n          evictionHard: {memory.available: 100Mi}\n      features:\n        hostDNS:\n          resolveMemberNames: false\n",
        )],
    ),
    ("a forwarder without a resolver", GLOBAL, &[("      resolveMemberNames: true", "      enabled: false")]),
    (
        "kernel arguments beside those of the image",
        GLOBAL,
        &[("machine:\n", "machine:\n  install: {extraKernelArgs: [net.ifnames=0]}\n")],
    ),
    ("a patch taken away", HOME, &[("  patches:\n    - \"@./patches/worker.yaml\"\n", "")]),
    (
        "a map's key deleted",
        CONTROL_PLANE,
        &[(
            "cluster:\n",
            "machine:\n  nodeLabels:\n    node.kubernetes.io/exclude-from-external-load-balancers:\n      $$patch: delete\ncluster:\n",
        )],
    ),
    (
        "a key deleted that is not there",
        "clusters/home/talos/patches/worker.yaml",
        &[("    vm.nr_hugepages: \"1024\"\n", "    vm.nothing:\n      $$patch: delete\n")],
    ),
    (
        "documents added",
        GLOBAL,
        &[(
            "      resolveMemberNames: true\n",
            "      resolveMemberNames: true\n---\napiVersion: v1alpha1\nkind: WatchdogTimerConfig\ndevice: /dev/watchdog0\ntimeout: 90s\n---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: nas\nurl: tcp://192.168.10.2:6050/\n",
        )],
    ),
    (
        "a section deleted",
        CONTROL_PLANE,
        &[(
            "    admissionControl:\n      - name: PodSecurity\n        $$patch: delete\n",
            "    auditPolicy:\n      $$patch: delete\n    certSANs:\n      $$patch: delete\n",
        )],
    ),
    (
        "a policy replaced and a plugin merged",
        CONTROL_PLANE,
        &[(
            "        $$patch: delete\n",
            "        configuration:\n          exemptions:\n            namespaces: [household]\n          defaults: {enforce: privileged}\n    auditPolicy:\n      apiVersion: audit.k8s.io/v1\n      kind: Policy\n      rules:\n        - level: None\n",
        )],
    ),
    (
        "nets replaced and endpoints added",
        GLOBAL,
        &[(
            "machine:\n",
            "cluster:\n  network:\n    podSubnets: [10.60.0.0/16]\n  discovery:\n    registries:\n      kubernetes: {disabled: false}\nmachine:\n  certSANs: [nas.home.example]\n  registries:\n    mirrors:\n      ghcr.io: {endpoints: [https://nas.home.example], skipFallback: true}\n  install: {wipe: true}\n",
        )],
    ),
    (
        "a label over a group's and a taint",
        HOME,
        &[(
            "    home.example/storage: \"true\"\n",
            "    home.example/storage: \"false\"\n  nodeTaints: {home.example/disk: \"slow:PreferNoSchedule\"}\n  nodeAnnotations: {home.example/note: shelf}\n  certSANs: [workers.home.example]\n  disableSearchDomain: true\n",
        )],
    ),
    (
        "a hostname's document patched",
        GLOBAL,
        &[(
            "machine:\n",
            "apiVersion: v1alpha1\nkind: ResolverConfig\nnameservers: [{address: 9.9.9.9}]\nsearchDomains: {domains: [home.example]}\n---\nmachine:\n",
        )],
    ),
    (
        "a document deleted",
        "clusters/lab/talos/patches/controlplane.yaml",
        &[("cluster:\n", "apiVersion: v1alpha1\nkind: ResolverConfig\n$$patch: delete\n---\ncluster:\n")],
    ),
    ("a selector and no schematic", LAB, &[("size: \">= 200GB\"", "model: Samsung*")]),
    (
        "kernel arguments in the schematic",
        HOME,
        &[(
            "    customization:\n",
            "    customization:\n      extraKernelArgs: [\"-init_on_alloc\", intel_iommu=on]\n",
        )],
    ),
];

/// Those of the edits that neither of the two takes.
const REFUSED: [&str; 3] = [
    "a forwarder without a resolver",
    "kernel arguments beside those of the image",
    "a key deleted that is not there",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_stand_in_renders_what_the_real_talhelper_renders() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = go::build("talhelper", PROGRAM, dir.path()) else { return };
    let world = dir.path().join("world");
    let options = Options { dir: world.clone(), world: WorldKind::Talhelper, ..Options::default() };
    let served = serve(&options).await.unwrap();
    let (key, repo) = (world.join("age.key"), world.join("repo"));
    let (mut wrong, mut refused) = (Vec::new(), Vec::new());
    for (number, (what, file, edits)) in CHANGES.iter().enumerate() {
        let path = repo.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        let after = edits.iter().fold(before.clone(), |text, (from, to)| text.replacen(from, to, 1));
        assert!(edits.is_empty() || after != before, "{what}: {file} has nothing to edit");
        std::fs::write(&path, after).unwrap();
        for cluster in ["home", "lab"] {
            let talos = repo.join("clusters").join(cluster).join("talos");
            let out = |name: &str| dir.path().join(format!("{name}-{number}-{cluster}"));
            let theirs = rendered(&program, false, &talos, &out("real"), &key).await;
            let own = Path::new(env!("CARGO_BIN_EXE_pilothouse"));
            let ours = rendered(own, true, &talos, &out("ours"), &key).await;
            match (theirs, ours) {
                (Ok(theirs), Ok(ours)) if theirs == ours => assert!(!ours.is_empty()),
                (Ok(theirs), Ok(ours)) => {
                    wrong.push(format!("{what}, {cluster}: {}", differs(&theirs, &ours)))
                }
                (Err(_), Err(_)) => refused.push(*what),
                (theirs, ours) => {
                    let said = |it: Result<_, String>| it.err().unwrap_or_else(|| "renders".into());
                    wrong.push(format!(
                        "{what}, {cluster}: real: {}; stand-in: {}",
                        said(theirs),
                        said(ours)
                    ));
                }
            }
        }
        std::fs::write(&path, before).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What neither takes is named here, so that an edit that only seems to be tested is noticed.
    assert_eq!(refused, REFUSED);
    served.stop().await;
}

/// The first documents that differ.
fn differs(theirs: &BTreeMap<String, Vec<Value>>, ours: &BTreeMap<String, Vec<Value>>) -> String {
    for (name, real) in theirs {
        let Some(own) = ours.get(name) else { return format!("{name} is missing") };
        for (number, document) in real.iter().enumerate() {
            if own.get(number) != Some(document) {
                return format!(
                    "{name}, document {number}: {}",
                    place(document, own.get(number).unwrap_or(&Value::Null))
                );
            }
        }
        if own.len() > real.len() {
            return format!("{name}: {} documents, not {}", own.len(), real.len());
        }
    }
    "more files than the real one writes".into()
}

/// The first path whose values differ; secrets stay out of it.
fn place(real: &Value, own: &Value) -> String {
    match (real, own) {
        (Value::Object(real), Value::Object(own)) => {
            let keys: std::collections::BTreeSet<&String> = real.keys().chain(own.keys()).collect();
            let at =
                |it: &serde_json::Map<String, Value>, key: &String| it.get(key).cloned().unwrap_or_default();
            let found = keys.into_iter().find(|key| real.get(*key) != own.get(*key));
            found.map_or_else(String::new, |key| format!("{key}.{}", place(&at(real, key), &at(own, key))))
        }
        _ => format!("real {real}, stand-in {own}"),
    }
}
