//! A machine config that is changed past Git: heard with the line that says what it should be, brought into Git by a
//! draft that renders to what is in force, and nothing at all where nothing was changed.

use crate::harness::PATIENCE;
use crate::harness::cockpit::Cockpit;
use crate::harness::talosctl::Talosctl;
use app::Model;
use backends::Sources;
use domain::{Basis, ConfigComparison, Draft, Finding, Look, Mend, NodeName, ObjectRef, Pending, Sureness};
use simulator::{Options, Served, WorldKind, serve};
use std::path::Path;
use wire::machine::apply_configuration_request::Mode;

fn sources(dir: &Path) -> Sources {
    Sources {
        kubeconfig: Some(dir.join("kubeconfig")),
        talosconfig: Some(dir.join("talosconfig")),
        repository: Some(dir.join("repo")),
        tools: Some(dir.join("bin")).filter(|it| it.is_dir()),
        age_key_file: Some(dir.join("age.key")).filter(|it| it.is_file()),
        ..Sources::default()
    }
}

async fn world(dir: &Path, kind: WorldKind) -> Served {
    let program = Some(env!("CARGO_BIN_EXE_pilothouse").into());
    let options = Options {
        dir: dir.join("world"),
        world: kind,
        nodes: kind.usual_nodes(),
        program,
        speed: 10.0,
        ..Options::default()
    };
    serve(&options).await.unwrap()
}

fn of<'a>(model: &'a Model, node: &str) -> Option<&'a ConfigComparison> {
    model.world.configs.get(&NodeName(node.into()))
}

/// Every node was compared, and is what it should be; and the fleet, which is heard beside it, knows it too.
fn all_equal(model: &Model, count: usize) -> bool {
    let all = &model.world.configs;
    all.len() == count
        && all.iter().all(|it| model.world.nodes.get(&it.node).is_some())
        && all.iter().all(|it| it.basis.is_ok() && it.fields.is_empty() && it.pending.is_none())
}

fn address(model: &Model, node: &str) -> String {
    model.world.nodes.get(&NodeName(node.into())).unwrap().address.clone()
}

async fn mended(cockpit: &Cockpit, mend: Mend) -> Result<Draft, String> {
    let tip = cockpit.model.world.sources.as_ref().unwrap().commit.clone();
    let looked = tokio::time::timeout(PATIENCE, cockpit.look(Look::Mend { tip, mend })).await.unwrap();
    looked.map(|it| match it {
        Finding::Mended { draft, .. } => draft,
        other => panic!("{other:?}"),
    })
}

fn config(node: &str, document: &str, field: &str) -> Mend {
    Mend::Config { node: NodeName(node.into()), document: document.into(), field: field.into() }
}

/// What a draft renders to is what a node has in force.
async fn renders_to_live(cockpit: &Cockpit, draft: &Draft, node: &str, field: &str, live: Option<&str>) {
    let look = Look::Preview { draft: draft.clone(), of: None };
    let Finding::Previewed(previewed) = cockpit.look(look).await.unwrap() else { panic!("no preview") };
    let preview = previewed.nodes.iter().find(|it| it.node.0 == node).unwrap();
    let change = preview.fields.iter().find(|it| it.field == field);
    let change = change.unwrap_or_else(|| panic!("{field} is no change: {:?}", preview.fields));
    assert_eq!(change.after.as_deref(), live, "{:?}", preview.fields);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_past_talhelper_is_heard_and_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), WorldKind::Talhelper).await;
    let at = world.dir().to_owned();
    let mut cockpit = Cockpit::of(sources(&at));
    cockpit.until("every node is as talhelper renders it", |it| all_equal(it, 5)).await;

    let talosctl = Talosctl::of(&at.join("talosconfig"));
    let (worker, plane) = ("home-wk-1", "home-cp-2");
    let here = address(&cockpit.model, worker);
    talosctl
        .edit(&here, "fs.inotify.max_user_instances: '8192'", "fs.inotify.max_user_instances: '512'")
        .await;
    cockpit.until("the change is heard", |it| of(it, worker).is_some_and(|it| !it.fields.is_empty())).await;
    let is = of(&cockpit.model, worker).unwrap();
    let [unlike] = is.fields.as_slice() else { panic!("{:?}", is.fields) };
    assert_eq!(unlike.field, "machine.sysctls.fs.inotify.max_user_instances");
    assert_eq!((unlike.wanted.as_deref(), unlike.live.as_deref()), (Some("8192"), Some("512")));
    let written = unlike.written.as_ref().unwrap();
    let text = std::fs::read_to_string(at.join("repo").join(&written.path.0)).unwrap();
    let line = text.lines().nth(written.line as usize - 1).unwrap();
    assert!(line.contains("max_user_instances: \"8192\""), "{}:{}: {line}", written.path, written.line);
    assert_eq!(written.sure, Sureness::Exact);
    assert!(matches!(&is.basis, Ok(Basis::Rendered { by, .. }) if by == "talhelper") && is.changed.is_some());
    let other = |it: &ConfigComparison| it.node.0 == worker || it.fields.is_empty();
    assert!(cockpit.model.world.configs.iter().all(other), "only the one that was changed");

    let field = unlike.field.clone();
    let draft = mended(&cockpit, config(worker, "", &field)).await.unwrap();
    assert_eq!(draft.files.len(), 1);
    let body = draft.files[0].body.as_ref().unwrap();
    assert_eq!(*body, text.replace("max_user_instances: \"8192\"", "max_user_instances: \"512\""));
    renders_to_live(&cockpit, &draft, worker, &field, Some("512")).await;

    // A key that no file has, and a document: both go to the node's own patches.
    let there = address(&cockpit.model, plane);
    talosctl.edit(&there, "  sysctls:", "  sysctls:\n    vm.swappiness: '10'").await;
    let before = talosctl.config(&there).await;
    let sink = "---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: nas\nurl: tcp://10.0.0.9:6050/\n";
    talosctl.apply(&there, &format!("{}\n{sink}", before.trim_end()), Mode::NoReboot).await;
    cockpit.until("both are heard", |it| of(it, plane).is_some_and(|it| it.fields.len() == 2)).await;
    let draft = mended(&cockpit, config(plane, "", "machine.sysctls.vm.swappiness")).await.unwrap();
    renders_to_live(&cockpit, &draft, plane, "machine.sysctls.vm.swappiness", Some("10")).await;
    let draft = mended(&cockpit, config(plane, "KmsgLogConfig nas", "")).await.unwrap();
    renders_to_live(&cockpit, &draft, plane, "url", Some("tcp://10.0.0.9:6050/")).await;

    // What is secret is compared, never shown, and not written into a file.
    let key = "secretboxEncryptionSecret";
    let secret = before.lines().find_map(|it| it.trim().strip_prefix(key)?.strip_prefix(": ")).unwrap();
    talosctl.edit(&there, secret, "hunter2hunter2hunter2hunter2hunter2hunter2aA").await;
    let masked = |it: &ConfigComparison| it.fields.iter().any(|it| it.field == format!("cluster.{key}"));
    cockpit.until("the secret is another one", |it| of(it, plane).is_some_and(masked)).await;
    let told = format!("{:?}", of(&cockpit.model, plane).unwrap());
    assert!(!told.contains("hunter2") && !told.contains(secret), "{told}");
    let refused = mended(&cockpit, config(plane, "", "cluster.secretboxEncryptionSecret")).await.unwrap_err();
    assert!(refused.contains("secret"), "{refused}");

    // What is tried is in force, and not on the disk.
    let other = address(&cockpit.model, "home-cp-3");
    let tried = talosctl.config(&other).await.replacen("time.cloudflare.com", "time.example", 1);
    talosctl.apply(&other, &tried, Mode::Try).await;
    let trying = |it: &ConfigComparison| it.pending == Some(Pending::Try) && it.waiting.len() == 1;
    cockpit.until("it is tried", |it| of(it, "home-cp-3").is_some_and(trying)).await;
    drop(cockpit);

    // A reader learns what it may not see.
    let reader = Sources { talosconfig: Some(at.join("talosconfig-reader")), ..sources(&at) };
    let mut cockpit = Cockpit::of(reader);
    let withheld = |it: &ConfigComparison| it.basis.as_ref().is_err_and(|why| why.contains("os:admin"));
    cockpit.until("it says so", |it| of(it, worker).is_some_and(withheld)).await;
    drop(cockpit);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_past_cluster_api_is_heard_and_rolled() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), WorldKind::Default).await;
    let at = world.dir().to_owned();
    let mut cockpit = Cockpit::of(sources(&at));
    cockpit.until("every node is as it was made", |it| all_equal(it, 6)).await;
    let made = |it: &ConfigComparison| matches!(it.basis, Ok(Basis::Bootstrap { .. }));
    assert!(cockpit.model.world.configs.iter().all(made));

    let talosctl = Talosctl::of(&at.join("talosconfig"));
    let plane = cockpit.model.world.configs.iter().map(|it| it.node.0.clone()).find(|it| it.contains("cp"));
    let plane = plane.unwrap();
    let here = address(&cockpit.model, &plane);
    talosctl.edit(&here, "net.core.somaxconn: '65535'", "net.core.somaxconn: '1024'").await;
    cockpit.until("the change is heard", |it| of(it, &plane).is_some_and(|it| !it.fields.is_empty())).await;
    let [unlike] = of(&cockpit.model, &plane).unwrap().fields.as_slice() else { panic!("one field differs") };
    let (field, written) = (unlike.field.clone(), unlike.written.clone().unwrap());
    let text = std::fs::read_to_string(at.join("repo").join(&written.path.0)).unwrap();
    let line = text.lines().nth(written.line as usize - 1).unwrap();
    assert!(line.contains("net.core.somaxconn: \"65535\""), "{}:{}: {line}", written.path, written.line);

    let draft = mended(&cockpit, config(&plane, "", &field)).await.unwrap();
    let line = line.to_owned();
    let adopted = text.replacen(&line, &line.replace("65535", "1024"), 1);
    assert_eq!(draft.files[0].body.as_ref(), Some(&adopted));

    let of = ObjectRef {
        group: "controlplane.cluster.x-k8s.io".into(),
        kind: "TalosControlPlane".into(),
        namespace: "default".into(),
        name: "k8s-cp".into(),
    };
    let draft = mended(&cockpit, Mend::Roll { of }).await.unwrap();
    let body = draft.files[0].body.as_ref().unwrap();
    let changed: Vec<&str> = body.lines().filter(|it| !text.lines().any(|line| line == *it)).collect();
    assert!(changed.len() == 1 && changed[0].contains("rollout-trigger: \"20"), "{changed:?}");
    drop(cockpit);
    world.stop().await;
}
