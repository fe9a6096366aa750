//! Edits that adopt a field, on small repositories.

use super::*;
use crate::talos::drift::compare::compare;
use crate::talos::drift::sides::Origin;
use crate::talos::plan::Documents;
use domain::ObjectRef;

const TALCONFIG: &str = "\
clusterName: home
talosVersion: v1.13.2
kubernetesVersion: v1.35.0
patches:
  - '@./all.yaml'
nodes:
  - hostname: cp-1 # the first
    installDisk: /dev/sda
    patches:
      - '@./cp-1.yaml'
  - hostname: cp-2
    nodeLabels:
      room: cellar

  # a spare one
  - hostname: cp-3
";
const ALL: &str = "\
machine:
  sysctls:
    a: \"1\" # one
    b: \"2\"
  network:
    interfaces:
      - interface: eth0
        mtu: 1400
  time:
    servers: [x]
";
const OWN: &str = "\
machine:
  nodeLabels:
    rack: r1
";
const PLANE: &str = "\
kind: TalosControlPlane
metadata: {name: k8s-cp}
spec:
  version: v1.35.0
  controlPlaneConfig:
    controlplane:
      strategicPatches:
        - |
          machine:
            sysctls:
              a: \"1\"
        - |-
          cluster:
            proxy: {disabled: true}
";

fn tree() -> Tree {
    Tree::of(&[("talconfig.yaml", TALCONFIG), ("all.yaml", ALL), ("cp-1.yaml", OWN), ("cp.yaml", PLANE)])
}

/// The edits for the one field that differs, as the file and how its text changes.
fn first(origin: &Origin, wanted: &str, live: &str) -> (String, String) {
    let read = |text: &str| Documents::read(text).unwrap();
    let unequal = compare(&read(wanted), &read(live));
    let [it] = unequal.as_slice() else { panic!("{} differ", unequal.len()) };
    let tree = tree();
    let source = Source::of(&tree, origin);
    let edit = edits(&source, &tree, it).into_iter().next().unwrap_or_else(|| panic!("no edit"));
    let before = tree.text(&edit.path.0).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(&edit.text));
    let gone = old.iter().filter(|it| !new.contains(it)).map(|it| format!("-{it}"));
    let come = new.iter().filter(|it| !old.contains(it)).map(|it| format!("+{it}"));
    (edit.path.0.clone(), gone.chain(come).collect::<Vec<_>>().join("|"))
}

fn node(name: &str) -> Origin {
    Origin::Talconfig { path: RepoPath("talconfig.yaml".into()), node: name.into() }
}

#[test]
fn what_a_patch_says_is_changed_there() {
    for (wanted, live, file, change) in [
        ("{sysctls: {a: '1'}}", "{sysctls: {a: '7'}}", "all.yaml", "-    a: \"1\" # one|+    a: \"7\" # one"),
        ("{sysctls: {a: '1'}}", "{sysctls: {}}", "all.yaml", "-    a: \"1\" # one"),
        (
            "{time: {servers: [x]}}",
            "{time: {servers: [y]}}",
            "all.yaml",
            "-    servers: [x]|+    servers:|+    - y",
        ),
        (
            "{network: {interfaces: [{interface: eth0, mtu: 1400}]}}",
            "{network: {interfaces: [{interface: eth0, mtu: 9000}]}}",
            "all.yaml",
            "-        mtu: 1400|+        mtu: 9000",
        ),
        ("{nodeLabels: {rack: r1}}", "{nodeLabels: {rack: r2}}", "cp-1.yaml", "-    rack: r1|+    rack: r2"),
    ] {
        let (wanted, live) = (format!("machine: {wanted}"), format!("machine: {live}"));
        assert_eq!(first(&node("cp-1"), &wanted, &live), (file.to_owned(), change.to_owned()), "{live}");
    }
}

#[test]
fn what_is_rendered_from_a_key_is_changed_there() {
    for (name, wanted, live, change) in [
        (
            "cp-1",
            "{install: {disk: /dev/sda}}",
            "{install: {disk: /dev/sdb}}",
            "-    installDisk: /dev/sda|+    installDisk: /dev/sdb",
        ),
        (
            "cp-2",
            "{nodeLabels: {room: cellar}}",
            "{nodeLabels: {room: attic}}",
            "-      room: cellar|+      room: attic",
        ),
        (
            "cp-2",
            "{kubelet: {image: 'k:v1.35.0'}}",
            "{kubelet: {image: 'k:v1.35.2'}}",
            "-kubernetesVersion: v1.35.0|+kubernetesVersion: v1.35.2",
        ),
        (
            "cp-2",
            "{install: {image: 'f/i/abc:v1.13.2'}}",
            "{install: {image: 'f/i/abc:v1.13.9'}}",
            "-talosVersion: v1.13.2|+talosVersion: v1.13.9",
        ),
    ] {
        let (wanted, live) = (format!("machine: {wanted}"), format!("machine: {live}"));
        assert_eq!(
            first(&node(name), &wanted, &live),
            ("talconfig.yaml".to_owned(), change.to_owned()),
            "{live}"
        );
    }
}

#[test]
fn what_no_file_says_goes_to_the_patches_of_the_node() {
    let (file, change) = first(&node("cp-1"), "machine: {type: x}", "machine: {type: x, sysctls: {c: '3'}}");
    assert_eq!((file.as_str(), change.as_str()), ("cp-1.yaml", "+  sysctls:|+    c: '3'"));
    let (file, change) = first(&node("cp-2"), "machine: {type: x}", "machine: {type: x, sysctls: {c: '3'}}");
    let added = "+    - ||+      machine:|+        sysctls:|+          c: '3'";
    assert_eq!((file.as_str(), change.as_str()), ("talconfig.yaml", added));
    let (file, change) =
        first(&node("cp-3"), "machine: {features: {kubePrism: {enabled: true}}}", "machine: {}");
    assert_eq!(file, "talconfig.yaml");
    assert!(change.ends_with("enabled:|+              $$patch: delete"), "{change}");
    let sink = "---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: nas\nurl: tcp://a:1/\n";
    let (file, change) =
        first(&node("cp-1"), "machine: {type: x}\n", &format!("machine: {{type: x}}\n{sink}"));
    assert_eq!(file, "cp-1.yaml");
    assert!(change.starts_with("+---|+apiVersion: v1alpha1|+kind: KmsgLogConfig"), "{change}");
}

#[test]
fn what_cluster_api_gives_is_changed_in_its_patches() {
    let by = ObjectRef {
        group: "controlplane.cluster.x-k8s.io".into(),
        kind: "TalosControlPlane".into(),
        namespace: "default".into(),
        name: "k8s-cp".into(),
    };
    let plane = Origin::ClusterApi { by: by.clone() };
    let (file, change) = first(&plane, "machine: {sysctls: {a: '1'}}", "machine: {sysctls: {a: '2'}}");
    assert_eq!(
        (file.as_str(), change.as_str()),
        ("cp.yaml", "-              a: \"1\"|+              a: \"2\"")
    );
    let (_, change) = first(&plane, "machine: {type: x}", "machine: {type: x, sysctls: {b: '2'}}");
    assert_eq!(change, "+              b: '2'");
    let (_, change) = first(&plane, "machine: {sysctls: {a: '1'}}", "machine: {}");
    assert!(change.contains("$patch: delete") || change.starts_with("-"), "{change}");

    let edit = super::super::roll::edit(&tree(), &by, "2026-11-21T22:00:00Z").unwrap();
    let added = edit.text.strip_prefix(PLANE).unwrap();
    let says = "        - |\n          machine:\n            nodeAnnotations:\n              rollout-trigger: \"2026-11-21T22:00:00Z\"\n";
    assert_eq!(added, says);
}
