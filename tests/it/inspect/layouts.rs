//! Small repositories of our own, one for each way of declaring clusters.

use super::{all_said, each, inspect, repository, said};
use serde_json::{Value, json};

fn only(found: &Value) -> &Value {
    let clusters = found["clusters"].as_array().unwrap();
    assert_eq!(clusters.len(), 1, "{clusters:#?}");
    &clusters[0]
}

#[test]
fn talhelper_says_its_version_in_several_places() {
    let config = "clusterName: home\ntalosVersion: &v v1.13.2\nkubernetesVersion: v1.35.0\nendpoint: https://10.0.0.9:6443\nschematic:\n  customization: {}\npatches:\n  - '@patches/all.yaml'\n  - '@patches/gone.yaml'\ncontrolPlane:\n  schematic:\n    customization:\n      systemExtensions:\n        officialExtensions: [siderolabs/iscsi-tools]\nnodes:\n  - &cp\n    hostname: cp-1\n    ipAddress: 10.0.0.1\n    controlPlane: true\n  - <<: *cp\n    hostname: cp-2\n    ipAddress: 10.0.0.2, fd00::2\n  - hostname: w-1\n    ipAddress: 10.0.0.3\n    patches:\n      - |-\n        machine:\n          install:\n            image: factory.talos.dev/installer/aa:v1.13.4\n";
    let one = repository(&[
        ("talos/talconfig.yaml", config),
        ("talos/patches/all.yaml", "machine:\n  kubelet:\n    image: ghcr.io/siderolabs/kubelet:v1.35.1\n"),
        ("talos/.gitignore", "clusterconfig/\n"),
        (
            "kubernetes/upgrade.yaml",
            "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: TalosUpgrade\nmetadata:\n  name: talos\nspec:\n  talos:\n    version: v1.12.9\n",
        ),
        (
            "kubernetes/plan.yaml",
            "apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata:\n  name: k8s\nspec:\n  version: v1.35.0\n  upgrade:\n    image: ghcr.io/siderolabs/talosctl:v1.13.2\n    args: [upgrade-k8s]\n",
        ),
        ("archive/talconfig.yaml", "clusterName: gone\ntalosVersion: v1.2.3\nnodes:\n  - hostname: x\n"),
    ]);
    let found = inspect(one.path());
    let clusters = found["clusters"].as_array().unwrap();
    assert_eq!(
        (each(&found["clusters"], "name").as_str(), &clusters[1]["active"]),
        ("home gone", &json!(false))
    );
    let home = &clusters[0];
    assert_eq!((&home["managed_by"], &home["folder"]), (&json!("talhelper"), &json!("talos")));
    assert_eq!(
        (each(&home["nodes"], "name"), each(&home["nodes"], "role")),
        ("cp-1 cp-2 w-1".into(), "controlplane controlplane worker".into())
    );
    assert_eq!(home["nodes"][1]["address"], "10.0.0.2,fd00::2");
    assert_eq!(said(&home["nodes"][2]["talos"]), "talos/talconfig.yaml:29 v1.13.4");
    assert_eq!(
        all_said(&home["talos"]["sources"]),
        ["talos/talconfig.yaml:2 v1.13.2", "kubernetes/upgrade.yaml:7 v1.12.9"]
    );
    assert_eq!(
        all_said(&home["kubernetes"]["sources"]),
        [
            "talos/talconfig.yaml:3 v1.35.0",
            "talos/patches/all.yaml:3 v1.35.1",
            "kubernetes/plan.yaml:6 v1.35.0"
        ]
    );
    assert_eq!(
        (&home["kubernetes"]["value"], &home["kubernetes"]["conflict"]),
        (&json!("v1.35.0"), &json!(true))
    );
    assert_eq!(each(&found["findings"], "kind"), "conflict conflict unresolved downgrade ignored");
    assert_eq!(all_said(&found["findings"][2]["sources"]), ["talos/talconfig.yaml:9 patches/gone.yaml"]);
    assert_eq!(all_said(&found["generated"]), ["talos/.gitignore:1 clusterconfig/"]);
}

#[test]
fn topf_lays_patches_by_folder() {
    let one = repository(&[
        (
            "topf.yaml",
            "# a\n---\nclusterName: lab\nclusterEndpoint: https://10.1.0.9:6443\nkubernetesVersion: 1.34.2\nnodes:\n  - host: cp1\n    ip: 10.1.0.1\n    role: control-plane\n  - host: w1\n    ip: 10.1.0.2\n    role: worker\n",
        ),
        ("all/01-install.yaml", "machine:\n  install:\n    image: factory.talos.dev/installer/bb:v1.12.1\n"),
        ("worker/a.yaml.tpl", "machine:\n  nodeLabels:\n    rack: {{ .Node.Data.rack }}\n"),
        ("node/w1/a.yaml", "machine:\n  install:\n    disk: /dev/sda\n"),
    ]);
    let found = inspect(one.path());
    let lab = only(&found);
    assert_eq!((&lab["managed_by"], &lab["name"]), (&json!("topf"), &json!("lab")));
    assert_eq!((&lab["talos"]["value"], &lab["talos"]["kind"]), (&json!("v1.12.1"), &json!("image")));
    assert_eq!(all_said(&lab["kubernetes"]["sources"]), ["topf.yaml:5 1.34.2"]);
    assert_eq!(each(&lab["nodes"], "role"), "controlplane worker");
    assert_eq!(
        (each(&lab["patches"], "scope"), each(&lab["patches"], "form")),
        ("cluster worker w1".into(), "strategic template strategic".into())
    );
}

#[test]
fn omni_has_documents_without_a_version_of_an_api() {
    let one = repository(&[
        (
            "omni/home/template.yaml",
            "kind: Cluster\nname: home\nkubernetes:\n  version: v1.35.2\ntalos:\n  version: v1.13.1\npatches:\n  - file: p.yaml\n---\nkind: ControlPlane\nmachines:\n  - 1111-aaaa\n  - 2222-bbbb\n---\nkind: Workers\nname: big\nmachineClass:\n  name: amd\n  size: unlimited\n---\nkind: Machine\nname: 1111-aaaa\npatches:\n  - name: disk\n    inline:\n      machine:\n        install:\n          disk: /dev/nvme0n1\n",
        ),
        ("omni/home/p.yaml", "cluster:\n  network:\n    cni:\n      name: none\n"),
        (
            "k8s/pg.yaml",
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata:\n  name: pg\nspec:\n  instances: 3\n",
        ),
    ]);
    let found = inspect(one.path());
    let home = only(&found);
    assert_eq!(
        (&home["managed_by"], &home["talos"]["value"], &home["kubernetes"]["value"]),
        (&json!("omni"), &json!("v1.13.1"), &json!("v1.35.2"))
    );
    assert_eq!(each(&home["nodes"], "name"), "1111-aaaa 2222-bbbb");
    assert_eq!((&home["pools"][0]["name"], &home["pools"][0]["replicas"]), (&json!("big"), &json!(null)));
    assert_eq!(each(&home["patches"], "scope"), "cluster 1111-aaaa");
    assert_eq!(
        (&home["patches"][1]["fields"][0]["field"], &home["patches"][1]["line"]),
        (&json!("machine.install.disk"), &json!(28))
    );
}

#[test]
fn templates_of_machine_configs_are_read_around() {
    let base = "version: v1alpha1\nmachine:\n  type: controlplane\n {% if role %}\n  kubelet:\n    image: ghcr.io/siderolabs/kubelet:v1.36.2\n {% endif %}\n  install:\n    image: factory.talos.dev/installer/{{ ENV.SCHEMATIC }}:v1.13.5\n  token: op://vault/item/TOKEN\ncluster:\n  clusterName: main\n  controlPlane:\n    endpoint: https://k8s.internal:6443\n";
    let node = "---\napiVersion: v1alpha1\nkind: HostnameConfig\nhostname: k8s-0\n---\nmachine:\n  network:\n    interfaces: []\n";
    let one = repository(&[
        ("kubernetes/talos/machineconfig.yaml.j2", base),
        ("kubernetes/talos/nodes/controlplane/k8s-0.yaml.j2", node),
        ("kubernetes/talos/nodes/worker/192.168.1.20.yaml.j2", "machine:\n  sysctls: {{ x }}\n"),
        (
            "kubernetes/apps/tuppr.yaml",
            "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: KubernetesUpgrade\nmetadata: {name: k}\nspec: {kubernetes: {version: v1.36.4}}\n",
        ),
    ]);
    let found = inspect(one.path());
    let main = only(&found);
    assert_eq!(
        (&main["managed_by"], &main["name"], &main["folder"]),
        (&json!("jinja"), &json!("main"), &json!("kubernetes/talos"))
    );
    assert_eq!(all_said(&main["talos"]["sources"]), ["kubernetes/talos/machineconfig.yaml.j2:9 v1.13.5"]);
    assert_eq!(
        all_said(&found["findings"][0]["sources"]),
        ["kubernetes/talos/machineconfig.yaml.j2:6 v1.36.2", "kubernetes/apps/tuppr.yaml:4 v1.36.4"]
    );
    assert_eq!(
        (each(&main["nodes"], "name"), each(&main["nodes"], "role")),
        ("k8s-0 192.168.1.20".into(), "controlplane worker".into())
    );
    assert_eq!(main["nodes"][1]["address"], "192.168.1.20");
    assert_eq!(
        said(&main["endpoint"]),
        "kubernetes/talos/machineconfig.yaml.j2:14 https://k8s.internal:6443"
    );
}

#[test]
fn talosctl_by_a_script_has_what_the_script_says() {
    let one = repository(&[
        (
            "talos/gen.sh",
            "#!/bin/sh\ntalosctl gen config edge https://10.2.0.1:6443 \\\n  --kubernetes-version 1.33.1 \\\n  --config-patch @patches/cni.yaml\n",
        ),
        ("talos/patches/cni.yaml", "cluster:\n  network:\n    cni:\n      name: none\n"),
        (
            "talos/schematic.yaml",
            "customization:\n  systemExtensions:\n    officialExtensions:\n      - siderolabs/zfs\n",
        ),
    ]);
    let found = inspect(one.path());
    let edge = only(&found);
    assert_eq!((&edge["managed_by"], &edge["name"]), (&json!("talosctl"), &json!("edge")));
    assert_eq!(
        (&edge["talos"]["value"], &edge["kubernetes"]["value"]),
        (&json!("unknown"), &json!("1.33.1"))
    );
    let open = inspect(
        repository(&[("gen.sh", "talosctl gen config \"$CLUSTER_NAME\" \"https://$IP:6443\"\n")]).path(),
    );
    assert_eq!((&only(&open)["name"], &only(&open)["source"]), (&json!("unknown"), &json!(null)));
    assert_eq!(all_said(&open["findings"][0]["sources"]), ["gen.sh:1 $CLUSTER_NAME"]);
    assert_eq!(all_said(&edge["schematics"]), ["talos/schematic.yaml:1 siderolabs/zfs"]);
}

#[test]
fn opentofu_is_read_and_not_evaluated() {
    let main = "module \"talos\" {\n  source  = \"hcloud-talos/talos/hcloud\"\n  version = \"3.0.1\"\n  cluster_name       = local.name\n  talos_version      = var.talos_version\n  kubernetes_version = \"1.33.0\"\n  control_plane_nodes = [\n    { id = 1, type = \"cax11\" },\n    { id = 2, type = \"cax11\" },\n  ]\n  worker_nodepools = [\n    { name = \"w\", type = \"cx22\", location = \"fsn1\", count = 3 },\n  ]\n}\nlocals {\n  name = \"prod\"\n  home = [\"10.0.0.0/8\", \"fd00::/8\"]\n}\nvariable \"talos_version\" {\n  default = \"v1.11.0\"\n}\nvariable \"token\" {}\nresource \"hcloud_firewall\" \"main\" {\n  name = \"${local.name}\"\n  rule {\n    direction  = \"in\"\n    protocol   = \"tcp\"\n    port       = \"6443\"\n    source_ips = local.home\n  }\n  rule {\n    direction       = \"out\"\n    protocol        = \"icmp\"\n    destination_ips = [var.unknown, \"0.0.0.0/0\"]\n  }\n}\nresource \"hcloud_network\" \"net\" {\n  name     = \"net\"\n  ip_range = \"10.0.0.0/16\"\n}\n";
    let one = repository(&[
        ("infra/main.tf", main),
        ("infra/b.auto.tfvars", "talos_version = \"v1.11.2\"\n"),
        ("infra/a.auto.tfvars", "talos_version = \"v1.11.1\"\n"),
        ("infra/terraform.tfvars", "talos_version = \"v1.10.0\"\n"),
        (
            "modules/talos/main.tf",
            "variable \"cluster_name\" {}\nresource \"talos_machine_secrets\" \"this\" {}\n",
        ),
    ]);
    let found = inspect(one.path());
    let prod = only(&found);
    assert_eq!(
        (&prod["managed_by"], said(&prod["source"]).as_str()),
        (&json!("opentofu"), "infra/main.tf:16 prod")
    );
    assert_eq!(all_said(&prod["talos"]["sources"])[0], "infra/b.auto.tfvars:1 v1.11.2");
    assert_eq!(prod["talos"]["sources"].as_array().unwrap().len(), 4, "{}", prod["talos"]);
    assert_eq!((&prod["talos"]["value"], &prod["talos"]["conflict"]), (&json!("v1.11.2"), &json!(false)));
    assert_eq!(prod["kubernetes"]["value"], "1.33.0");
    assert_eq!(
        (each(&prod["pools"], "role"), each(&prod["pools"], "replicas")),
        ("controlplane worker".into(), "2 3".into())
    );
    assert_eq!(all_said(&found["modules"]), ["modules/talos/main.tf:2 "], "a module is no cluster");
    let wall = &found["cloud"]["firewalls"][0];
    assert_eq!(
        (&wall["name"], &wall["source"]["line"], &wall["source"]["last_line"]),
        (&json!("prod"), &json!(23), &json!(36))
    );
    let rules = wall["rules"].as_array().unwrap();
    assert_eq!(
        (&rules[0]["source_ips"], &rules[0]["literal"]),
        (&json!(["10.0.0.0/8", "fd00::/8"]), &json!(true))
    );
    assert_eq!((&rules[0]["source"]["line"], &rules[0]["source"]["last_line"]), (&json!(25), &json!(30)));
    assert_eq!(
        (&rules[1]["destination_ips"], &rules[1]["literal"]),
        (&json!(["var.unknown", "0.0.0.0/0"]), &json!(false))
    );
    assert_eq!(found["cloud"]["networks"][0]["name"], "net");
}

#[test]
fn several_clusters_are_kept_apart() {
    let config = |name: &str, version: &str| {
        format!(
            "clusterName: {name}\ntalosVersion: {version}\nnodes:\n  - hostname: {name}-1\n    ipAddress: 10.0.0.1\n"
        )
    };
    let upgrade = "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: TalosUpgrade\nmetadata: {name: t}\nspec: {talos: {version: v1.13.3}}\n";
    let one = repository(&[
        ("clusters/one/talos/talconfig.yaml", &config("one", "v1.13.3")),
        ("clusters/two/talos/talconfig.yaml", &config("two", "v1.12.0")),
        ("clusters/one/apps/tuppr.yaml", upgrade),
        ("Makefile", "TALOS_VERSION = v1.13.3\n"),
    ]);
    let found = inspect(one.path());
    assert_eq!(each(&found["clusters"], "name"), "one two");
    let sources = |at: usize| found["clusters"][at]["talos"]["sources"].as_array().unwrap().len();
    assert_eq!((sources(0), sources(1)), (2, 1), "the Makefile is of neither alone");
    assert_eq!(found["findings"], json!([]));
}

#[test]
fn application_sets_are_expanded_as_far_as_git_says() {
    let set = |name: &str, generator: &str, template: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: {name}}}\nspec:\n  goTemplate: true\n  generators:\n{generator}  template:\n    metadata: {{name: '{template}'}}\n    spec: {{source: {{repoURL: https://h/a/b, path: '{{{{ .path.path }}}}'}}}}\n"
        )
    };
    let folders = "    - git:\n        repoURL: https://h/a/b.git\n        directories:\n          - path: apps/*\n          - path: apps/old-*\n            exclude: true\n";
    let files =
        "    - git:\n        repoURL: https://h/a/b\n        files:\n          - path: envs/**/config.json\n";
    let list = "    - list:\n        elements:\n          - {env: dev}\n          - {env: prod}\n";
    let deeper = |text: &str| {
        text.replace("\n    ", "\n            ")
            .replacen("    - ", "            - ", 1)
            .trim_end_matches(' ')
            .to_owned()
    };
    let matrix = format!("    - matrix:\n        generators:\n{}{}", deeper(list), deeper(folders));
    let other = "    - clusters: {}\n";
    let one = repository(&[
        ("sets/folders.yaml", &set("folders", folders, "app-{{ .path.basename }}")),
        ("sets/files.yaml", &set("files", files, "{{ .cluster.name }}")),
        ("sets/list.yaml", &set("list", list, "x-{{ .env }}")),
        ("sets/matrix.yaml", &set("matrix", &matrix, "{{ .env }}-{{ .path.basename }}")),
        ("sets/clusters.yaml", &set("clusters", other, "{{ .name }}")),
        ("apps/a/x.yaml", "a: 1\n"),
        ("apps/b/deep/x.yaml", "a: 1\n"),
        ("apps/old-c/x.yaml", "a: 1\n"),
        ("apps/.hidden/x.yaml", "a: 1\n"),
        ("envs/eu/config.json", "{\"cluster\": {\"name\": \"eu-1\"}}\n"),
        (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: root}\nspec: {source: {repoURL: https://h/a/b, path: gone}}\n",
        ),
    ]);
    let found = inspect(one.path());
    let sets = found["delivery"]["argo"]["application_sets"].as_array().unwrap();
    let of = |name: &str| sets.iter().find(|it| it["name"] == name).unwrap();
    let names = |name: &str| each(&of(name)["generates"], "name");
    assert_eq!(
        (names("folders"), each(&of("folders")["generates"], "path")),
        ("app-a app-b".into(), "apps/a apps/b".into())
    );
    assert_eq!((names("files"), names("list")), ("eu-1".into(), "x-dev x-prod".into()));
    assert_eq!(names("matrix"), "dev-a dev-b prod-a prod-b");
    assert_eq!(of("matrix")["generator"], "matrix(list, git-directories)");
    assert_eq!(
        (&of("folders")["unresolved"], of("clusters")["unresolved"].is_string()),
        (&json!(null), true)
    );
    assert_eq!(all_said(&found["findings"][0]["sources"]), ["app.yaml:4 gone"]);
}

#[test]
fn flux_substitutions_are_shown_and_not_filled_in() {
    let one = repository(&[
        (
            "flux/ks.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: flux-system\nspec:\n  path: ./kubernetes/${CLUSTER}/apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n  decryption: {provider: sops}\n  postBuild:\n    substitute:\n      CLUSTER: main\n    substituteFrom:\n      - {kind: Secret, name: settings}\n",
        ),
        (
            "kubernetes/main/apps/hr.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cilium}\nspec:\n  chartRef: {kind: OCIRepository, name: cilium}\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: cilium}\nspec:\n  url: oci://quay.io/cilium/charts/cilium\n  ref:\n    tag: 1.18.1\n",
        ),
        (
            "kubernetes/main/apps/kustomization.yaml",
            "resources:\n  - hr.yaml\n  - https://github.com/x/y//deploy?ref=v2.1.0\nhelmCharts:\n  - name: app\n    repo: https://charts.example.org\n    version: 4.5.6\n",
        ),
    ]);
    let found = inspect(one.path());
    let it = &found["delivery"]["flux"]["kustomizations"][0];
    assert_eq!(
        (&it["path"], &it["resolved_path"]),
        (&json!("./kubernetes/${CLUSTER}/apps"), &json!("kubernetes/main/apps"))
    );
    assert_eq!(
        (&it["substitutes"][0]["name"], said(&it["substitutes"][0]["source"])),
        (&json!("CLUSTER"), "flux/ks.yaml:12 main".into())
    );
    assert_eq!(
        (&it["decryption"], all_said(&it["substitutes_from"])),
        (&json!("sops"), vec!["flux/ks.yaml:14 settings".to_owned()])
    );
    let release = &found["delivery"]["flux"]["helm_releases"][0];
    assert_eq!(
        (&release["chart"], said(&release["version"])),
        (&json!("cilium"), "kubernetes/main/apps/hr.yaml:13 1.18.1".into())
    );
    assert_eq!(each(&found["delivery"]["charts"], "chart"), "cilium app");
    assert_eq!(
        said(&found["delivery"]["remotes"][0]["version"]),
        "kubernetes/main/apps/kustomization.yaml:3 v2.1.0"
    );
    assert_eq!(found["findings"], json!([]));
}

#[test]
fn sets_of_templates_of_cluster_api_are_not_in_force() {
    let text = "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\nspec:\n  controlPlaneRef: {kind: TalosControlPlane, name: '${CLUSTER_NAME}-cp'}\n---\napiVersion: controlplane.cluster.x-k8s.io/v1alpha3\nkind: TalosControlPlane\nmetadata:\n  name: ${CLUSTER_NAME}-cp\nspec:\n  version: ${KUBERNETES_VERSION}\n  replicas: ${CONTROL_PLANE_MACHINE_COUNT}\n";
    let found = inspect(repository(&[("templates/aws.yaml", text)]).path());
    let it = only(&found);
    assert_eq!(
        (&it["active"], &it["kubernetes"]["value"], &it["pools"][0]["replicas"]),
        (&json!(false), &json!("unknown"), &json!(null))
    );
    assert_eq!(all_said(&it["kubernetes"]["sources"]), ["templates/aws.yaml:13 ${KUBERNETES_VERSION}"]);
}

/// No value of a secret is told, wherever it stands.
#[test]
fn secrets_in_clear_are_masked() {
    let text = "clusterName: home\nnodes:\n  - hostname: a\n    patches:\n      - |\n        machine:\n          token: abcdef.0123456789abcdef\n        cluster:\n          secretboxEncryptionSecret: c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n          aggregatorCA:\n            key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg==\n";
    let one = repository(&[("talconfig.yaml", text)]);
    let said = inspect(one.path()).to_string();
    for secret in ["0123456789abcdef", "c2VjcmV0", "LS0tLS1C"] {
        assert!(!said.contains(secret), "{secret}");
    }
    assert!(said.contains("machine.token"));
}
