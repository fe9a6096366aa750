//! Fields and their places in small repositories.

use super::*;

const TALCONFIG: &str = "\
clusterName: home
talosVersion: v1.13.2
kubernetesVersion: v1.35.0
patches:
  - '@./patches/all.yaml'
  - |-
    # for all
    machine:
      sysctls:
        vm.swappiness: \"10\"
controlPlane:
  patches:
    - |
      - op: replace
        path: /cluster/etcd/extraArgs/quota-backend-bytes
        value: \"1\"
      - op: remove
        path: /cluster/proxy
worker:
  nodeLabels:
    shelf: a
  patches:
    - \"machine: {time: {servers: [a]}}\"
nodes:
  - hostname: cp-1
    controlPlane: true
    installDisk: /dev/sda
  - hostname: wk-1
    nodeLabels:
      room: cellar
    patches:
      - '@patches/wk-1.yaml'
";
const ALL: &str = "\
machine:
  sysctls:
    net.core.somaxconn: \"1024\"
  network:
    interfaces:
      - interface: eth0
        mtu: 1400
      - interface: eth1
        mtu: 9000
---
apiVersion: v1alpha1
kind: KmsgLogConfig
name: nas
url: tcp://10.0.0.1:1/
";
const WORKER: &str = "\
machine:
  sysctls:
    net.core.somaxconn: \"2048\"
    vm.overcommit: \"1\"
cluster:
  apiServer:
    admissionControl:
      - name: PodSecurity
        $patch: delete
";
const PLANE: &str = "\
kind: TalosControlPlane
metadata: {name: k8s-cp, namespace: default}
spec:
  version: v1.35.0
  controlPlaneConfig:
    controlplane:
      generateType: controlplane
      strategicPatches:
        - |
          machine:
            sysctls:
              net.core.somaxconn: \"1024\"
        - |-
          machine:
            time:
              disabled: true
";

fn tree() -> Tree {
    Tree::of(&[
        ("talos/talconfig.yaml", TALCONFIG),
        ("talos/patches/all.yaml", ALL),
        ("talos/patches/wk-1.yaml", WORKER),
        ("talos/talsecret.sops.yaml", "trustdinfo:\n  token: ENC[x]\nsops: {}\n"),
        ("capi/cp.yaml", PLANE),
    ])
}

/// A path in words: `a.b[key=value].c`; a dot in a key is `\\.`.
fn steps(path: &str) -> Vec<Step> {
    let read = crate::yaml::ValuePath::parse(path).unwrap();
    let step = |it| match it {
        crate::yaml::Step::Key(key) => Step::Key(key),
        crate::yaml::Step::Having { key, value } => Step::Item { key, value },
        crate::yaml::Step::Item(_) => panic!("items have names"),
    };
    read.0.into_iter().map(step).collect()
}

fn at(origin: &Origin, document: &str, path: &str, value: Option<&str>) -> Option<String> {
    let it = Unequal {
        document: document.into(),
        path: steps(path),
        wanted: value.map(|it| serde_yaml::Value::String(it.into())),
        live: None,
        told: (None, None),
        secret: false,
    };
    of(&tree(), origin, &it).map(|it| format!("{}:{} {}", it.path, it.line, it.sure.word()))
}

fn node(name: &str) -> Origin {
    Origin::Talconfig { path: RepoPath("talos/talconfig.yaml".into()), node: name.into() }
}

#[test]
fn the_last_patch_that_sets_a_field_is_its_place() {
    let somaxconn = r"machine.sysctls.net\.core\.somaxconn";
    for (name, path, value, place) in [
        // The patches of all come last, also after the node's own.
        ("wk-1", somaxconn, "1024", "talos/patches/all.yaml:3 exact"),
        ("cp-1", somaxconn, "1024", "talos/patches/all.yaml:3 exact"),
        ("wk-1", r"machine.sysctls.vm\.overcommit", "1", "talos/patches/wk-1.yaml:4 exact"),
        ("cp-1", r"machine.sysctls.vm\.swappiness", "10", "talos/talconfig.yaml:10 exact"),
        ("cp-1", "machine.network.interfaces[interface=eth1].mtu", "9000", "talos/patches/all.yaml:9 exact"),
        ("cp-1", "cluster.etcd.extraArgs.quota-backend-bytes", "1", "talos/talconfig.yaml:16 exact"),
        ("wk-1", "machine.time.servers", "a", "talos/talconfig.yaml:23 by render"),
    ] {
        assert_eq!(at(&node(name), "", path, Some(value)).as_deref(), Some(place), "{name} {path}");
    }
    let document = at(&node("cp-1"), "KmsgLogConfig nas", "url", Some("tcp://10.0.0.1:1/"));
    assert_eq!(document.as_deref(), Some("talos/patches/all.yaml:14 exact"));
    assert_eq!(at(&node("cp-1"), "", r"machine.sysctls.vm\.overcommit", None), None, "it is the worker's");
}

#[test]
fn what_a_patch_takes_away_has_its_place_too() {
    let gone = "cluster.apiServer.admissionControl[name=PodSecurity]";
    assert_eq!(at(&node("wk-1"), "", gone, None).as_deref(), Some("talos/patches/wk-1.yaml:9 exact"));
    assert_eq!(
        at(&node("cp-1"), "", "cluster.proxy.image", None).as_deref(),
        Some("talos/talconfig.yaml:18 exact")
    );
}

#[test]
fn what_no_patch_sets_is_rendered_from_a_key() {
    for (name, document, path, value, place) in [
        ("cp-1", "", "machine.install.disk", "/dev/sda", "talos/talconfig.yaml:27 exact"),
        ("cp-1", "", "machine.install.image", "x/y:v1.13.2", "talos/talconfig.yaml:2 by render"),
        ("cp-1", "", "machine.kubelet.image", "kubelet:v1.35.0", "talos/talconfig.yaml:3 by render"),
        ("wk-1", "", "machine.nodeLabels.room", "cellar", "talos/talconfig.yaml:30 exact"),
        ("wk-1", "", "machine.nodeLabels.shelf", "a", "talos/talconfig.yaml:21 exact"),
        ("wk-1", "HostnameConfig", "hostname", "wk-1", "talos/talconfig.yaml:28 exact"),
        ("wk-1", "", "machine.token", "hunter2", "talos/talsecret.sops.yaml:2 by render"),
    ] {
        assert_eq!(at(&node(name), document, path, Some(value)).as_deref(), Some(place), "{name} {path}");
    }
    assert_eq!(at(&node("cp-1"), "", "machine.features.rbac", Some("true")), None);
}

#[test]
fn what_cluster_api_gives_comes_out_of_its_patches() {
    let by = ObjectRef {
        group: "controlplane.cluster.x-k8s.io".into(),
        kind: "TalosControlPlane".into(),
        namespace: "default".into(),
        name: "k8s-cp".into(),
    };
    let plane = Origin::ClusterApi { by };
    let somaxconn = r"machine.sysctls.net\.core\.somaxconn";
    assert_eq!(at(&plane, "", somaxconn, Some("1024")).as_deref(), Some("capi/cp.yaml:12 exact"));
    assert_eq!(
        at(&plane, "", "machine.time.disabled", Some("true")).as_deref(),
        Some("capi/cp.yaml:16 exact")
    );
    let kubelet = at(&plane, "", "machine.kubelet.image", Some("kubelet:v1.35.0"));
    assert_eq!(kubelet.as_deref(), Some("capi/cp.yaml:4 by render"));
    assert_eq!(at(&plane, "", "machine.token", Some("hunter2")), None);
    let in_git = |live: &str| {
        let it = Unequal {
            document: String::new(),
            path: steps(somaxconn),
            wanted: Some("512".into()),
            live: Some(live.into()),
            told: (None, None),
            secret: false,
        };
        is_in_git(&tree(), &plane, &it)
    };
    assert!(
        in_git("1024") && !in_git("2048"),
        "what Git says by now is no difference, though the machine is older"
    );
}
