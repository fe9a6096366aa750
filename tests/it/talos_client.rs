//! The official client of Talos, of two versions, against worlds: everything that can be asked, by every role and by
//! strangers, of nodes that live and of one that is dead; everything that can be changed; and what it is told is what the
//! cockpit shows. `tests/talos-client` holds the questions.

use crate::harness::cockpit::Cockpit;
use crate::harness::{PATIENCE, go};
use app::Model;
use backends::Sources;
use domain::{ConfigFact, Node, NodeRole, Observation, Sheet, SheetCell, SheetKind, SheetOf, Watch};
use futures::StreamExt;
use serde_json::Value;
use simulator::{Options, Served, WorldKind, serve};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The client with the machinery of 1.13.9 and of 1.14.1.
fn clients(dir: &Path) -> Option<[PathBuf; 2]> {
    let of = |pins: &str| go::build_pinned("talos-client", pins, ".", &dir.join(pins));
    Some([of("go.mod")?, of("go-1.14.mod")?])
}

/// What the client says; everything it finds is told where it does not end well.
async fn said(program: &Path, world: &Path, mode: &str) -> String {
    let asking = Command::new(program).arg(world).arg(mode).kill_on_drop(true).output();
    let answered = tokio::time::timeout(PATIENCE, asking).await.expect("it ends").unwrap();
    let said = String::from_utf8_lossy(&answered.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&answered.stderr).into_owned();
    assert!(answered.status.success(), "{}: {said}{wrong}", program.display());
    said
}

async fn world(dir: &Path, kind: WorldKind, story: &str, speed: f64) -> Served {
    let program = Some(env!("CARGO_BIN_EXE_pilothouse").into());
    let story = story.into();
    let options = Options { dir: dir.to_owned(), world: kind, story, speed, program, ..Options::default() };
    serve(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_official_client_hears_nothing_that_a_real_node_would_not_say() {
    let dir = tempfile::tempdir().unwrap();
    let Some(programs) = clients(dir.path()) else { return };
    let at = dir.path().join("world");
    let served = world(&at, WorldKind::Default, "node-down", 1.0).await;
    // By then, on the world's own clock, one worker is dead; it stays so for more than two minutes.
    served.clock.sleep(Duration::from_secs(8)).await;
    let [older, newer] = &programs;
    tokio::join!(said(older, &at, "ask"), said(newer, &at, "ask"));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_official_client_changes_what_a_real_node_would_let_it() {
    let dir = tempfile::tempdir().unwrap();
    let Some(programs) = clients(dir.path()) else { return };
    // Nodes of Talos 1.12 and of 1.13.
    for (program, kind, name) in
        [(&programs[0], WorldKind::Default, "default"), (&programs[1], WorldKind::Talhelper, "talhelper")]
    {
        let at = dir.path().join(name);
        let served = world(&at, kind, "steady", 20.0).await;
        said(program, &at, "change").await;
        served.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_official_client_is_told_what_the_cockpit_shows() {
    let dir = tempfile::tempdir().unwrap();
    let Some(programs) = clients(dir.path()) else { return };
    for (kind, name) in [(WorldKind::Default, "default"), (WorldKind::Talhelper, "talhelper")] {
        let at = dir.path().join(name);
        let served = world(&at, kind, "steady", 1.0).await;
        let mut cockpit = Cockpit::of(Sources {
            kubeconfig: Some(at.join("kubeconfig")),
            talosconfig: Some(at.join("talosconfig")),
            repository: Some(at.join("repo")),
            ..Sources::default()
        });
        for program in &programs {
            let read: BTreeMap<String, Value> =
                serde_json::from_str(&said(program, &at, "read").await).unwrap();
            assert!(read.len() >= 5, "{read:?}");
            cockpit.until("it knows every node", |model| model.world.nodes.len() == read.len()).await;
            cockpit
                .until("it shows what the client was told", |model| {
                    read.iter().all(|(node, it)| differs(model, node, it).is_empty())
                })
                .await;
            for (node, it) in &read {
                let node = at_address(&cockpit.model, node).unwrap().name.clone();
                assert_eq!(disks(&cockpit, &node).await, told_disks(it), "{node:?}");
                assert_eq!(
                    types(&cockpit, &node).await,
                    words(&it["types"]).into_iter().collect(),
                    "{node:?}"
                );
            }
        }
        served.stop().await;
    }
}

fn at_address<'a>(model: &'a Model, address: &str) -> Option<&'a Node> {
    model.world.nodes.iter().find(|it| it.address == address || it.addresses.iter().any(|it| it == address))
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// What the cockpit shows otherwise of a node.
fn differs(model: &Model, address: &str, said: &Value) -> Vec<String> {
    let Some(node) = at_address(model, address) else { return vec![format!("{address} is not known")] };
    let mut found = Vec::new();
    let mut hold = |what: &str, shown: Value, told: Value| {
        if shown != told {
            found.push(format!("{address} {what}: {shown}, but the client was told {told}"));
        }
    };
    let text = |it: &str| Value::String(it.to_owned());
    let role = match node.role {
        Some(NodeRole::ControlPlane) => "controlplane",
        Some(NodeRole::Worker) => "worker",
        None => "",
    };
    hold("hostname", text(&node.name.0), said["hostname"].clone());
    hold("role", text(role), said["role"].clone());
    hold("stage", text(node.stage.word()), said["stage"].clone());
    hold("ready", node.ready.into(), said["ready"].clone());
    hold("version", text(node.version.as_deref().unwrap_or_default()), said["version"].clone());
    hold("platform", text(node.platform.as_deref().unwrap_or_default()), said["platform"].clone());
    hold("schematic", text(node.schematic.as_deref().unwrap_or_default()), said["schematic"].clone());
    hold("time", node.time_synced.unwrap_or_default().into(), said["time_synced"].clone());
    hold("addresses", node.addresses.clone().into(), said["addresses"].clone());
    let extensions = node.extensions.iter().map(|(name, version)| (name.clone(), text(version)));
    hold("extensions", Value::Object(extensions.collect()), said["extensions"].clone());
    let tag = said["kubelet"].as_str().and_then(|it| it.rsplit_once(':')).map_or("", |(_, tag)| tag);
    hold("kubelet", text(node.kubelet.as_deref().unwrap_or_default()), text(tag));
    let shown: BTreeMap<&str, (bool, Option<bool>)> =
        node.services.iter().map(|it| (it.name.as_str(), (it.running, it.healthy))).collect();
    let told: BTreeMap<&str, (bool, Option<bool>)> = said["services"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, it)| {
            let healthy = (it["unknown"] == false).then(|| it["healthy"] == true);
            (name.as_str(), (it["running"] == true, healthy))
        })
        .collect();
    hold("services", format!("{shown:?}").into(), format!("{told:?}").into());
    let (active, persistent) = match &node.config {
        ConfigFact::Known { active, persistent } => {
            (active.as_str(), persistent.as_ref().unwrap_or(active).as_str())
        }
        _ => ("", ""),
    };
    hold("config in force", text(active), said["active"].clone());
    hold("config on disk", text(persistent), said["persistent"].clone());
    let uses = model.world.uses.get(&node.name);
    hold("memory", uses.map_or(0, |it| it.memory.of).into(), said["memory"].clone());
    let booted = uses.and_then(|it| it.booted).map_or(0, |it| it.0 / 1_000);
    hold("boot", booted.into(), said["booted"].clone());
    let member = node.etcd.map_or(Value::Null, |it| text(&it.to_string()));
    hold("member of etcd", member, said["member"].clone());
    if said["etcd"].is_object() {
        let view = model.world.etcd.get(&node.name);
        let members = view.into_iter().flat_map(|it| &it.members);
        let members = members.map(|it| (it.id.to_string(), text(&it.name)));
        hold("members of etcd", Value::Object(members.collect()), said["etcd"]["members"].clone());
        let status = view.and_then(|it| it.status.as_ref());
        let leader = status.and_then(|it| it.leader).map_or_else(String::new, |it| it.to_string());
        hold("leader of etcd", text(&leader), said["etcd"]["leader"].clone());
        hold("term of etcd", status.map_or(0, |it| it.term).into(), said["etcd"]["term"].clone());
        hold("alarms of etcd", view.map_or(0, |it| it.alarms.len()).into(), said["etcd"]["alarms"].clone());
    }
    found
}

/// The rows of a sheet of a node.
async fn rows(cockpit: &Cockpit, node: &domain::NodeName, what: SheetKind) -> Vec<domain::SheetRow> {
    let mut heard = cockpit.hear(&Watch::Sheet(SheetOf { node: node.clone(), what }));
    loop {
        let next = tokio::time::timeout(PATIENCE, heard.next()).await.expect("a sheet comes");
        if let Some(Observation::Sheet(_, Ok(sheet))) = next
            && let Sheet::Table { rows, .. } = sheet.as_ref()
        {
            return rows.clone();
        }
    }
}

async fn disks(cockpit: &Cockpit, node: &domain::NodeName) -> BTreeSet<(String, u64, String)> {
    let all = rows(cockpit, node, SheetKind::Disks).await;
    all.iter()
        .filter(|it| it.key.starts_with("disk "))
        .map(|it| match it.cells.as_slice() {
            [_, SheetCell::Text(path), SheetCell::Text(what), SheetCell::Bytes(size), ..] => {
                (path.clone(), *size, what.clone())
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn told_disks(said: &Value) -> BTreeSet<(String, u64, String)> {
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let all = said["disks"].as_array().unwrap().iter();
    all.map(|it| (word(it, "path"), it["size"].as_u64().unwrap(), word(it, "what"))).collect()
}

async fn types(cockpit: &Cockpit, node: &domain::NodeName) -> BTreeSet<String> {
    let all = rows(cockpit, node, SheetKind::Types).await;
    all.into_iter().map(|it| it.key.rsplit([' ', '/']).next().unwrap().to_owned()).collect()
}
