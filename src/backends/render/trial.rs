//! Renderers of shell on small trees: what they are given, what they may not have, and what becomes of them.

use super::*;

const SETTINGS: &str = "[clusters.k]\nrender = ['./r.sh', '{out}']\n";

fn tree(script: &str) -> Tree {
    Tree::of(&[
        (".pilothouse.toml", SETTINGS),
        ("r.sh", &format!("#!/bin/sh\n{script}\n")),
        ("a.yaml", "a: 1\n"),
    ])
}

fn tools() -> Tools {
    Tools { allowed: vec!["./r.sh {out}".into()], ..Tools::default() }
}

#[tokio::test]
async fn a_renderer_gets_the_tree_and_nothing_else() {
    let key = tempfile::NamedTempFile::new().unwrap();
    let tools = Tools { age_key_file: Some(key.path().to_owned()), ..tools() };
    let script = "env | cut -d= -f1 | grep -v '^PWD$\\|^_$\\|^SHLVL$\\|^OLDPWD$' | sort > $1/env.yaml\n\
                  cp a.yaml $1/n-1.yaml\nread line || echo none > $1/input.yaml\n\
                  tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' > $1/net.yaml";
    let done = render(&tree(script), &tools, &Live::default()).await.unwrap();
    let text = |name: &str| {
        done.nodes.iter().find(|it| it.name == name).map(|it| it.config.text().to_owned()).unwrap_or_default()
    };
    assert_eq!(text("n-1"), "a: 1\n");
    assert_eq!(text("env").split_whitespace().collect::<Vec<_>>(), ["HOME", "PATH", "SOPS_AGE_KEY_FILE"]);
    assert_eq!(text("input"), "none\n");
    if done.rendered.isolation == "without a network" {
        assert_eq!(text("net").trim(), "lo");
    }
    assert!(!format!("{done:?}").contains("a: 1"), "what was rendered does not print");
    // The same tree with another key is made of other secrets.
    std::fs::write(key.path(), "AGE-SECRET-KEY-1X").unwrap();
    let other = render(&tree(script), &tools, &Live::default()).await.unwrap();
    assert_ne!(done.secrets, other.secrets);
}

#[tokio::test]
async fn one_that_fails_says_why_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let script = format!(
        "pwd > {}/where; echo 'token: hunter2' >&2; echo 'no such patch: x.yaml' >&2; exit 3",
        place.path().display()
    );
    let err = render(&tree(&script), &tools(), &Live::default()).await.unwrap_err().to_string();
    assert!(err.contains("no such patch: x.yaml") && !err.contains("hunter2"), "{err}");
    let where_it_was = std::fs::read_to_string(place.path().join("where")).unwrap();
    assert!(!std::path::Path::new(where_it_was.trim()).exists());
    let err = render(&tree("true"), &tools(), &Live::default()).await.unwrap_err();
    assert!(matches!(err, RenderFailure::Missing { .. }), "{err}");
    let nowhere = Tree::of(&[(".pilothouse.toml", &SETTINGS.replace("./r.sh", "no-such-renderer"))]);
    let allowed = Tools { allowed: vec!["no-such-renderer {out}".into()], ..Tools::default() };
    let err = render(&nowhere, &allowed, &Live::default()).await.unwrap_err();
    assert!(err.told().contains("install no-such-renderer"), "{}", err.told());
}

#[tokio::test]
async fn one_that_does_not_end_is_ended_with_all_it_started() {
    let place = tempfile::tempdir().unwrap();
    let pid = place.path().join("pid");
    let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
    let (tree, tools) = (tree(&script), tools());
    let found = layout::find(&tree, &tools, &Live::default()).unwrap();
    let folder = Folder::make().unwrap();
    folder.export(&tree).unwrap();
    // It is given up as soon as it has started another.
    let started = async {
        while !pid.exists() {
            tokio::task::yield_now().await;
        }
    };
    let key = shut_in::Key::None;
    tokio::select! {
        ended = shut_in::run(&found.job, &folder, &tools, &key, PATIENCE) => panic!("{ended:?}"),
        () = started => {}
    }
    let child = std::fs::read_to_string(&pid).unwrap();
    crate::program::trial::gone(child.trim()).await;
    let slow = shut_in::run(&found.job, &folder, &tools, &key, Duration::from_millis(1)).await.unwrap_err();
    assert!(matches!(slow, RenderFailure::Slow { .. }), "{slow}");
}

#[tokio::test]
async fn a_talconfig_is_rendered_by_the_talhelper_that_is_found() {
    let bin = tempfile::tempdir().unwrap();
    let talhelper = bin.path().join("talhelper");
    let config = "clusterName: home\nendpoint: https://10.0.0.1:6443\nnodes:\n- {hostname: cp-1, ipAddress: 10.0.0.1, controlPlane: true}\n";
    let tree = Tree::of(&[("t/talconfig.yaml", config), ("t/talsecret.sops.yaml", "a: ENC[x]\nsops: {}\n")]);
    let live = Live { names: vec![], addresses: vec!["10.0.0.1".into()] };
    let tools = Tools { folder: Some(bin.path().to_owned()), ..Tools::default() };
    let script = "test \"$1\" = genconfig || exit 1\ncat \"$3\" > \"$5/home-cp-1.yaml\"";
    crate::program::trial::script(&talhelper, script);
    let done = render(&tree, &tools, &live).await.unwrap();
    assert_eq!(done.nodes[0].config.text(), config);
    assert_eq!((done.rendered.by.as_str(), done.rendered.cluster.as_str()), ("talhelper", "home"));
    assert_eq!(done.nodes[0].addresses, ["10.0.0.1"]);
}
