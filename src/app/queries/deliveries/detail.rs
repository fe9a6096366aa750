//! What there is to know of one delivered thing: its operation, windows, conditions, what is out of sync, history.

use super::rows::revision;
use crate::Model;
use crate::queries::ages;
use crate::queries::machines::{conditions, waits::one_line};
use crate::queries::words::{Phrase, Tone, count};
use domain::{
    Application, FluxObject, Found, Gate, Health, Moment, ObjectComparison, ObjectRef, Sync, SyncWindow, gate,
};

/// Titles and the lines below each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detail {
    pub title: Phrase,
    pub sections: Vec<(&'static str, Vec<Phrase>)>,
}

pub fn of(model: &Model, object: &ObjectRef) -> Detail {
    if let Some(it) = model.world.delivery.applications.get(object) {
        return of_argo(model, it);
    }
    match model.world.delivery.flux().find(|it| it.meta.id == *object) {
        Some(it) => of_flux(model, it),
        None => Detail::default(),
    }
}

fn ago(model: &Model, at: Option<Moment>) -> String {
    at.map(|it| format!("{} ago", ages::short(model.now.since(it)))).unwrap_or_default()
}

fn of_argo(model: &Model, it: &Application) -> Detail {
    let mut sections = vec![("operation", operation(model, it)), ("window", windows(model, it))];
    let policy = match it.automated {
        Some(automated) => {
            let mut words = vec!["syncs by itself"];
            words.extend(automated.prune.then_some("prunes"));
            words.extend(automated.self_heal.then_some("heals itself"));
            Phrase::new().plain(words.join(", "))
        }
        None => Phrase::new().plain("a person syncs it"),
    };
    let mut from = vec![policy];
    for source in &it.sources {
        let what = if source.path.is_empty() { &source.chart } else { &source.path };
        from.push(Phrase::new().plain(what).faint(format!(" at {}   {}", source.target, source.repository)));
    }
    let into = format!("{} / {}", it.destination, it.namespace);
    from.push(Phrase::new().faint("into ").plain(into).faint(format!("   project {}", it.project)));
    if let Some(set) = it.set.as_ref().or(it.parent.as_ref()) {
        from.push(Phrase::new().faint("made by ").plain(set));
    }
    sections.push(("from", from));
    let said = it.conditions.iter().map(|it| {
        let tone = if it.kind.ends_with("Warning") { Tone::Wait } else { Tone::Bad };
        Phrase::new()
            .say(tone, &it.kind)
            .faint(format!("  {}  ", ago(model, it.since)))
            .plain(one_line(&it.message))
    });
    let mut said: Vec<Phrase> = said.collect();
    if !it.health_message.is_empty() {
        said.push(
            Phrase::new().say(Tone::Wait, it.health.word()).faint("  ").plain(one_line(&it.health_message)),
        );
    }
    sections.push(("says", said));
    sections.push(("objects", objects(model, it)));
    let history = it.history.iter().rev().take(5).map(|deployed| {
        let mut phrase = bygone(model, &deployed.revision).faint(format!("  {}", ago(model, deployed.at)));
        if !deployed.by.is_empty() {
            phrase = phrase.faint(format!(" by {}", deployed.by));
        }
        match model.world.log.commits.iter().find(|it| it.id.0 == deployed.revision) {
            Some(commit) => phrase.faint("  ").plain(&commit.subject).faint(format!("  {}", commit.author)),
            None => phrase,
        }
    });
    sections.push(("history", history.collect()));
    sections.retain(|(_, lines)| !lines.is_empty());
    let title = Phrase::new()
        .strong(it.meta.name())
        .faint("   ")
        .plain(it.sync.word())
        .faint(", ")
        .plain(it.health.word());
    Detail { title, sections }
}

/// A revision of the past: that it is behind is no warning.
fn bygone(model: &Model, at: &str) -> Phrase {
    let mut phrase = revision(model, at);
    for (tone, _) in &mut phrase.0 {
        if *tone == Tone::Wait {
            *tone = Tone::Faint;
        }
    }
    phrase
}

fn operation(model: &Model, it: &Application) -> Vec<Phrase> {
    let mut lines = Vec::new();
    if it.requested {
        lines.push(Phrase::new().say(Tone::Wait, "a sync is asked for and not taken up yet"));
    }
    let Some(operation) = &it.operation else { return lines };
    let tone = match (operation.phase.failed(), operation.phase.done()) {
        (true, _) => Tone::Bad,
        (_, false) => Tone::Wait,
        _ => Tone::Plain,
    };
    let mut head = Phrase::new().say(tone, operation.phase.word());
    head = head.faint(format!(" {}", ago(model, operation.finished.or(operation.started))));
    if operation.retries > 0 {
        head = head.plain(format!(", tried {} times", operation.retries + 1));
        if let Some(limit) = operation.retry_limit.filter(|it| *it >= 0) {
            head = head.faint(format!(" of {}", limit + 1));
        }
    }
    if let Some(at) = &operation.revision {
        head = head.faint("   ");
        head.0.extend(bygone(model, at).0);
    }
    if !operation.by.is_empty() {
        head = head.faint(format!("   by {}", operation.by));
    }
    lines.push(head);
    if operation.phase != domain::OperationPhase::Succeeded && !operation.message.is_empty() {
        lines.push(Phrase::new().plain(one_line(&operation.message)));
    }
    for failure in operation.failures.iter().take(6) {
        lines.push(
            Phrase::new()
                .say(Tone::Bad, failure.object.to_string())
                .faint("  ")
                .plain(one_line(&failure.message)),
        );
    }
    lines
}

/// The windows of its project, judged now.
fn windows(model: &Model, it: &Application) -> Vec<Phrase> {
    match gate_of(model, it) {
        None => Vec::new(),
        Some(Gate::Open) => vec![Phrase::new().faint("open: it may sync now")],
        Some(Gate::Shut { window, until, manual }) => {
            let mut phrase = Phrase::new().say(Tone::Wait, window);
            if let Some(until) = until {
                phrase = phrase.plain(format!(" holds it for {}", ages::exact(until.since(model.now))));
            }
            let by_hand = if manual { ", a person may sync" } else { ", a person may not sync either" };
            vec![phrase.plain(by_hand)]
        }
    }
}

/// Whether its project's windows let it sync now; none where no window is about it.
pub fn gate_of(model: &Model, it: &Application) -> Option<Gate> {
    let project = model.world.delivery.projects.iter().find(|project| {
        project.meta.name() == it.project && project.meta.id.namespace == it.meta.id.namespace
    })?;
    let about = |window: &&SyncWindow| window.concerns(it.meta.name(), &it.namespace, &it.destination);
    let windows: Vec<&SyncWindow> = project.windows.iter().filter(about).collect();
    if windows.is_empty() { None } else { Some(gate(&windows, model.now)) }
}

fn objects(model: &Model, it: &Application) -> Vec<Phrase> {
    let mut lines = vec![Phrase::new().plain(count(it.resource_count as usize, "object", "objects"))];
    if let Some(line) = lines.first_mut() {
        if !it.declares.is_empty() {
            *line = std::mem::take(line).faint(format!(", {} of Cluster API", it.declares.len()));
        }
        if !it.children.is_empty() {
            *line = std::mem::take(line).faint(format!(", {} applications", it.children.len()));
        }
    }
    for object in it.troubled.iter().take(12) {
        let mut phrase = Phrase::new().plain(object.object.to_string());
        if object.sync == Sync::OutOfSync {
            phrase = phrase.say(Tone::Wait, if object.prune { "  to be pruned" } else { "  out of sync" });
        }
        if let Some(health) = object.health.filter(|it| *it != Health::Healthy) {
            phrase = phrase.say(Tone::Wait, format!("  {}", health.word()));
        }
        if !object.message.is_empty() {
            phrase = phrase.faint(format!("  {}", one_line(&object.message)));
        }
        lines.push(phrase);
    }
    lines.extend(verdicts(model, it));
    lines
}

/// Argo CD's verdict beside what was found here, where they are not the same.
fn verdicts(model: &Model, it: &Application) -> Option<Phrase> {
    let of_it: Vec<&ObjectComparison> =
        model.world.declared.iter().filter(|one| one.delivered_by.as_ref() == Some(&it.meta.id)).collect();
    let differ = of_it.iter().filter(|it| matches!(it.found, Found::Differs(_) | Found::Absent)).count();
    let unknown = of_it.iter().filter(|it| matches!(it.found, Found::Unknown(_))).count();
    let said = it.troubled.iter().filter(|it| it.sync == Sync::OutOfSync).count();
    if of_it.is_empty() || (differ == said && unknown == 0) {
        return None;
    }
    let mut phrase = Phrase::new().faint("Argo CD says ").plain(format!("{said} out of sync"));
    phrase =
        phrase.faint(", beside the tip of the branch ").plain(format!("{differ} of {} differ", of_it.len()));
    if unknown > 0 {
        phrase = phrase.faint(format!(", {unknown} cannot be told"));
    }
    let why = match (differ > said, it.revision()) {
        (_, Some(at)) if model.world.sources.as_ref().is_some_and(|it| it.commit.0 != at) => {
            "it compared another commit"
        }
        (true, _) => "it has not looked since, or ignores them",
        (false, _) => "it also counts what only it put in, or what is to be pruned",
    };
    Some(phrase.faint(format!(": {why}")))
}

/// What a source has to give, or why it has nothing new.
fn state_of(model: &Model, source: &FluxObject) -> Option<Phrase> {
    let ready = source.conditions.get("Ready")?;
    Some(match ready.is_true() {
        true => {
            let mut phrase = Phrase::new().faint("which is at ");
            phrase.0.extend(revision(model, source.commit().unwrap_or_default()).0);
            phrase
        }
        false => Phrase::new().say(Tone::Bad, "which fails: ").plain(one_line(&ready.message)),
    })
}

fn of_flux(model: &Model, it: &FluxObject) -> Detail {
    let mut from = vec![Phrase::new().plain(&it.path).faint(format!("  {}", it.follows))];
    if let Some(source) = &it.source {
        from.push(Phrase::new().faint("from ").plain(source.to_string()));
        from.extend(model.world.delivery.flux_source(source).and_then(|it| state_of(model, it)));
    }
    if !it.depends_on.is_empty() {
        from.push(Phrase::new().faint("after ").plain(it.depends_on.join(", ")));
    }
    if it.suspended {
        from.push(Phrase::new().say(Tone::Wait, "suspended: requests are not answered"));
    }
    let history = it.history.iter().take(5).map(|step| {
        Phrase::new().plain(&step.what).faint(format!("  {}  {}", step.status, ago(model, step.at)))
    });
    let mut sections =
        vec![("from", from), ("says", conditions(model, &it.conditions)), ("history", history.collect())];
    sections.retain(|(_, lines): &(_, Vec<Phrase>)| !lines.is_empty());
    let title = Phrase::new().faint(&it.meta.id.kind).plain(" ").strong(it.meta.name());
    Detail { title, sections }
}
