//! How far whoever delivers an object has come with it: on the way, stuck, or passed by.

use super::since::SKEW_MS;
use crate::Model;
use domain::{
    Application, Class, Commit, CommitId, FluxObject, Moment, ObjectRef, Return, Sync, Truth, Way, Written,
};
use std::time::Duration;

/// For so long after a commit an engine may still be on its way to it: its interval, and a sync.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Why a declared object is not as Git says, and what comes next.
pub(super) struct Course {
    pub class: Class,
    pub why: String,
    pub since: Option<Moment>,
    pub ways: Vec<Way>,
}

/// An object that is there and differs.
pub(super) fn differs(model: &Model, object: &ObjectRef, by: Option<&ObjectRef>, at: &Written) -> Course {
    course(model, object, by, at, Class::Drifted)
}

/// An object that is not there.
pub(super) fn absent(model: &Model, object: &ObjectRef, by: Option<&ObjectRef>, at: &Written) -> Course {
    course(model, object, by, at, Class::Missing)
}

fn course(model: &Model, object: &ObjectRef, by: Option<&ObjectRef>, at: &Written, class: Class) -> Course {
    let delivery = &model.world.delivery;
    let application = match by {
        Some(by) => delivery.applications.get(by),
        None => delivery.applications.iter().find(|it| it.declares.contains(object)),
    };
    if let Some(application) = application {
        return of_argo(model, application, object, at, class);
    }
    let flux = by.and_then(|by| delivery.flux().find(|it| it.meta.id == *by));
    match flux {
        Some(flux) => of_flux(model, flux, at, class),
        None => Course {
            class,
            why: "nothing that is known here delivers it".into(),
            since: None,
            ways: Vec::new(),
        },
    }
}

/// How far an engine has come with a file.
enum Come<'a> {
    /// It has the newest commit that changed it, as far as anybody can tell.
    There,
    /// It has not got to this one.
    Behind(&'a Commit),
    /// It is at a commit that is not among those that are known here: younger, or older than all of them.
    Elsewhere(String),
}

/// `revisions` are those of its sources: commits, and versions of charts. `said` is when it said so.
fn come<'a>(model: &'a Model, revisions: &[&str], said: Option<Moment>, at: &Written) -> Come<'a> {
    let log = &model.world.log;
    let Some(newest) = log.commits.iter().find(|it| it.paths.contains(&at.path)) else { return Come::There };
    let is_commit = |it: &CommitId| {
        log.get(it).is_some() || it.0.len() >= 40 && it.0.bytes().all(|it| it.is_ascii_hexdigit())
    };
    let commits = revisions.iter().map(|it| CommitId((*it).to_owned())).filter(is_commit);
    let mut come = Come::There;
    for has in commits {
        match log.reaches(&has, &newest.id) {
            Some(true) => return Come::There,
            Some(false) => come = Come::Behind(newest),
            None if matches!(come, Come::Behind(_)) => {}
            // Of what the remote had then, only what is older than all of these is not here.
            None if log.more && log.get(&has).is_none() && fetched_after(model, said) => {
                come = Come::Behind(newest);
            }
            None => come = Come::Elsewhere(has.short().to_owned()),
        }
    }
    come
}

/// Whether the remote was asked, and answered, after a moment.
fn fetched_after(model: &Model, moment: Option<Moment>) -> bool {
    let state = model.world.repository.as_ref().filter(|it| it.fetch_failed.is_none());
    let fetched = state.and_then(|it| it.fetched);
    fetched.zip(moment).is_some_and(|(fetched, moment)| fetched.0 > moment.0 + SKEW_MS)
}

/// It is not known whether Git is ahead of the engine, or the engine ahead of this clone.
fn elsewhere(engine: &str, name: &str, at: &str) -> Course {
    let why = format!("{engine} has {name} at {at}, which is not among the commits that are known here");
    Course {
        class: Class::Pending,
        why,
        since: None,
        ways: vec![Way::Wait("the next fetch may tell".into())],
    }
}

fn of_argo(model: &Model, it: &Application, object: &ObjectRef, at: &Written, class: Class) -> Course {
    let name = it.meta.name();
    let sync = || Way::BringBack(Return::Sync(it.meta.id.clone()));
    let running = it.requested || it.operation.as_ref().is_some_and(|it| !it.phase.done());
    let failed = it.operation.as_ref().filter(|it| it.phase.failed());
    let failed = failed.filter(|_| it.sync != Sync::Synced);
    let revisions: Vec<&str> = it.revisions.iter().map(String::as_str).collect();
    let ahead = match come(model, &revisions, it.reconciled, at) {
        Come::Elsewhere(at) if !running => return elsewhere("Argo CD", name, &at),
        Come::Behind(commit) => Some(commit),
        _ => None,
    };
    // A sync that failed over another object has not failed over this one.
    let failed =
        failed.filter(|it| ahead.is_some() || class == Class::Missing || it.message.contains(&object.name));
    let since = ahead.map(|it| model.world.log.landed(it));
    let late = since.is_some_and(|at| model.now.since(at) > PATIENCE);
    // Where it was compared with the tip already, the commit that waits is the one it has not applied.
    let unapplied = failed.is_some() || running;
    if let Some(operation) = failed {
        let why = format!("Argo CD could not sync {name}: {}", operation.message);
        return Course { class: Class::Stuck, why, since: operation.finished, ways: vec![sync()] };
    }
    if ahead.is_some() || unapplied {
        let commit = ahead.map_or("what it was asked for", |it| it.id.short());
        let (class, why, way) = match (it.automated, running) {
            (_, true) => (Class::Pending, format!("Argo CD syncs {name}"), Way::Wait("Argo CD syncs".into())),
            (None, _) => {
                (Class::Pending, format!("{name} is synced when a person says so; {commit} waits"), sync())
            }
            (Some(_), _) if late => {
                (Class::Stuck, format!("Argo CD has not got to {commit} of {name} yet"), sync())
            }
            _ => {
                let why = format!("Argo CD comes to {commit} of {name} by itself");
                (Class::Pending, why, Way::Wait("Argo CD syncs".into()))
            }
        };
        return Course { class, why, since, ways: vec![way] };
    }
    let says = it.troubled.iter().find(|it| it.object == *object).map(|it| it.sync);
    let verdict = match (says, it.sync) {
        (Some(Sync::OutOfSync), _) => format!("Argo CD says out of sync too ({name})"),
        (_, Sync::Synced) => format!(
            "Argo CD says synced ({name}): it looks at the fields that it applies itself, and at its own intervals"
        ),
        _ => format!("Argo CD has not judged it ({name})"),
    };
    let undone = match (class, it.automated) {
        (_, Some(automated)) if automated.self_heal => Way::Wait("Argo CD puts it back by itself".into()),
        _ => sync(),
    };
    Course { class, why: verdict, since: None, ways: vec![undone] }
}

fn of_flux(model: &Model, it: &FluxObject, at: &Written, class: Class) -> Course {
    let name = &it.meta.id.name;
    let refresh = || Way::BringBack(Return::Sync(it.meta.id.clone()));
    let revisions: Vec<&str> =
        it.commit().into_iter().map(|it| it.rsplit(':').next().unwrap_or(it)).collect();
    let ready = it.conditions.get("Ready");
    let ahead = match come(model, &revisions, ready.and_then(|it| it.since), at) {
        Come::Elsewhere(at) => return elsewhere("Flux", name, &at),
        Come::Behind(commit) => Some(commit),
        Come::There => None,
    };
    let since = ahead.map(|it| model.world.log.landed(it));
    let late = since.is_some_and(|at| model.now.since(at) > PATIENCE);
    let failed = ready.filter(|it| it.status == Truth::False);
    let failed = failed.filter(|it| it.reason != "DependencyNotReady" && it.reason != "Progressing");
    if let Some(failed) = failed {
        let why = format!("Flux could not apply {name}: {}", failed.message);
        return Course { class: Class::Stuck, why, since: failed.since, ways: vec![refresh()] };
    }
    if it.suspended {
        let why = format!("Flux is suspended for {name}: nothing brings it together");
        // What Git says since is not to be taken back for what was there before.
        let class = if ahead.is_some() { Class::Stuck } else { class };
        return Course { class, why, since, ways: Vec::new() };
    }
    match ahead {
        Some(commit) if late => {
            let why = format!("Flux has not got to {} of {name} yet", commit.id.short());
            Course { class: Class::Stuck, why, since, ways: vec![refresh()] }
        }
        Some(commit) => {
            let why = format!("Flux comes to {} of {name} by itself", commit.id.short());
            Course { class: Class::Pending, why, since, ways: vec![Way::Wait("Flux applies".into())] }
        }
        None => Course {
            class,
            why: format!("Flux applies {name} again at its next interval"),
            since: None,
            ways: vec![Way::Wait("Flux applies it again".into())],
        },
    }
}
