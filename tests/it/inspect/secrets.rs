//! Secrets that stand in the clear: none of them is told, and what is beside them still is.

use super::{each, inspect, repository};

fn told(files: &[(&str, &str)]) -> (serde_json::Value, String) {
    let one = repository(files);
    let text = super::run(one.path(), &[]);
    let found = inspect(one.path());
    let all = format!("{found} {}", String::from_utf8_lossy(&text.stdout));
    assert!(!all.contains("HUSH"), "{found:#}");
    (found, all)
}

#[test]
fn a_config_with_files_keeps_its_names_and_its_masks() {
    let text = "version: v1alpha1\nmachine:\n  type: controlplane\n  token: abcdef.HUSH0123456789\n  install: {image: 'ghcr.io/siderolabs/installer:v1.9.1'}\n  network: {hostname: cp1}\n  files:\n    - path: /etc/x\n      op: create\n      content: HUSH\ncluster:\n  clusterName: home\n  secret: HUSH/secret=\n  controlPlane: {endpoint: 'https://u:HUSH@10.0.0.1:6443'}\n  inlineManifests: [{name: a, contents: 'x: HUSH'}]\n";
    let (found, _) = told(&[("talos/cp1.yaml", text)]);
    let home = &found["clusters"][0];
    assert_eq!((&home["name"], &home["talos"]["value"]), (&"home".into(), &"v1.9.1".into()));
    assert_eq!(each(&home["nodes"], "name"), "cp1");
    assert_eq!(home["patches"][0]["form"], "strategic");
}

#[test]
fn environments_headers_and_addresses_are_masked() {
    let text = "clusterName: home\nnodes:\n  - hostname: a\n    patches:\n      - |-\n        apiVersion: v1alpha1\n        kind: ExtensionServiceConfig\n        environment:\n          - TS_AUTHKEY=tskey-HUSH\n      - |-\n        machine:\n          env:\n            https_proxy: http://bob:HUSH@proxy:3128\n        cluster:\n          extraManifests:\n            - https://oauth2:HUSH@gitlab.com/x.yaml?private_token=HUSH\n          extraManifestHeaders:\n            Authorization: Bearer HUSH\n            X-Any.Thing: HUSH\n      - op: add\n        path: /machine/files/-\n        value: {path: /etc/x, content: HUSH}\n";
    let (_, all) = told(&[("talconfig.yaml", text)]);
    assert!(all.contains("http://…@proxy:3128") && all.contains("machine.files.-.path"), "{all}");
}

#[test]
fn what_delivers_and_what_the_cloud_is_given_is_masked() {
    let objects = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {repoURL: 'https://bob:HUSH@github.com/x/y.git', path: talos}}\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: b}\nspec: {url: 'https://bob:HUSH@github.com/x/y.git'}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: c}\nspec: {path: ./talos, postBuild: {substitute: {SECRET_TOKEN: HUSH, CITY: Bonn}}}\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: ['https://bob:HUSH@github.com/x/y.git?ref=v1.2.3']\n---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set}\nspec:\n  generators:\n    - list: {elements: [{token: HUSH, name: x}]}\n    - git: {repoURL: 'https://bob:HUSH@github.com/z/y.git', directories: [{path: a}]}\n  template: {metadata: {name: '{{name}}-{{token}}'}, spec: {source: {path: '{{path}}'}}}\n";
    let tofu = "resource \"hcloud_server\" \"x\" {\n  name = \"x\"\n  image = \"debian\"\n  root_password = \"HUSH\"\n}\nmodule \"talos\" {\n  source = \"hcloud-talos/talos/hcloud\"\n  cluster_endpoint = \"https://u:HUSH@x:6443\"\n}\n";
    let (found, _) = told(&[("apps/app.yaml", objects), ("tofu/main.tf", tofu)]);
    assert_eq!(found["delivery"]["argo"]["applications"][0]["repository"], "https://…@github.com/x/y.git");
    assert_eq!(
        each(&found["delivery"]["flux"]["kustomizations"][0]["substitutes"], "name"),
        "SECRET_TOKEN CITY"
    );
    assert!(found.to_string().contains("Bonn") && found.to_string().contains("debian"));
}

#[test]
fn a_stale_copy_tells_no_secret() {
    let object = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: home\nspec:\n  token: HUSH-one\n";
    let script = format!("#!/bin/sh\nkubectl apply -f - <<EOF\n{}EOF\n", object.replace("one", "two"));
    let (found, _) = told(&[("a.yaml", object), ("apply.sh", &script)]);
    assert_eq!(each(&found["findings"], "kind"), "stale");
}
