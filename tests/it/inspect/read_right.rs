//! What other people's repositories say, read as those who wrote it mean it.

use super::{all_said, each, inspect, repository, said};
use serde_json::{Value, json};

fn only(found: &Value) -> &Value {
    let clusters = found["clusters"].as_array().unwrap();
    assert_eq!(clusters.len(), 1, "{clusters:#?}");
    &clusters[0]
}

#[test]
fn talhelper_is_filled_in_from_what_is_beside_it() {
    let config = "clusterName: ${clusterName}\ntalosVersion: \"${talosVersion}\"\nkubernetesVersion: ${kubernetesVersion}\nnodes:\n  - hostname: a\n";
    let open = inspect(repository(&[("talos/talconfig.yaml", config)]).path());
    let it = only(&open);
    assert_eq!((&it["talos"]["value"], &it["talos"]["kind"]), (&json!("unknown"), &json!("version")));
    let environment = "# renovate: x\nclusterName: home\ntalosVersion: v1.12.0\nkubernetesVersion: v1.34.2\n";
    let found =
        inspect(repository(&[("talos/talconfig.yaml", config), ("talos/talenv.yaml", environment)]).path());
    let it = only(&found);
    assert_eq!(said(&it["source"]), "talos/talenv.yaml:2 home");
    assert_eq!(all_said(&it["talos"]["sources"]), ["talos/talenv.yaml:3 v1.12.0"]);
    assert_eq!(all_said(&it["kubernetes"]["sources"]), ["talos/talenv.yaml:4 v1.34.2"]);
    assert_eq!(found["findings"], json!([]));
}

#[test]
fn lists_of_merges_are_merged() {
    let config = "clusterName: home\nx1: &base\n  controlPlane: true\n  patches:\n    - |-\n      machine:\n        install:\n          image: ghcr.io/siderolabs/installer:v1.9.0\nx2: &more\n  ipAddress: 10.0.0.9\nnodes:\n  - <<: [*base, *more]\n    hostname: a\n  - hostname: b\n    patches:\n      - \"machine:\\n  install:\\n    image: ghcr.io/siderolabs/installer:v1.9.2\\n\"\n";
    let found = inspect(repository(&[("talconfig.yaml", config)]).path());
    let nodes = &only(&found)["nodes"];
    assert_eq!((&nodes[0]["role"], &nodes[0]["address"]), (&json!("controlplane"), &json!("10.0.0.9")));
    assert_eq!(
        (said(&nodes[0]["talos"]), said(&nodes[1]["talos"])),
        ("talconfig.yaml:8 v1.9.0".into(), "talconfig.yaml:16 v1.9.2".into())
    );
}

#[test]
fn what_is_written_for_people_declares_nothing() {
    let found = inspect(
        repository(&[
            ("README.md", "```\ntalosctl gen config my-example https://10.0.0.1:6443\n```\nTALOS_VERSION=v1.2.3\n"),
            ("talos/talconfig.yaml", "clusterName: home\nkubernetesVersion: v1.34.2\ntalosVersion: v1.12.0\nnodes:\n  - hostname: a\n"),
            ("scripts/kubeconform.sh", "#!/bin/sh\nKUBERNETES_VERSION=1.29.0\nkubeconform $KUBERNETES_VERSION\n"),
        ])
        .path(),
    );
    assert_eq!((&only(&found)["name"], &found["findings"]), (&json!("home"), &json!([])));
}

#[test]
fn a_module_of_talos_says_its_image_and_its_contract() {
    let main = "module \"talos\" {\n  source = \"./talos\"\n  image = {\n    version        = \"v1.7.5\"\n    update_version = \"v1.8.1\"\n  }\n  cluster = {\n    name          = \"home\"\n    talos_version = \"v1.7\"\n  }\n  nodes = {\n    a = { machine_type = \"controlplane\", ip = \"10.0.0.1\" }\n    b = { machine_type = \"worker\", ip = \"10.0.0.2\", update = true }\n  }\n}\n";
    let found = inspect(repository(&[("tofu/main.tf", main)]).path());
    let it = only(&found);
    assert_eq!(
        (&it["talos"]["value"], &it["talos"]["conflict"], &it["talos"]["kind"]),
        (&json!("v1.7.5"), &json!(false), &json!("version"))
    );
    assert_eq!(all_said(&it["talos"]["contract"]), ["tofu/main.tf:9 v1.7"]);
    assert_eq!(said(&it["nodes"][1]["talos"]), "tofu/main.tf:5 v1.8.1");
    let plain = "variable \"talos_version\" { default = \"v1.9.5\" }\nresource \"talos_machine_secrets\" \"this\" { talos_version = \"v1.9.0\" }\ndata \"talos_machine_configuration\" \"cp\" {\n  cluster_name = \"home\"\n  talos_version = var.talos_version\n}\n";
    let found = inspect(repository(&[("main.tf", plain)]).path());
    let it = only(&found);
    assert_eq!(all_said(&it["talos"]["sources"]), ["main.tf:1 v1.9.5"]);
    assert_eq!(all_said(&it["talos"]["contract"]), ["main.tf:2 v1.9.0"]);
    assert_eq!(found["findings"], json!([]));
}

fn config(name: &str, role: &str, version: &str) -> String {
    format!(
        "version: v1alpha1\nmachine:\n  type: {role}\n  network: {{hostname: {name}}}\n  install: {{image: 'ghcr.io/siderolabs/installer:{version}'}}\ncluster:\n  clusterName: home\n  controlPlane: {{endpoint: 'https://10.0.0.1:6443'}}\n"
    )
}

#[test]
fn configs_of_nodes_say_the_version_of_their_cluster() {
    let one = repository(&[
        ("talos/cp1.yaml", &config("cp1", "controlplane", "v1.9.1")),
        ("talos/cp2.yaml", &config("cp2", "controlplane", "v1.9.7")),
    ]);
    let found = inspect(one.path());
    let it = only(&found);
    assert_eq!(all_said(&it["talos"]["sources"]), ["talos/cp1.yaml:5 v1.9.1", "talos/cp2.yaml:5 v1.9.7"]);
    assert_eq!(
        all_said(&found["findings"][0]["sources"]),
        ["talos/cp1.yaml:5 v1.9.1", "talos/cp2.yaml:5 v1.9.7"]
    );
    assert_eq!((&it["talos"]["conflict"], each(&it["nodes"], "name")), (&json!(true), "cp1 cp2".into()));
}

#[test]
fn a_folder_for_each_node_is_one_cluster() {
    for folder in ["talos/nodes", "talos"] {
        let path = |name: &str| format!("{folder}/{name}/machineconfig.yaml");
        let one = repository(&[
            (&path("cp1"), &config("cp1", "controlplane", "v1.9.1")),
            (&path("w1"), &config("w1", "worker", "v1.9.1")),
        ]);
        let found = inspect(one.path());
        let it = only(&found);
        assert_eq!((&it["folder"], &it["talos"]["value"]), (&json!("talos"), &json!("v1.9.1")));
        assert_eq!(each(&it["nodes"], "role"), "controlplane worker");
    }
}

#[test]
fn patches_of_a_role_are_no_nodes() {
    let patch = "machine:\n  sysctls: {a: b}\n";
    let one = repository(&[
        (
            "talos/gen.sh",
            "talosctl gen config home https://10.0.0.1:6443 --config-patch-control-plane @controlplane/cp.yaml\n",
        ),
        ("talos/controlplane/cp.yaml", "machine:\n  network: {hostname: x}\n"),
        ("talos/worker/sysctls.yaml", patch),
        ("talos/worker/10.0.0.5.yaml", patch),
    ]);
    let found = inspect(one.path());
    assert_eq!(each(&only(&found)["nodes"], "name"), "10.0.0.5");
    assert_eq!(each(&only(&found)["patches"], "scope"), "controlplane 10.0.0.5 worker");
}

#[test]
fn overlays_of_a_cluster_are_no_clusters() {
    let plane = |spec: &str| {
        format!(
            "---\napiVersion: controlplane.cluster.x-k8s.io/v1alpha3\nkind: TalosControlPlane\nmetadata: {{name: cp}}\nspec: {spec}\n"
        )
    };
    let cluster = |spec: &str| {
        format!(
            "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {{name: kube}}\nspec: {spec}\n"
        )
    };
    let base =
        cluster("{controlPlaneRef: {kind: TalosControlPlane, name: cp}}") + &plane("{version: v1.31.0}");
    let patch = |version: &str| cluster("{paused: true}") + &plane(&format!("{{version: {version}}}"));
    let kustomization = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [../../base]\npatches:\n  - path: patch.yaml\n";
    let one = repository(&[
        ("base/c.yaml", &base),
        ("overlays/dev/kustomization.yaml", kustomization),
        ("overlays/dev/patch.yaml", &patch("v1.32.4")),
        ("overlays/prod/kustomization.yaml", kustomization),
        ("overlays/prod/patch.yaml", &patch("v1.32.1")),
    ]);
    let found = inspect(one.path());
    let it = &only(&found)["kubernetes"];
    assert_eq!((&it["value"], &it["conflict"]), (&json!("v1.31.0"), &json!(false)));
    assert_eq!(
        all_said(&it["sources"]),
        ["base/c.yaml:9 v1.31.0", "overlays/dev/patch.yaml:9 v1.32.4", "overlays/prod/patch.yaml:9 v1.32.1"]
    );
    assert_eq!(it["sources"][1]["role"], "in the overlay overlays/dev");
}

#[test]
fn an_image_of_another_bootstrap_is_none_of_talos() {
    let text = |kind: &str| {
        format!(
            "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {{name: kube}}\nspec: {{controlPlaneRef: {{kind: {kind}, name: cp}}}}\n---\napiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: {kind}\nmetadata: {{name: cp}}\nspec: {{replicas: 3, machineTemplate: {{infrastructureRef: {{kind: HCloudMachineTemplate, name: t}}}}}}\n---\napiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: HCloudMachineTemplate\nmetadata: {{name: t}}\nspec: {{template: {{spec: {{type: cpx31, imageName: os-1.31.6-x}}}}}}\n"
        )
    };
    let of = |kind: &str| inspect(repository(&[("c.yaml", &text(kind))]).path());
    assert_eq!(only(&of("KubeadmControlPlane"))["talos"]["sources"], json!([]));
    assert_eq!(said(&only(&of("KubeadmControlPlane"))["pools"][0]["image"]), "c.yaml:14 os-1.31.6-x");
    assert_eq!(only(&of("TalosControlPlane"))["talos"]["value"], "1.31.6");
}

#[test]
fn omni_may_be_written_in_several_files() {
    let one = repository(&[
        ("omni/home/cluster.yaml", "kind: Cluster\nname: home\ntalos: {version: v1.9.1}\n"),
        ("omni/home/a-controlplane.yaml", "kind: ControlPlane\nmachines: [aaa]\n"),
        ("omni/home/a-machine.yaml", "kind: Machine\nname: bbb\nsystemExtensions: [siderolabs/zfs]\n"),
        ("omni/home/workers.yaml", "kind: Workers\nname: w\nmachines: [bbb]\n"),
        ("omni/two.yaml", "kind: Cluster\nname: two\n"),
    ]);
    let found = inspect(one.path());
    let home = &found["clusters"].as_array().unwrap().iter().find(|it| it["name"] == "home").unwrap();
    assert_eq!(each(&home["nodes"], "name"), "aaa bbb");
    assert_eq!(home["nodes"][1]["schematic"]["value"], "siderolabs/zfs");
}

#[test]
fn an_application_of_another_branch_is_not_looked_for_here() {
    let app = |name: &str, path: &str, revision: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec: {{source: {{repoURL: https://h/a/b, path: {path}, targetRevision: {revision}}}}}\n---\n"
        )
    };
    let text = app("a", "./apps/./a/", "HEAD") + &app("b", "gone", "other") + &app("c", "gone", "main");
    let found = inspect(repository(&[("x.yaml", &text), ("apps/a/k.yaml", "a: 1\n")]).path());
    let all = &found["delivery"]["argo"]["applications"];
    assert_eq!(each(all, "resolved"), "true false false");
    assert_eq!(all_said(&found["findings"][0]["sources"]), ["x.yaml:14 gone"]);
    assert_eq!(found["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn one_folder_of_opentofu_may_be_several_clusters() {
    let module = |name: &str, version: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"hcloud-talos/talos/hcloud\"\n  cluster_name = \"{name}\"\n  talos_version = \"{version}\"\n}}\n"
        )
    };
    let modules = module("a", "v1.9.1") + &module("b", "v1.10.0");
    let variables = "variable \"talos_version\" {}\nvariable \"cluster_name\" {}\nresource \"talos_machine_secrets\" \"x\" {}\n";
    let values =
        |name: &str, version: &str| format!("cluster_name = \"{name}\"\ntalos_version = \"{version}\"\n");
    let one = repository(&[
        ("one/main.tf", &modules),
        ("two/main.tf", variables),
        ("two/c.tfvars", &values("c", "v1.11.0")),
        ("two/d.tfvars", &values("d", "v1.12.0")),
    ]);
    let found = inspect(one.path());
    assert_eq!(each(&found["clusters"], "name"), "a b c d");
    let version = |at: usize| found["clusters"][at]["talos"]["value"].as_str().unwrap().to_owned();
    assert_eq!([version(0), version(1), version(2), version(3)], ["v1.9.1", "v1.10.0", "v1.11.0", "v1.12.0"]);
    assert_eq!(found["findings"], json!([]));
}
