//! The config of every node, watched, and compared whenever it or what it should be changes.

use super::compare::{Unequal, compare};
use super::former::Back;
use super::sides::{Should, Wanted};
use super::{Drift, place};
use crate::git::Tree;
use crate::now::now;
use crate::talos::cosi::{self, Resource, Told, Via};
use crate::talos::plan::{Documents, Installer};
use crate::talos::roads::Roads;
use crate::talos::running::{self, RunningConfig};
use crate::talos::trouble::Trouble;
use domain::{
    Basis, Change, CommitId, ConfigComparison, ConfigInstaller, FieldChange, LookedBack, Moment, NodeName,
    Observation, Unlike, Writer,
};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::MissedTickBehavior;
use tokio_util::task::AbortOnDropHandle;

/// How often it is looked whether the tools have changed, and asked again for what could not be read.
const ROUND: Duration = Duration::from_secs(60);

/// Seconds in which a node that boots may write its config more than once.
const BOOT: i64 = 5;

/// What a node says of its config.
enum Says {
    Runs(Box<RunningConfig>, Option<Moment>),
    /// In words, why it is not known.
    Nothing(String),
}

struct Listened {
    at: String,
    roads: Arc<Roads>,
    _task: AbortOnDropHandle<()>,
    says: Option<Says>,
    told: Option<ConfigComparison>,
}

/// What a node should have, and what it should have had before.
#[derive(Default)]
struct Sides {
    wanted: Wanted,
    /// None until it was looked for: it is, once a node differs from what is rendered.
    former: Option<Back>,
    /// A node waits to be told until it has been.
    asked: bool,
    /// What could not be looked at is to be looked at again.
    again: bool,
}

/// What the work beside the listening brings.
enum Worked {
    Wanted(Wanted),
    Former(Back),
}

/// Listen until dropped.
pub(super) async fn listen(drift: Drift, tip: CommitId, heard: Sender<Observation>) {
    let (say, mut said) = mpsc::channel(64);
    let mut roster = drift.talos.roster.subscribe();
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut nodes: BTreeMap<NodeName, Listened> = BTreeMap::new();
    let mut sides = Sides::default();
    let mut working: Option<AbortOnDropHandle<Worked>> = None;
    let (mut stale, mut complete, mut looking) = (false, false, false);
    loop {
        let done = async {
            match &mut working {
                Some(working) => working.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((name, says)) = said.recv() => {
                if let Some(node) = nodes.get_mut(&name) {
                    node.says = Some(says);
                    tell(&name, node, &mut sides, &heard).await;
                }
            }
            done = done => {
                working = None;
                let before = match done {
                    Ok(Worked::Wanted(wanted)) => std::mem::replace(&mut sides.wanted, wanted),
                    Ok(Worked::Former(former)) => {
                        sides.former = Some(former);
                        Wanted::default()
                    }
                    // It was broken off: what could be known is not.
                    Err(_) if looking => {
                        sides.former = Some(Back::failed("it was broken off".into()));
                        Wanted::default()
                    }
                    Err(_) => continue,
                };
                for (name, node) in &mut nodes {
                    // Most rounds find nothing new, and a comparison takes its time.
                    let same = before.nodes.get(name).zip(sides.wanted.nodes.get(name)).is_some_and(|(was, is)| was == is);
                    if !same || node.told.is_none() {
                        tell(name, node, &mut sides, &heard).await;
                    }
                }
            }
            Ok(()) = roster.changed() => {
                attend(&drift, &mut nodes, &say, &heard).await;
                stale = true;
            }
            _ = round.tick() => {
                attend(&drift, &mut nodes, &say, &heard).await;
                stale = true;
                sides.again = sides.former.as_ref().is_some_and(|it| it.again);
            }
        }
        // Who left while nobody listened is told once all others are.
        if !complete && !nodes.is_empty() && nodes.values().all(|it| it.told.is_some()) {
            complete = true;
            let all = nodes.values().filter_map(|it| it.told.clone()).collect();
            let _ = heard.send(Observation::Configs(Change::Snapshot(all))).await;
        }
        let looks_back = sides.again || sides.asked && sides.former.is_none();
        if (stale || looks_back) && working.is_none() {
            let (drift, tip) = (drift.clone(), tip.clone());
            working = Some(AbortOnDropHandle::new(tokio::spawn(async move {
                match looks_back {
                    true => Worked::Former(drift.former(tip).await),
                    false => Worked::Wanted(drift.wanted(&tip).await),
                }
            })));
            stale &= looks_back;
            looking = looks_back;
            sides.again = false;
        }
    }
}

/// Listen to whoever is in the fleet now, and to nobody else.
async fn attend(
    drift: &Drift,
    nodes: &mut BTreeMap<NodeName, Listened>,
    say: &Sender<(NodeName, Says)>,
    heard: &Sender<Observation>,
) {
    let Ok(roads) = drift.talos.roads() else { return };
    let there = drift.talos.asked_at();
    let gone: Vec<NodeName> = nodes.keys().filter(|it| !there.contains_key(*it)).cloned().collect();
    for name in gone {
        nodes.remove(&name);
        let _ = heard.send(Observation::Configs(Change::Remove(name))).await;
    }
    for (name, at) in there {
        if nodes.get(&name).is_some_and(|it| it.at == at && Arc::ptr_eq(&it.roads, &roads)) {
            continue;
        }
        let task = tokio::spawn(attend_one(roads.clone(), name.clone(), at.clone(), say.clone()));
        // What it said last stands until it says more; at another address it is another machine.
        let before = nodes.remove(&name).filter(|it| it.at == at);
        let (says, told) = before.map_or((None, None), |it| (it.says, it.told));
        let listened = Listened { at, roads: roads.clone(), _task: AbortOnDropHandle::new(task), says, told };
        nodes.insert(name, listened);
    }
}

/// Follow the configs of one node.
async fn attend_one(roads: Arc<Roads>, name: NodeName, at: String, say: Sender<(NodeName, Says)>) {
    let mut watch = Box::pin(cosi::watch(roads.clone(), Via::Node(at), running::configs()));
    let mut all: BTreeMap<String, Resource> = BTreeMap::new();
    let mut known = false;
    while let Some(told) = watch.next().await {
        let says = match told {
            Told::All(these) => {
                all = these.into_iter().map(|it| (it.id.clone(), it)).collect();
                runs(&all)
            }
            Told::Put(it) => {
                all.insert(it.id.clone(), it);
                runs(&all)
            }
            Told::Gone(id) => {
                all.remove(&id);
                runs(&all)
            }
            Told::Withheld(trouble) => Says::Nothing(withheld(&trouble, &roads)),
            // What was known of it is so still, as far as anybody can tell.
            Told::Broken(_) if known => continue,
            Told::Broken(trouble) => {
                Says::Nothing(format!("its machine config could not be read: {trouble}"))
            }
        };
        known = matches!(says, Says::Runs(..));
        if say.send((name.clone(), says)).await.is_err() {
            return;
        }
    }
}

fn runs(all: &BTreeMap<String, Resource>) -> Says {
    let list: Vec<Resource> = all.values().cloned().collect();
    // What came to be with the boot is what was on the disk: it may have been put there at any time before.
    let since_boot =
        |it: &&Resource| it.updated.zip(it.created).is_some_and(|(last, first)| last > first + BOOT);
    let changed = all.get(running::ACTIVE).filter(since_boot).and_then(|it| it.updated);
    let changed = changed.map(|it| Moment(it.saturating_mul(1000)));
    match RunningConfig::of(&list) {
        Some(runs) => Says::Runs(Box::new(runs), changed),
        None => Says::Nothing("it has no machine config".into()),
    }
}

fn withheld(trouble: &Trouble, roads: &Roads) -> String {
    match trouble {
        Trouble::Forbidden(_) => {
            format!(
                "its machine config takes os:admin to read; this talosconfig has {}",
                roads.config.roles()
            )
        }
        trouble => format!("its machine config cannot be read: {trouble}"),
    }
}

/// Say how a node stands, where that is news.
async fn tell(name: &NodeName, node: &mut Listened, sides: &mut Sides, heard: &Sender<Observation>) {
    let (Some(says), Some(should)) = (&node.says, sides.wanted.nodes.get(name)) else { return };
    let is = comparison(name, says, should, sides);
    if matches!(is.basis, Ok(Basis::Rendered { .. })) && !is.fields.is_empty() && sides.former.is_none() {
        // Whether the node was changed or Git was is not known yet.
        sides.asked = true;
        return;
    }
    let same = |it: &ConfigComparison| ConfigComparison { asked: is.asked, ..it.clone() } == is;
    if !node.told.as_ref().is_some_and(same) {
        node.told = Some(is.clone());
        let _ = heard.send(Observation::Configs(Change::Upsert(is))).await;
    }
}

fn comparison(
    name: &NodeName,
    says: &Says,
    should: &Result<Should, String>,
    sides: &Sides,
) -> ConfigComparison {
    let tree = sides.wanted.tree.as_ref();
    let mut is = ConfigComparison {
        node: name.clone(),
        basis: Err(String::new()),
        fields: Vec::new(),
        overtaken: Vec::new(),
        back: LookedBack::default(),
        installer: None,
        pending: None,
        waiting: Vec::new(),
        active: None,
        changed: None,
        asked: now(),
    };
    let (runs, changed) = match says {
        Says::Runs(runs, changed) => (runs, changed),
        Says::Nothing(why) => {
            is.basis = Err(why.clone());
            return is;
        }
    };
    is.active = Some(runs.active.digest().clone());
    is.changed = *changed;
    is.pending = runs.pending;
    let active = match Documents::read(runs.active.text()) {
        Ok(active) => active,
        Err(why) => {
            is.basis = Err(format!("what it runs: {why}"));
            return is;
        }
    };
    if runs.pending.is_some()
        && let Ok(disk) = Documents::read(runs.persistent.text())
    {
        let of = |it: &Unequal| {
            let ((before, after), field) = (it.told.clone(), it.field());
            FieldChange { document: it.document.clone(), field, before, after }
        };
        is.waiting = compare(&active, &disk).iter().map(of).collect();
    }
    let should = match should {
        Ok(should) => should,
        Err(why) => {
            is.basis = Err(why.clone());
            return is;
        }
    };
    match Documents::read(should.config.text()) {
        Ok(documents) => {
            let unequal = compare(&documents, &active);
            is.basis = Ok(should.basis.clone());
            is.installer = named(&documents, should, tree);
            let old = |it: &&Unequal| tree.is_some_and(|tree| place::is_in_git(tree, &should.origin, it));
            let differing = unequal.iter().filter(|it| !old(it));
            is.fields = differing.map(|it| unlike(it, should, tree, *changed)).collect();
            if let Some(back) = &sides.former {
                is.back = back.how_far.clone();
                is.overtaken = back.overtaken(should, (&documents, &active), &is.fields, name);
            }
        }
        Err(why) => is.basis = Err(format!("{}: {why}", should.basis.words())),
    }
    is
}

fn unlike(it: &Unequal, should: &Should, tree: Option<&Tree>, changed: Option<Moment>) -> Unlike {
    let field = it.field();
    Unlike {
        document: it.document.clone(),
        written: tree.and_then(|tree| place::of(tree, &should.origin, it)),
        writer: upgrader(&it.document, &field).map(|name| Writer { name: name.into(), at: changed }),
        wanted: it.told.0.clone(),
        live: it.told.1.clone(),
        field,
    }
}

/// The Talos that the config is of, by its installer.
fn named(documents: &Documents, should: &Should, tree: Option<&Tree>) -> Option<ConfigInstaller> {
    let release = Installer::within(documents).ok()?.release;
    let said = release.schematic.as_ref().unwrap_or(&release.version);
    let written = tree.and_then(|tree| place::installer(tree, &should.origin, said));
    Some(ConfigInstaller { release, written })
}

/// Who usually writes a field past Git. Talos itself does not say who did.
fn upgrader(document: &str, field: &str) -> Option<&'static str> {
    match (document, field) {
        ("", "machine.install.image") => Some("talosctl upgrade?"),
        ("", "machine.kubelet.image") => Some("talosctl upgrade-k8s?"),
        ("", field) if field.starts_with("cluster.") && field.ends_with(".image") => {
            Some("talosctl upgrade-k8s?")
        }
        (kind, "image") if kind.starts_with("Kube") => Some("talosctl upgrade-k8s?"),
        _ => None,
    }
}
