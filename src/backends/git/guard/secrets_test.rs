//! Secrets that are found, and what is none.

use super::*;
use domain::RepoPath;
use gix::object::tree::EntryKind;

const RANDOM: &str = "jt5gk2x8d3m1q9zr4v7bnc";

fn landed(path: &str, before: Option<&str>, after: &str) -> Landed {
    Landed {
        path: RepoPath(path.into()),
        before: before.map(str::to_owned),
        after: Some(after.into()),
        kind: EntryKind::Blob,
        values: None,
    }
}

fn said(path: &str, before: Option<&str>, after: &str) -> Vec<String> {
    let file = landed(path, before, after);
    let known: HashSet<String> = before.into_iter().flat_map(texts_of).collect();
    let checks = of_file(&file, &known);
    let all = format!("{checks:?}");
    assert!(!all.contains(RANDOM) && !all.contains("hunter2"), "a value is told: {all}");
    checks.into_iter().map(|it| format!("{:?} {}", it.verdict, it.says)).collect()
}

#[test]
fn a_secret_does_not_stand_in_clear() {
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  username: jo\n  password: hunter2\n  blob: {RANDOM}\n  url: https://x\n"
    );
    assert_eq!(
        said("s.yaml", None, &text),
        [
            "Bad s.yaml:6 stringData.password of a Secret would stand in clear",
            "Bad s.yaml:7 stringData.blob of a Secret would stand in clear"
        ]
    );
    let data = format!("apiVersion: v1\nkind: Secret\ndata:\n  token: {}\n", STANDARD.encode("hunter2"));
    assert_eq!(said("s.yaml", None, &data), ["Bad s.yaml:4 data.token of a Secret would stand in clear"]);
    for calm in [
        "apiVersion: v1\nkind: Secret\nstringData:\n  password: $2y$10$0123456789\n  token: ${TOKEN}\n  tls.crt: x\n",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    token: jt5gk2x8d3m1q9zr4v7bnc0\n",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  data:\n    - secretKey: TOKEN_2\n      remoteRef: {key: a/b}\n",
    ] {
        assert_eq!(said("s.yaml", None, calm), Vec::<String>::new(), "{calm}");
    }
}

#[test]
fn secrets_of_talos_are_found_even_in_patches() {
    let config =
        format!("version: v1alpha1\nmachine:\n  token: {RANDOM}\n  ca: {{crt: x, key: hunter2xx}}\n");
    assert_eq!(
        said("cp.yaml", None, &config),
        [
            "Bad cp.yaml:3 machine.token would be a secret of Talos or its cluster in clear",
            "Bad cp.yaml:4 machine.ca.key would be a secret of Talos or its cluster in clear"
        ]
    );
    let patch = format!(
        "kind: TalosControlPlane\nspec:\n  strategicPatches:\n    - |-\n      cluster:\n        secretboxEncryptionSecret: {RANDOM}\n"
    );
    assert_eq!(
        said("p.yaml", None, &patch),
        ["Bad p.yaml:6 cluster.secretboxEncryptionSecret would be a secret of Talos or its cluster in clear"]
    );
    let other = "spec:\n  machine:\n    token: plain-words-only\n";
    assert_eq!(said("o.yaml", None, other), Vec::<String>::new());
}

#[test]
fn what_stood_there_before_is_not_brought_in() {
    let before = format!("a: 1\ntoken: {RANDOM}\n");
    assert_eq!(said("v.yaml", Some(&before), &before.replace("a: 1", "a: 2")), Vec::<String>::new());
    assert_eq!(said("v.yaml", Some("a: 1\n"), &before), ["Bad v.yaml:2 token looks like a secret in clear"]);
    assert_eq!(
        said("v.yaml", None, "grafana:\n  adminPassword: prom-operator\n"),
        ["Note v.yaml:2 grafana.adminPassword is called a password and stands in clear"]
    );
}

#[test]
fn other_files_are_looked_through_by_their_lines() {
    let env = format!("# notes\nexport HCLOUD_TOKEN={RANDOM}\nNAME=talos-amd64-v1.12.2\n");
    assert_eq!(said(".env", None, &env), ["Bad .env:2 HCLOUD_TOKEN looks like a secret in clear"]);
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(said("id", None, key)[0], "Bad id:1 would be a private key in clear");
    let put_aside = format!("a: 1\n# AGE-SECRET-KEY-1{}\n", "Q".repeat(58));
    assert_eq!(
        said("a.yaml", Some("a: 1\n"), &put_aside),
        ["Bad a.yaml:2 a comment would hold a secret key of age in clear"]
    );
    assert_eq!(said("main.tf", None, "variable \"token\" {\n  type = string\n}\n"), Vec::<String>::new());
}
