//! etcd, asked on every control-plane node: each speaks for its own member only, and lists may differ.

use super::Talos;
use super::cosi::{self, Type};
use super::decode::etcd as decode;
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use crate::now::now;
use domain::{Change, EtcdView, Feed, Link, NodeName, Observation, Source};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;
use wire::machine as pb;

const CLOSELY: Duration = Duration::from_secs(5);
const GENTLY: Duration = Duration::from_secs(15);
/// Members come and go within seconds while control planes are replaced: for a while after anything happened to an
/// etcd, all are asked at this pace.
const MOVING: Duration = Duration::from_secs(1);
const MOVED_FOR: Duration = Duration::from_secs(20);
/// While no control plane is known yet, or no way to ask one.
const SOON: Duration = Duration::from_millis(300);
/// The quota is part of the config and hardly ever changes: asked in every so many rounds.
const QUOTA_ROUNDS: u64 = 20;

/// Ask in rounds until dropped.
pub(super) async fn listen(talos: Arc<Talos>, closely: bool, heard: Sender<Observation>) {
    // Who looks closer goes on from what was known.
    let mut views = talos.shared().etcd.clone();
    // Whom one round did not reach. A member that leaves with its node is on the lists of that round still: only when
    // the next round does not reach it either, and the others were asked again, is it said.
    let mut doubted: BTreeSet<NodeName> = BTreeSet::new();
    for round in 0_u64.. {
        let began = Instant::now();
        let planes = talos.control_planes();
        let gone: Vec<NodeName> = views.keys().filter(|it| !planes.contains_key(*it)).cloned().collect();
        for name in gone {
            views.remove(&name);
            let _ = heard.send(Observation::Unlinked(Feed::of(Source::Etcd, name.0.clone()))).await;
            let _ = heard.send(Observation::Etcd(Change::Remove(name))).await;
        }
        let Ok(roads) = talos.roads() else {
            tokio::time::sleep(SOON).await;
            continue;
        };
        let mut answers = FuturesUnordered::new();
        for (name, at) in &planes {
            let known = views.contains_key(name);
            if !known {
                let feed = Feed::of(Source::Etcd, name.0.clone());
                let _ = heard.send(Observation::Link(feed, Link::Connecting)).await;
            }
            let (view, _) = views.get(name).cloned().unwrap_or_default();
            let ask_quota = !known || round % QUOTA_ROUNDS == 0;
            answers.push(ask(&roads, name, at, view, ask_quota));
        }
        while let Some((view, trouble)) = answers.next().await {
            let feed = Feed::of(Source::Etcd, view.node.0.clone());
            let well = views.get(&view.node).and_then(|(_, well)| *well);
            match &trouble {
                None => _ = doubted.remove(&view.node),
                Some(it) if it.is_silence() && well.is_some() && doubted.insert(view.node.clone()) => {
                    talos.etcd_moves();
                    continue;
                }
                Some(_) => {}
            }
            let (link, well) = match trouble {
                None => (Link::Live, Some(now())),
                Some(Trouble::Forbidden(why)) => (Link::Forbidden { why }, well),
                Some(trouble) => {
                    (Link::Degraded { since: well.unwrap_or_else(now), why: trouble.to_string() }, well)
                }
            };
            views.insert(view.node.clone(), (view.clone(), well));
            // By number and kind: the order of a list says nothing.
            let ids =
                |it: &EtcdView| -> BTreeSet<_> { it.members.iter().map(|it| (it.id, it.learner)).collect() };
            let other = |(before, _): &(EtcdView, _)| ids(before) != ids(&view);
            if talos.shared().etcd.get(&view.node).is_none_or(other) {
                talos.etcd_moves();
            }
            talos.shared().etcd.clone_from(&views);
            let _ = heard.send(Observation::Link(feed, link)).await;
            let _ = heard.send(Observation::Etcd(Change::Upsert(view))).await;
        }
        let pause = match (planes.is_empty(), closely) {
            (true, _) => SOON,
            (false, true) => CLOSELY,
            (false, false) => GENTLY,
        };
        // A control plane that has just been found is not left waiting for the next round.
        let new = || talos.control_planes().keys().any(|it| !views.contains_key(it));
        let moves = || talos.shared().etcd_moved.is_some_and(|at| at.elapsed() < MOVED_FOR);
        while began.elapsed() < pause && !new() && !(moves() && began.elapsed() >= MOVING) {
            tokio::time::sleep(SOON).await;
        }
    }
}

/// One round at one node. What it does not answer stays as it was.
pub(super) async fn ask(
    roads: &Roads,
    name: &NodeName,
    at: &str,
    mut view: EtcdView,
    quota: bool,
) -> (EtcdView, Option<Trouble>) {
    view.node = name.clone();
    let (members, status, alarms) = tokio::join!(
        roads.ask(at, |client: Client| async move {
            client.machine().etcd_member_list(pb::EtcdMemberListRequest::default()).await
        }),
        roads.ask(at, |client: Client| async move { client.machine().etcd_status(()).await }),
        roads.ask(at, |client: Client| async move { client.machine().etcd_alarm_list(()).await }),
    );
    if quota {
        let specs =
            cosi::list(roads, at, &Type::of("etcd", "EtcdSpecs.etcd.talos.dev")).await.unwrap_or_default();
        view.quota = specs.iter().find_map(|it| decode::quota(&it.yaml)).or(view.quota);
    }
    let mut trouble = None;
    match members {
        Ok(answer) => view.members = decode::members(answer),
        Err(it) => trouble = Some(it),
    }
    match alarms {
        Ok(answer) => view.alarms = decode::alarms(answer),
        // Alarms need a quorum: a member that cannot tell is not silent for that.
        Err(it) => trouble = trouble.or(Some(it)),
    }
    match status {
        Ok(answer) => {
            view.status = decode::status(answer);
            view.answers = view.status.is_some();
        }
        Err(it) => {
            view.answers = false;
            trouble = Some(it);
        }
    }
    (view, trouble)
}
