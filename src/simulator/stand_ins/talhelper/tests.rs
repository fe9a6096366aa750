//! What is rendered, what is taken away, and what is refused where.

use super::render::Rendered;
use super::*;
use crate::control::Naming;
use crate::sops::{Identity, seal};
use crate::stand_ins::cabpt::Bundle;
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};

const TALCONFIG: &str = "\
clusterName: home
endpoint: https://127.0.0.1:6443
talosVersion: v1.13.2
kubernetesVersion: v1.35.0
patches: ['@./p/all.yaml']
controlPlane:
  nodeLabels: {tier: control}
  patches:
    - |-
      cluster:
        proxy:
          disabled: true
nodes:
  - {hostname: a, ipAddress: 127.0.0.2, controlPlane: true, installDisk: /dev/sda, patches: ['@./p/a.yaml']}
  - {hostname: b, ipAddress: 127.0.0.3, installDisk: /dev/sda}
";
const ALL: &str = "machine:\n  certSANs: [home.example]\n  sysctls: {a: \"1\"}\n---\napiVersion: v1alpha1\nkind: WatchdogTimerConfig\ndevice: /dev/watchdog0\ntimeout: 5m\n";
const A: &str = "cluster:\n  apiServer:\n    admissionControl:\n      $$patch: delete\n  network:\n    podSubnets: [10.42.0.0/16]\n";

struct Files {
    files: BTreeMap<String, String>,
    identity: Identity,
}

impl Files {
    fn new() -> Self {
        let identity = Identity::generate();
        let bundle = serde_yaml::to_value(Bundle::generate(&Naming::new(1)).unwrap()).unwrap();
        let secrets = seal(&bundle, &identity, "2026-03-01T10:00:00Z", None).unwrap();
        let files = [
            ("talos/talconfig.yaml", TALCONFIG),
            ("talos/p/all.yaml", ALL),
            ("talos/p/a.yaml", A),
            ("talos/talsecret.sops.yaml", &secrets),
        ];
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { files, identity }
    }

    fn edit(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.files.get_mut(path).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1);
        self
    }

    fn rendered(&self) -> Result<Vec<Rendered>, RenderError> {
        let read = |path: &str| self.files.get(path).cloned().ok_or(Error::from(ErrorKind::NotFound));
        let identities = std::slice::from_ref(&self.identity);
        let tree = Tree { config: "talos/talconfig.yaml", read: &read, identities, variable: &|_| None };
        render(&tree, "talos/talsecret.sops.yaml")
    }

    fn refused(&self) -> String {
        self.rendered().err().map(|it| it.to_string()).unwrap_or_default()
    }

    fn documents(&self, node: usize) -> Vec<Value> {
        crate::world::documents(&self.rendered().unwrap()[node].text).unwrap()
    }
}

#[test]
fn every_node_gets_what_its_group_and_all_get() {
    let files = Files::new();
    let rendered = files.rendered().unwrap();
    let names: Vec<&str> = rendered.iter().map(|it| it.file_name.as_str()).collect();
    assert_eq!(names, ["home-a.yaml", "home-b.yaml"]);
    let (a, b) = (files.documents(0), files.documents(1));
    assert_eq!(a[0]["cluster"]["proxy"]["disabled"], Value::from(true));
    assert_eq!(a[0]["machine"]["certSANs"][0], "home.example");
    assert_eq!(a[0]["cluster"]["network"]["podSubnets"], Value::from(vec!["10.42.0.0/16"]));
    assert!(a[0]["cluster"]["apiServer"].get("admissionControl").is_none());
    assert!(a[0]["machine"]["ca"]["key"] != "" && b[0]["machine"]["ca"]["key"] == "");
    assert!(b[0]["cluster"].get("proxy").is_none());
    assert_eq!((a[1]["hostname"].as_str(), a[2]["timeout"].as_str()), (Some("a"), Some("5m0s")));
    assert_eq!(files.rendered().unwrap()[0].text, rendered[0].text);
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    let talconfig = "talos/talconfig.yaml";
    for (path, from, to, said) in [
        (
            talconfig,
            "nodes:",
            "imageFactory: {}\nnodes:",
            "talos/talconfig.yaml: unknown field `imageFactory`",
        ),
        (talconfig, "v1.13.2", "v1.14.0", "talosVersion: the stand-in"),
        (talconfig, "disabled: true", "disable: true", "controlPlane.patches[0]: cluster.proxy.disable: "),
        (talconfig, "'@./p/all.yaml'", "'@./p/gone.yaml'", "talos/p/gone.yaml: cannot be read"),
        ("talos/p/all.yaml", "\"1\"", "[1]", "talos/p/all.yaml: machine.sysctls: "),
        (
            "talos/p/all.yaml",
            "\"1\"",
            "\"${ONE}\"",
            "talos/p/all.yaml: machine.sysctls.a: variable ${ONE} not set",
        ),
        ("talos/p/all.yaml", "\"1\"", "\"{{ .x }}\"", "templates"),
        ("talos/p/a.yaml", "$$patch", "$patch", "variable ${patch} not set"),
        ("talos/p/a.yaml", "cluster:", "- op: add\n  path: /debug\n  value: true\n#", "JSON patches"),
        ("talos/p/all.yaml", "WatchdogTimerConfig", "NonsenseConfig", "documents of NonsenseConfig"),
    ] {
        let refused = Files::new().edit(path, from, to).refused();
        assert!(refused.contains(said), "{refused:?} does not say {said:?}");
    }
}

#[test]
fn secrets_that_are_missing_or_sealed_for_others_are_never_made_up() {
    let mut files = Files::new();
    files.identity = Identity::generate();
    assert!(files.refused().contains("none of the age identities"), "{}", files.refused());
    files.files.remove("talos/talsecret.sops.yaml");
    assert!(files.refused().starts_with("talos/talsecret.sops.yaml: cannot be read"));
}
