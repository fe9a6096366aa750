//! One line for every subsystem of the Bridge: what there is, how it fares, what stands out.

use super::ages;
use super::bridge::Strip;
use super::rows::grouped;
use super::words::{Phrase, Tone, count};
use crate::{FeedState, Model};
use domain::{Etcd, Feed, Health, Link, MachinePhase, Source, Sync};

pub fn all(model: &Model) -> Vec<Strip> {
    vec![nodes(model), etcd(model), machines(model), delivery(model), git(model), servers(model)]
}

fn nodes(model: &Model) -> Strip {
    let world = &model.world;
    let kube = &world.kube_nodes;
    let (ready, all) = match kube.is_empty() {
        true => (world.nodes.iter().filter(|it| it.ready).count(), world.nodes.len()),
        false => (kube.iter().filter(|it| it.ready()).count(), kube.len()),
    };
    let first = match all {
        0 => none(model),
        _ => Phrase::new()
            .say(if ready == all { Tone::Plain } else { Tone::Bad }, format!("{ready} of {all} ready")),
    };
    let kubelets = versions(kube.iter().filter_map(|it| it.kubelet.as_deref()));
    let talos = versions(world.nodes.iter().filter_map(|it| it.version.as_deref()));
    // Two versions stand side by side: which is which is said.
    let second = match (kubelets.is_empty(), talos.is_empty()) {
        (false, false) => Phrase::new().faint("kubelet ").plain(kubelets).faint("  talos ").plain(talos),
        (true, false) => Phrase::new().faint("talos ").plain(talos),
        (false, true) => Phrase::new().faint("kubelet ").plain(kubelets),
        (true, true) => Phrase::new(),
    };
    Strip { title: "NODES", cells: [first, second, load(model)] }
}

/// Where nothing is live: how many there shall be.
fn none(model: &Model) -> Phrase {
    match super::desired::node_count(model) {
        0 => Phrase::new().faint("none is known yet"),
        many => Phrase::new().faint(format!("none is known yet; Git declares {many}")),
    }
}

/// Processors and memory of all nodes together, with their trends.
fn load(model: &Model) -> Phrase {
    let uses: Vec<_> = model.world.uses.iter().collect();
    let mean = |all: Vec<f32>| (!all.is_empty()).then(|| all.iter().sum::<f32>() / all.len() as f32);
    let mut phrase = Phrase::new();
    let cpu = mean(uses.iter().filter_map(|it| it.cpu).collect());
    if let Some(cpu) = cpu {
        phrase = phrase.faint("cpu ").say(Tone::Accent, trend(uses.iter().map(|it| it.cpu_trend.as_slice())));
        phrase = phrase.plain(format!(" {cpu:.0} %"));
    }
    let memory = mean(uses.iter().filter_map(|it| it.memory.percent()).map(f32::from).collect());
    if let Some(memory) = memory {
        let lead = if phrase.is_empty() { "memory " } else { "   memory " };
        phrase =
            phrase.faint(lead).say(Tone::Accent, trend(uses.iter().map(|it| it.memory_trend.as_slice())));
        phrase = phrase.plain(format!(" {memory:.0} %"));
    }
    phrase
}

/// The last eight values, averaged over all series, as bars from low to high.
fn trend<'a>(series: impl Iterator<Item = &'a [u8]>) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut sums = [(0_u32, 0_u32); 8];
    for values in series {
        for (sum, value) in sums.iter_mut().rev().zip(values.iter().rev()) {
            *sum = (sum.0 + u32::from(*value), sum.1 + 1);
        }
    }
    sums.iter()
        .map(|(sum, of)| sum.checked_div(*of))
        // What was not measured yet is a dot: the newest keeps its place.
        .map(|percent| percent.map_or('·', |it| BARS[(it as usize * BARS.len() / 101).min(7)]))
        .collect()
}

fn machines(model: &Model) -> Strip {
    let capi = &model.world.capi;
    let all = capi.machines.len();
    let missing = |(_, state): (&Feed, &FeedState)| matches!(state.link, Link::NotInstalled { .. });
    let mut feeds = model.world.feeds_of(Source::Capi).peekable();
    if all == 0 && feeds.peek().is_some() && feeds.all(missing) {
        let nodes = super::drift::declared_nodes(model);
        let first = Phrase::new().faint("Cluster API is not installed");
        let second = match nodes {
            0 => Phrase::new(),
            _ => Phrase::new().plain(count(nodes, "node", "nodes")).faint(" declared by talconfig"),
        };
        return Strip { title: "MACHINES", cells: [first, second, Phrase::new()] };
    }
    let wanted: u32 = capi.control_planes().map(|it| it.replicas).sum::<u32>()
        + capi.machine_deployments.iter().map(|it| it.replicas).sum::<u32>();
    let more = all as i64 - i64::from(wanted);
    let mut first = Phrase::new();
    first = match (all, more) {
        (0, _) => none(model),
        (_, 0) => first.plain(format!("{all}, as wanted")),
        (_, 1) => first.plain(format!("{all}")).faint(", one more than wanted"),
        (_, more) if more > 0 => first.plain(format!("{all}")).faint(format!(", {more} more than wanted")),
        (_, more) => first.say(Tone::Wait, format!("{all}, {} missing", -more)),
    };
    let moving = capi.machines.iter().filter(|it| it.phase != MachinePhase::Running || it.deleting());
    let mut words: Vec<(String, usize)> = Vec::new();
    for machine in moving {
        let word = machine.deletion_stage().map_or(machine.phase.word(), |stage| stage.word()).to_owned();
        match words.iter_mut().find(|(it, _)| *it == word) {
            Some((_, many)) => *many += 1,
            None => words.push((word, 1)),
        }
    }
    let second = words.iter().map(|(word, many)| format!("{many} {word}")).collect::<Vec<_>>().join(", ");
    let second = match (all, second.is_empty()) {
        (0, _) => Phrase::new(),
        (_, true) => Phrase::new().plain("all run"),
        (_, false) => Phrase::new().say(Tone::Wait, second),
    };
    Strip { title: "MACHINES", cells: [first, second, declared(model)] }
}

/// "control plane v1.35.0, workers v1.35.0".
fn declared(model: &Model) -> Phrase {
    let capi = &model.world.capi;
    let control = versions_of(capi.control_planes().filter_map(|it| it.version.as_deref()));
    let workers = versions_of(capi.machine_deployments.iter().filter_map(|it| it.version.as_deref()));
    match (control.is_empty(), workers.is_empty()) {
        (true, true) => Phrase::new(),
        (false, false) if control == workers => Phrase::new().faint("all declared on ").plain(control),
        (false, true) => Phrase::new().faint("control plane ").plain(control),
        (true, false) => Phrase::new().faint("workers ").plain(workers),
        (false, false) => {
            Phrase::new().faint("control plane ").plain(control).faint(", workers ").plain(workers)
        }
    }
}

fn versions_of<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = all.collect();
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}

fn delivery(model: &Model) -> Strip {
    let delivery = &model.world.delivery;
    let apps = &delivery.applications;
    let flux: Vec<_> = delivery.kustomizations.iter().chain(delivery.helm_releases.iter()).collect();
    let all = apps.len() + flux.len();
    if all == 0 {
        return Strip {
            title: "DELIVERY",
            cells: [Phrase::new().faint("nothing is known yet"), Phrase::new(), Phrase::new()],
        };
    }
    let ready = flux.iter().filter(|it| it.conditions.is_true("Ready")).count();
    let synced = apps.iter().filter(|it| it.sync == Sync::Synced).count() + ready;
    let healthy = apps.iter().filter(|it| it.health == Health::Healthy).count() + ready;
    let tone = |number| if number == all { Tone::Plain } else { Tone::Bad };
    // What is still becoming healthy is under way, not wrong.
    let becoming = apps.iter().filter(|it| it.health == Health::Progressing).count();
    let fares = if healthy + becoming == all && becoming > 0 { Tone::Wait } else { tone(healthy) };
    let odd: Vec<&str> =
        apps.iter().filter(|it| it.sync != Sync::Synced).map(|it| it.meta.name()).take(3).collect();
    let third = match odd.as_slice() {
        [] => Phrase::new().faint("all follow Git"),
        names => Phrase::new().faint("all follow Git but ").plain(names.join(", ")),
    };
    Strip {
        title: "DELIVERY",
        cells: [
            Phrase::new().say(tone(synced), format!("{synced} of {all} synced")),
            Phrase::new().say(
                fares,
                if healthy == all {
                    count(healthy, "healthy", "healthy")
                } else {
                    format!("{healthy} of {all} healthy")
                },
            ),
            third,
        ],
    }
}

/// "v1.35.0" where all are the same, else "2 on v1.35.2, 5 on v1.35.0": the newest first.
fn versions<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for version in all {
        match counted.iter_mut().find(|(it, _)| *it == version) {
            Some((_, count)) => *count += 1,
            None => counted.push((version, 1)),
        }
    }
    counted.sort_by(|a, b| b.0.cmp(a.0));
    match counted.as_slice() {
        [(version, _)] => (*version).to_owned(),
        all => all.iter().map(|(version, on)| format!("{on} on {version}")).collect::<Vec<_>>().join(", "),
    }
}

fn etcd(model: &Model) -> Strip {
    let etcd = Etcd::of(model.world.etcd.iter());
    let (voters, healthy) = (etcd.voters(), etcd.healthy_voters());
    if voters == 0 {
        return absent("ETCD", model, Source::Etcd);
    }
    let unheard = super::etcd::unheard(model, &etcd) > 0;
    let tone = match healthy == voters {
        true => Tone::Plain,
        false if unheard => Tone::Faint,
        false => Tone::Bad,
    };
    let worth = match etcd.may_lose() {
        _ if unheard => Tone::Faint,
        Some(0) if voters > 1 => Tone::Wait,
        None => Tone::Bad,
        _ => Tone::Plain,
    };
    let mut third = Phrase::new();
    third = match etcd.leader() {
        Some(leader) => third.faint("leader ").plain(leader.name.clone()),
        None => third.say(Tone::Bad, "no leader"),
    };
    if let Some(size) = etcd.members.iter().filter_map(|it| it.status.as_ref()).map(|it| it.size).max() {
        third =
            third.faint("   db ").plain(ages::bytes(size)).faint(format!(" of {}", ages::bytes(etcd.quota)));
    }
    let alarms: Vec<&str> = etcd.members.iter().flat_map(|it| &it.alarms).map(|it| it.words()).collect();
    third = match alarms.first() {
        Some(alarm) => third.say(Tone::Bad, format!("   {alarm}")),
        None => third.faint("   no alarm"),
    };
    Strip {
        title: "ETCD",
        cells: [
            Phrase::new().say(tone, format!("{healthy} of {voters} healthy")),
            Phrase::new().say(worth, super::etcd::worth(model, &etcd)),
            third,
        ],
    }
}

fn git(model: &Model) -> Strip {
    let Some(state) = &model.world.repository else { return absent("GIT", model, Source::Git) };
    let branch = &state.branch.0;
    let first = match (state.local_tip.is_some(), state.ahead, state.behind) {
        _ if state.remote.is_none() => Phrase::new().plain(branch).faint(", without a remote"),
        (false, ..) => Phrase::new().plain(format!("origin/{branch}")),
        (true, 0, 0) => Phrase::new().plain(branch).faint(" is at ").plain(format!("origin/{branch}")),
        (true, ahead, 0) => Phrase::new().plain(branch).faint(format!(" is {ahead} ahead")),
        (true, 0, behind) => Phrase::new().plain(branch).faint(format!(" is {behind} behind")),
        (true, ahead, behind) => {
            Phrase::new().plain(branch).faint(format!(" is {ahead} ahead, {behind} behind"))
        }
    };
    let drafts = model.drafts.unpushed();
    let second = match (&state.fetch_failed, drafts) {
        (Some(_), _) if state.remote.is_some() => Phrase::new().say(Tone::Bad, "cannot be fetched"),
        (_, 0) => Phrase::new().faint("no draft"),
        (_, _) => Phrase::new().say(Tone::Accent, count(drafts, "draft", "drafts")),
    };
    let mut third = Phrase::new();
    if let Some(tip) = &state.remote_tip {
        third = third.faint("tip ").plain(tip.short());
    }
    if let Some(locked) = model.world.sources.as_ref().map(|it| it.locked.len()).filter(|it| *it > 0) {
        third = third.faint(format!("   secrets locked in {}", count(locked, "file", "files")));
    }
    Strip { title: "GIT", cells: [first, second, third] }
}

fn servers(model: &Model) -> Strip {
    let servers = &model.world.servers;
    if servers.is_empty() {
        return absent("SERVERS", model, Source::Hcloud);
    }
    let running = servers.iter().filter(|it| it.status == "running").count();
    let other = servers.len() - running;
    let first = Phrase::new().plain(format!("{running} running"));
    let first = if other == 0 { first } else { first.say(Tone::Wait, format!(", {other} not")) };
    let project = model.world.cloud_project.clone().unwrap_or_default();
    let second = match project.cost_per_hour {
        Some(cost) => Phrase::new().plain(format!("{:.4} {}/h", cost as f64 / 100_000.0, project.currency)),
        None => Phrase::new(),
    };
    let third = match project.calls_left {
        Some((left, of)) => {
            let (left, of) = (grouped(left as usize), grouped(of as usize));
            Phrase::new().plain(left).faint(format!(" of {of} calls left"))
        }
        None => Phrase::new(),
    };
    Strip { title: "SERVERS", cells: [first, second, third] }
}

/// What is said where nothing is known: why not.
fn absent(title: &'static str, model: &Model, source: Source) -> Strip {
    let links: Vec<&Link> = model.world.feeds_of(source).map(|(_, state)| &state.link).collect();
    let says = match links.first() {
        None | Some(Link::Connecting) => "connecting".to_owned(),
        Some(Link::Live) => "none".into(),
        Some(Link::NotConfigured { why }) => format!("not configured: {why}"),
        Some(Link::NotInstalled { why }) => format!("not installed: {why}"),
        Some(Link::Forbidden { why }) => format!("forbidden: {why}"),
        Some(Link::Degraded { why, .. }) => why.clone(),
    };
    Strip { title, cells: [Phrase::new().faint(says), Phrase::new(), Phrase::new()] }
}
