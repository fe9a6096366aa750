//! The change on its way: how far a commit has come, from Git over the delivery engine to the machines.

use super::applied;
use super::machines::outdated;
use super::source_map::{self, Said};
use crate::Model;
use crate::model::DraftStage;
use domain::{
    Application, Commit, CommitId, Etcd, Feed, Journey, Leg, Link, Log, Machine, MachinePhase, Moment,
    ObjectRef, OperationPhase, Reached, RepoPath, Source, Step, Sync,
};
use std::time::Duration;

/// How long a change that has arrived is still told of.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);
/// How many commits back a change that is on its way is looked for.
const FAR: usize = 30;

/// The change that is on its way: the newest of ours, else the newest commit that touches machines. One that has
/// arrived is told of for a while.
pub fn on_its_way(model: &Model) -> Option<Journey> {
    let ours = model.drafts.list.iter().rev().filter(|it| it.commit().is_some());
    let recent = |it: &&crate::model::DraftState| match it.stage {
        DraftStage::Pushed { at, .. } => model.now.since(at) < REMEMBERED,
        _ => true,
    };
    let ours = ours.filter(recent).find_map(|draft| {
        let commit = draft.commit()?;
        let (committed, pushed) = match draft.stage {
            DraftStage::Pushed { committed, at, .. } => (committed, Some(at)),
            DraftStage::Committed { at, .. } | DraftStage::Pushing { at, .. } => (at, None),
            _ => return None,
        };
        let known = model.world.log.get(commit).cloned().unwrap_or_else(|| Commit {
            id: commit.clone(),
            parents: Vec::new(),
            author: String::new(),
            email: String::new(),
            at: committed,
            subject: draft.title(),
            paths: vec![draft.path.clone()],
        });
        Some(journey(model, &known, true, pushed))
    });
    let newest = model.world.log.commits.iter().take(FAR).find(|it| !rollers_of(model, it).is_empty());
    let theirs = newest.filter(|it| ours.as_ref().is_none_or(|ours| ours.commit != it.id && it.at > ours.at));
    // Before the nodes are heard nobody can tell whether somebody's change has arrived.
    let heard = !model.world.kube_nodes.is_empty();
    let theirs = theirs.filter(|_| heard).map(|it| journey(model, it, false, None));
    // Of an old one that does not roll, something is not heard yet; what holds it up is a problem of its own.
    let telling = |it: &Journey| it.step() == Step::Rolling || model.now.since(it.at) < REMEMBERED;
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.verified() && !theirs.verified() => Some(theirs),
        (Some(ours), _) => Some(ours),
        (None, theirs) => theirs.filter(telling),
    }
}

/// How far one commit has come.
fn journey(model: &Model, commit: &Commit, ours: bool, pushed: Option<Moment>) -> Journey {
    let mut legs = vec![leg(Step::Committed, Reached::Done { at: Some(commit.at) }, commit.id.short())];
    legs.extend(published(model, commit, pushed));
    let arrived = legs.iter().all(|it| matches!(it.reached, Reached::Done { .. }));
    let told = |legs, machines| Journey {
        commit: commit.id.clone(),
        subject: commit.subject.clone(),
        author: commit.author.clone(),
        at: commit.at,
        ours,
        legs,
        machines,
    };
    if arrived && is_opentofu(commit) {
        legs.extend(by_opentofu(model, commit));
        return told(legs, None);
    }
    legs.push(match arrived {
        true => synced(model, commit),
        false => leg(Step::Synced, Reached::Waiting, "it is not on the branch yet"),
    });
    let synced_at = match legs.last().map(|it| &it.reached) {
        Some(Reached::Done { at }) => Some(*at),
        _ => None,
    };
    let rollers = rollers_of(model, commit);
    let machines = match synced_at {
        // Which machines are of these files stands in Git.
        Some(_) if model.world.sources.is_none() => {
            legs.push(leg(Step::Rolling, Reached::Waiting, "the repository is still being read"));
            legs.push(leg(Step::Verified, Reached::Waiting, ""));
            None
        }
        Some(_) if applied::reaches_nodes(model, commit) => {
            let (last, machines) = applied::legs(model, commit);
            legs.extend(last);
            machines
        }
        Some(since) => {
            let (rolling, machines) = rolling(model, &rollers, since);
            let verified = match &rolling.reached {
                Reached::Done { at } => verified(model, &rollers, *at),
                _ => leg(Step::Verified, Reached::Waiting, ""),
            };
            legs.extend([rolling, verified]);
            machines
        }
        None => {
            legs.push(leg(Step::Rolling, Reached::Waiting, "it is not declared to the cluster yet"));
            legs.push(leg(Step::Verified, Reached::Waiting, ""));
            None
        }
    };
    told(legs, machines)
}

/// Whether nothing but OpenTofu reads the files of a commit.
fn is_opentofu(commit: &Commit) -> bool {
    let reads = |path: &RepoPath| [".tf", ".tfvars", ".tofu"].iter().any(|it| path.0.ends_with(it));
    !commit.paths.is_empty() && commit.paths.iter().all(reads)
}

/// No engine of the cluster takes these files, and nothing but what is at the provider tells whether somebody has.
fn by_opentofu(model: &Model, commit: &Commit) -> [Leg; 3] {
    let mine =
        |it: &&domain::Difference| it.written.as_ref().is_some_and(|at| commit.paths.contains(&at.path));
    let differs = super::drift::all(model).iter().filter(mine).count();
    let firewalls = model.world.feeds.get(&Feed::of(Source::Hcloud, "firewalls"));
    if differs == 0 && firewalls.is_some_and(|it| it.link == Link::Live) {
        let says = "what is at Hetzner is as these files say, as far as it is compared";
        let done = || Reached::Done { at: None };
        return [
            leg(Step::Synced, done(), says),
            leg(Step::Rolling, done(), "no machine is of these files"),
            leg(Step::Verified, done(), says),
        ];
    }
    [
        leg(Step::Synced, Reached::Waiting, "whoever runs OpenTofu here applies it"),
        leg(Step::Rolling, Reached::Waiting, ""),
        leg(Step::Verified, Reached::Waiting, ""),
    ]
}

fn leg(step: Step, reached: Reached, evidence: impl Into<String>) -> Leg {
    Leg { step, reached, evidence: evidence.into() }
}

/// Pushed and merged: whether the remote's tracked branch holds it.
fn published(model: &Model, commit: &Commit, pushed: Option<Moment>) -> [Leg; 2] {
    let branch = model.world.repository.as_ref().map(|it| it.branch.0.as_str()).unwrap_or("the branch");
    let tip = model.world.repository.as_ref().and_then(|it| it.remote_tip.as_ref());
    let held = tip.is_some_and(|tip| reaches(&model.world.log, &tip.0, &commit.id));
    if held || pushed.is_some() {
        let done = Reached::Done { at: pushed };
        return [
            leg(Step::Pushed, done.clone(), format!("the remote has {}", commit.id.short())),
            leg(Step::Merged, done, format!("{branch} holds it")),
        ];
    }
    if let Some(legs) = super::proposal::legs(model, commit) {
        return legs;
    }
    let under_way = model
        .drafts
        .list
        .iter()
        .any(|it| it.commit() == Some(&commit.id) && matches!(it.stage, DraftStage::Pushing { .. }));
    let reached = if under_way { Reached::UnderWay { since: None } } else { Reached::Waiting };
    let evidence = match (under_way, model.world.pushing.as_str()) {
        (true, "") => "it is being sent",
        (true, words) => words,
        (false, _) => "P pushes it",
    };
    [leg(Step::Pushed, reached, evidence), leg(Step::Merged, Reached::Waiting, "")]
}

fn reaches(log: &Log, tip: &str, commit: &CommitId) -> bool {
    log.reaches(&CommitId(tip.to_owned()), commit) == Some(true)
}

/// Whether every application that takes its objects from the changed files has applied the commit.
fn synced(model: &Model, commit: &Commit) -> Leg {
    let all = &model.world.delivery.applications;
    let follows = |app: &&Application| {
        app.sources.iter().any(|source| {
            source.chart.is_empty() && commit.paths.iter().any(|path| source_map::covers(&source.path, path))
        })
    };
    let following: Vec<&Application> = all.iter().filter(follows).collect();
    if following.is_empty() {
        return match all.is_empty() && model.world.delivery.flux().next().is_none() {
            true => leg(Step::Synced, Reached::Waiting, "no delivery engine is heard"),
            false => leg(Step::Synced, Reached::Done { at: None }, "no application follows these files"),
        };
    }
    let log = &model.world.log;
    let mut at = None;
    for app in &following {
        let name = app.meta.name();
        let has = app.revisions.iter().any(|it| reaches(log, it, &commit.id));
        let applied = app.operation.as_ref().filter(|op| {
            op.phase == OperationPhase::Succeeded
                && op.revision.as_ref().is_none_or(|it| reaches(log, it, &commit.id))
        });
        match (&app.operation, applied) {
            (Some(op), _)
                if op.phase.failed()
                    && op.revision.as_ref().is_some_and(|it| reaches(log, it, &commit.id)) =>
            {
                let why = format!("{name}: {}", op.message);
                return leg(Step::Synced, Reached::Failed { why: why.clone() }, why);
            }
            (_, Some(op)) if has && app.sync == Sync::Synced => at = at.max(op.finished),
            // Nothing of the application's own objects differs, so no operation was needed.
            (_, None) if has && app.sync == Sync::Synced => at = at.max(app.reconciled),
            (Some(op), _) if !op.phase.done() => {
                let under_way = Reached::UnderWay { since: op.started };
                return leg(Step::Synced, under_way, format!("{name} syncs"));
            }
            _ if has => {
                return leg(
                    Step::Synced,
                    Reached::UnderWay { since: None },
                    format!("{name} is out of sync"),
                );
            }
            _ => {
                return leg(
                    Step::Synced,
                    Reached::UnderWay { since: None },
                    format!("{name} has not seen it yet"),
                );
            }
        }
    }
    let names: Vec<&str> = following.iter().map(|it| it.meta.name()).collect();
    leg(Step::Synced, Reached::Done { at }, format!("{} synced {}", names.join(", "), commit.id.short()))
}

/// The control planes and deployments that a commit's files declare, or whose templates they declare.
fn rollers_of(model: &Model, commit: &Commit) -> Vec<ObjectRef> {
    let capi = &model.world.capi;
    let all = capi
        .control_planes()
        .map(|it| &it.meta.id)
        .chain(capi.machine_deployments.iter().map(|it| &it.meta.id));
    let touched = |path: &RepoPath| commit.paths.contains(path);
    all.filter(|id| {
        source_map::find(model, id).is_some_and(|source| touched(&source.path))
            || source_map::template_of(model, id).is_some_and(|source| touched(&source.path))
    })
    .cloned()
    .collect()
}

/// The machines of a roller that are there, deleting ones included.
fn machines_of<'a>(model: &'a Model, roller: &'a ObjectRef) -> impl Iterator<Item = &'a Machine> {
    let capi = &model.world.capi;
    capi.machines.iter().filter(move |it| capi.roller_of(it).as_ref() == Some(roller))
}

/// Replicas a roller shall have, as declared to the cluster.
fn replicas(model: &Model, roller: &ObjectRef) -> u32 {
    let capi = &model.world.capi;
    let plane = capi.control_planes().find(|it| it.meta.id == *roller).map(|it| it.replicas);
    plane.or_else(|| capi.machine_deployments.get(roller).map(|it| it.replicas)).unwrap_or(0)
}

/// The version a roller has as declared to the cluster, and how many of its machines its controller calls up to date.
fn declared(model: &Model, roller: &ObjectRef) -> (Option<String>, Option<u32>) {
    let capi = &model.world.capi;
    let plane = capi.control_planes().find(|it| it.meta.id == *roller);
    if let Some(plane) = plane {
        return (plane.version.clone(), plane.counts.up_to_date);
    }
    let deployment = capi.machine_deployments.get(roller);
    deployment.map_or((None, None), |it| (it.version.clone(), it.counts.up_to_date))
}

fn same(one: &str, other: &str) -> bool {
    one.trim_start_matches('v') == other.trim_start_matches('v')
}

/// Whether a machine is what its roller shall have, and whole.
fn arrived(machine: &Machine, wanted: Option<&Said>) -> bool {
    let version = |has: &Option<String>| match (wanted, has) {
        (Some(wanted), Some(has)) => same(&wanted.value, has),
        (None, _) => true,
        (Some(_), None) => false,
    };
    !machine.deleting()
        && machine.phase == MachinePhase::Running
        && version(&machine.version)
        && machine.kubelet.as_ref().is_none_or(|it| version(&Some(it.clone())))
}

/// Whether the machines of the rollers are the ones that Git wants.
fn rolling(model: &Model, rollers: &[ObjectRef], since: Option<Moment>) -> (Leg, Option<(u32, u32)>) {
    if rollers.is_empty() {
        return (leg(Step::Rolling, Reached::Done { at: since }, "it replaces no machine"), None);
    }
    let (mut done, mut wanted, mut open, mut last) = (0, 0, None, since);
    for roller in rollers {
        let git = source_map::kubernetes_of(model, roller);
        let (version, up_to_date) = declared(model, roller);
        let replicas = replicas(model, roller);
        let machines: Vec<&Machine> = machines_of(model, roller).collect();
        let whole =
            |it: &&&Machine| arrived(it, git.as_ref()) && outdated::reasons(&model.world.capi, it).is_empty();
        let here = machines.iter().filter(whole).count() as u32;
        // Machines of a former template are no longer counted up to date; they are replaced although versions agree.
        let here = here.min(up_to_date.unwrap_or(here)).min(replicas);
        (done, wanted) = (done + here, wanted + replicas);
        let behind = git.as_ref().zip(version.as_ref()).is_some_and(|(git, has)| !same(&git.value, has));
        if behind || here < replicas || machines.len() as u32 != replicas {
            open.get_or_insert_with(|| match machines.iter().find(|it| it.deleting()) {
                Some(machine) => format!("{} is replaced", machine.id.name),
                None => format!("{} rolls", roller.name),
            });
        }
        let lives = model.world.history.lives.values().filter(|it| it.roller.as_ref() == Some(roller));
        let gone = lives.filter_map(|it| it.gone).max();
        last = last
            .max(machines.iter().filter_map(|it| it.phase_since).max())
            .max(gone.filter(|_| since < gone));
    }
    let machines = Some((done, wanted));
    match open {
        Some(what) => {
            let evidence = format!("{done} of {wanted} machines, {what}");
            (leg(Step::Rolling, Reached::UnderWay { since }, evidence), machines)
        }
        None => (
            leg(Step::Rolling, Reached::Done { at: last }, format!("{wanted} of {wanted} machines")),
            machines,
        ),
    }
}

/// Whether what Git says, what is declared and what lives are the same everywhere.
fn verified(model: &Model, rollers: &[ObjectRef], rolled: Option<Moment>) -> Leg {
    let mut last = rolled;
    for roller in rollers {
        let git = source_map::kubernetes_of(model, roller);
        for machine in machines_of(model, roller) {
            let node = machine.node.as_ref().and_then(|name| model.world.kube_nodes.get(name));
            let Some(node) = node else {
                let evidence = format!("{} has no node yet", machine.id.name);
                return leg(Step::Verified, Reached::UnderWay { since: None }, evidence);
            };
            let right =
                git.as_ref().is_none_or(|git| node.kubelet.as_ref().is_some_and(|it| same(it, &git.value)));
            if !node.ready() || !right {
                let evidence = match node.ready() {
                    false => format!("{} is not ready", node.name),
                    true => format!("{} runs {}", node.name, node.kubelet.clone().unwrap_or_default()),
                };
                return leg(Step::Verified, Reached::UnderWay { since: None }, evidence);
            }
            last = last.max(node.conditions.get("Ready").and_then(|it| it.since));
        }
    }
    if rollers.iter().any(|it| it.kind.ends_with("ControlPlane")) {
        let etcd = Etcd::of(model.world.etcd.iter());
        if etcd.voters() > 0 && etcd.healthy_voters() < etcd.voters() {
            let evidence = format!("etcd: {} of {} healthy", etcd.healthy_voters(), etcd.voters());
            return leg(Step::Verified, Reached::UnderWay { since: None }, evidence);
        }
        let planes = rollers.iter().filter(|it| it.kind.ends_with("ControlPlane"));
        let wanted: u32 = planes.map(|it| replicas(model, it)).sum();
        if etcd.voters() > 0 && etcd.voters() != wanted as usize {
            let evidence = format!("etcd: {} members, {wanted} wanted", etcd.voters());
            return leg(Step::Verified, Reached::UnderWay { since: None }, evidence);
        }
    }
    let evidence = match rollers.is_empty() {
        true => "what Git says is declared",
        false => "Git, the declared and every node agree",
    };
    leg(Step::Verified, Reached::Done { at: last }, evidence)
}
