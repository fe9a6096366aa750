//! One list of everything that is delivered: Argo CD's applications and Flux's objects.

use crate::queries::fleet::Mark;
use crate::queries::words::{Phrase, Tone};
use crate::{Model, RowKey};
use domain::{Application, FluxObject, Health, Link, ObjectRef, Source, Sync, Truth};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    pub key: RowKey,
    pub object: ObjectRef,
    pub mark: Mark,
    /// How deep it lies below the application that made it.
    pub depth: usize,
    pub name: String,
    pub engine: &'static str,
    pub sync: Phrase,
    pub health: Phrase,
    pub revision: Phrase,
    /// Fields of its objects that are not as Git says.
    pub drift: usize,
    pub source: String,
    /// The set or application that made it.
    pub set: String,
}

pub const COLUMNS: &[&str] = &["name", "engine", "sync", "health", "revision", "drift", "source"];

pub fn key(object: &ObjectRef) -> RowKey {
    RowKey(format!("{} {}/{}", object.kind, object.namespace, object.name))
}

/// What the filter lets through, in the order that was asked for; else every application below the one that made it.
pub fn rows(model: &Model) -> Vec<DeliveryRow> {
    let list = model.screen.listing();
    let filter = list.map(|it| it.filter.to_lowercase()).unwrap_or_default();
    let sort = list.and_then(|it| it.sort);
    let delivery = &model.world.delivery;
    let mut found: Vec<DeliveryRow> = if sort.is_none() && filter.is_empty() {
        nested(model)
    } else {
        delivery.applications.iter().map(|it| of_argo(model, it, 0)).collect()
    };
    found.extend(delivery.flux().map(|it| of_flux(model, it)));
    found.retain(|row| filter.split_whitespace().all(|word| matches(row, word)));
    if let Some((column, descending)) = sort {
        found.sort_by_cached_key(|row| (cell(row, column), row.key.clone()));
        if descending {
            found.reverse();
        }
    }
    found
}

/// `!synced`, `health:degraded`, `engine:flux`, `set:root`, or any word of the row.
fn matches(row: &DeliveryRow, word: &str) -> bool {
    if let Some(rest) = word.strip_prefix('!').filter(|it| !it.is_empty()) {
        return !matches(row, rest);
    }
    let (sync, health) = (row.sync.text().to_lowercase(), row.health.text().to_lowercase());
    match word.split_once(':') {
        Some(("health", value)) => health.contains(value),
        Some(("sync", value)) => sync.replace(' ', "").contains(&value.replace(['-', '_'], "")),
        Some(("engine", value)) => row.engine.contains(value),
        Some(("set", value)) => row.set.to_lowercase().contains(value),
        // A state is meant where a word is one: "synced" is not "out of sync".
        _ => match word {
            "synced" => sync.starts_with("synced"),
            "healthy" => health == "healthy" || health.is_empty(),
            _ => {
                let rest =
                    [row.name.to_lowercase(), row.source.to_lowercase(), row.revision.text().to_lowercase()];
                rest.iter().any(|it| it.contains(word))
                    || sync.contains(word)
                    || health.contains(word)
                    || row.engine == word
            }
        },
    }
}

fn cell(row: &DeliveryRow, column: usize) -> String {
    match column {
        1 => row.engine.to_owned(),
        2 => row.sync.text(),
        3 => row.health.text(),
        4 => row.revision.text(),
        5 => format!("{:06}", row.drift),
        6 => row.source.clone(),
        _ => row.name.clone(),
    }
}

/// Applications below the application that made them, at each level by name.
fn nested(model: &Model) -> Vec<DeliveryRow> {
    let all = &model.world.delivery.applications;
    let by_name: BTreeMap<&str, &Application> = all.iter().map(|it| (it.meta.name(), it)).collect();
    let parent = |it: &Application| -> Option<String> {
        it.parent.clone().filter(|name| name != it.meta.name() && by_name.contains_key(name.as_str()))
    };
    let mut children: BTreeMap<Option<String>, Vec<&Application>> = BTreeMap::new();
    for it in all.iter() {
        children.entry(parent(it)).or_default().push(it);
    }
    let mut found = Vec::new();
    let mut open: Vec<(&Application, usize)> =
        children.remove(&None).unwrap_or_default().into_iter().rev().map(|it| (it, 0)).collect();
    while let Some((it, depth)) = open.pop() {
        found.push(of_argo(model, it, depth));
        let below = children.remove(&Some(it.meta.name().to_owned())).unwrap_or_default();
        open.extend(below.into_iter().rev().map(|it| (it, depth + 1)));
    }
    // What is left has made itself, by way of others.
    found.extend(children.into_values().flatten().map(|it| of_argo(model, it, 0)));
    found
}

fn of_argo(model: &Model, it: &Application, depth: usize) -> DeliveryRow {
    let running = it.operation.as_ref().is_some_and(|it| !it.phase.done()) || it.requested;
    let failed = it.operation.as_ref().is_some_and(|it| it.phase.failed()) && it.sync != Sync::Synced;
    let sync = match (it.sync, running) {
        (_, true) => Phrase::new().say(Tone::Wait, "syncs"),
        (Sync::Synced, _) if it.refreshing => Phrase::new().faint("synced").say(Tone::Wait, " asks"),
        (Sync::Synced, _) => Phrase::new().faint("synced"),
        (Sync::OutOfSync, _) if failed => Phrase::new().say(Tone::Bad, "out of sync"),
        (Sync::OutOfSync, _) => Phrase::new().say(Tone::Wait, "out of sync"),
        (Sync::Unknown, _) => Phrase::new().say(Tone::Bad, "unknown"),
    };
    let health = match it.health {
        Health::Healthy => Phrase::new().faint("healthy"),
        Health::Progressing => Phrase::new().say(Tone::Wait, "progressing"),
        Health::Suspended => Phrase::new().faint("suspended"),
        other => Phrase::new().say(Tone::Bad, other.word()),
    };
    let mark = match (it.sync, it.health) {
        _ if failed => Mark::Problem,
        (_, Health::Degraded | Health::Missing) => Mark::Problem,
        _ if running => Mark::UnderWay,
        (Sync::Unknown, _) => Mark::Lost,
        (Sync::OutOfSync, _) if it.automated.is_none() => Mark::Problem,
        (Sync::OutOfSync, _) | (_, Health::Progressing) => Mark::UnderWay,
        (_, Health::Suspended) => Mark::NotConfigured,
        _ => Mark::Good,
    };
    let source = it.sources.iter().find(|it| !it.path.is_empty()).or(it.sources.first());
    let source = source
        .map(|it| if it.path.is_empty() { format!("{} {}", it.chart, it.target) } else { it.path.clone() });
    DeliveryRow {
        key: key(&it.meta.id),
        object: it.meta.id.clone(),
        mark,
        depth,
        name: it.meta.name().to_owned(),
        engine: "argo",
        sync,
        health,
        revision: revision(model, it.revision().unwrap_or_default()),
        drift: crate::queries::drift::delivered_by(model, &it.meta.id),
        source: source.unwrap_or_default(),
        set: it.set.clone().or_else(|| it.parent.clone()).unwrap_or_default(),
    }
}

fn of_flux(model: &Model, it: &FluxObject) -> DeliveryRow {
    let ready = it.conditions.get("Ready");
    let working = it.conditions.is_true("Reconciling") || it.awaits();
    let stale = it.observed_generation < it.meta.generation;
    let (mark, sync) = match ready.map(|it| it.status) {
        _ if it.suspended => (Mark::NotConfigured, Phrase::new().say(Tone::Wait, "suspended")),
        // Whoever waits for another has not failed itself.
        Some(Truth::False) if ready.is_some_and(|it| it.reason == "DependencyNotReady") => {
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, "waits"))
        }
        Some(Truth::False) if working => (Mark::UnderWay, Phrase::new().say(Tone::Wait, "tries again")),
        Some(Truth::False) => (Mark::Problem, Phrase::new().say(Tone::Bad, "failed")),
        Some(Truth::True) if working || stale => {
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, "reconciles"))
        }
        Some(Truth::True) => (Mark::Good, Phrase::new().faint("synced")),
        _ => (Mark::UnderWay, Phrase::new().say(Tone::Wait, "unknown")),
    };
    let health = match it.conditions.get("Healthy").map(|it| it.status) {
        Some(Truth::True) => Phrase::new().faint("healthy"),
        Some(Truth::False) => Phrase::new().say(Tone::Bad, "not healthy"),
        _ if it.conditions.is_true("Remediated") => Phrase::new().say(Tone::Bad, "rolled back"),
        _ if it.conditions.get("TestSuccess").is_some_and(|it| it.status == Truth::False) => {
            Phrase::new().say(Tone::Bad, "tests fail")
        }
        _ if it.conditions.is_true("Drifted") => Phrase::new().say(Tone::Wait, "drifted"),
        _ => Phrase::new(),
    };
    DeliveryRow {
        key: key(&it.meta.id),
        object: it.meta.id.clone(),
        mark,
        depth: 0,
        name: it.meta.name().to_owned(),
        engine: "flux",
        sync,
        health,
        revision: revision(model, it.commit().unwrap_or_default()),
        drift: crate::queries::drift::delivered_by(model, &it.meta.id),
        source: it.path.clone(),
        set: it.source.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
    }
}

/// "a91f3c2 = HEAD", "3f0e77a 2 behind", or a chart's version as it is.
pub fn revision(model: &Model, revision: &str) -> Phrase {
    let hex = revision.len() >= 12 && revision.chars().all(|it| it.is_ascii_hexdigit());
    if !hex {
        return Phrase::new().faint(revision);
    }
    let short = Phrase::new().plain(revision.get(..7).unwrap_or(revision));
    let head = model.world.repository.as_ref().and_then(|it| it.remote_tip.as_ref());
    if head.is_some_and(|it| it.0 == revision) {
        return short.faint(" = HEAD");
    }
    match model.world.log.commits.iter().position(|it| it.id.0 == revision) {
        Some(0) | None => short,
        Some(behind) => short.say(Tone::Wait, format!(" {behind} behind")),
    }
}

/// "25 applications, 2 of Flux; 24 synced, 25 healthy".
pub fn summary(model: &Model) -> Phrase {
    let delivery = &model.world.delivery;
    let (apps, flux) = (delivery.applications.len(), delivery.flux().count());
    let synced = delivery.applications.iter().filter(|it| it.sync == Sync::Synced).count();
    let healthy = delivery.applications.iter().filter(|it| it.health == Health::Healthy).count();
    let mut phrase = Phrase::new().plain(crate::queries::words::count(apps, "application", "applications"));
    if apps > 0 {
        phrase = phrase
            .faint("   ")
            .say(if synced < apps { Tone::Wait } else { Tone::Faint }, format!("{synced} synced"));
        phrase = phrase
            .faint("   ")
            .say(if healthy < apps { Tone::Wait } else { Tone::Faint }, format!("{healthy} healthy"));
    }
    if flux > 0 {
        phrase = phrase.faint("   ").plain(crate::queries::words::count(flux, "Flux object", "Flux objects"));
    }
    phrase
}

/// Why there is nothing to show.
pub fn silence(model: &Model) -> String {
    let filter = model.screen.listing().map(|it| it.filter.as_str()).unwrap_or_default();
    if !filter.is_empty() {
        return format!("nothing here matches `{filter}`");
    }
    let engines = [Source::Argo, Source::Flux];
    let feeds = engines.into_iter().flat_map(|source| model.world.feeds_of(source));
    let said: Vec<String> = feeds
        .filter_map(|(feed, state)| match &state.link {
            Link::Live => None,
            Link::Connecting => Some(format!("{}: connecting", feed.source.word())),
            Link::Degraded { why, .. } | Link::Forbidden { why } => {
                Some(format!("{}: {why}", feed.source.word()))
            }
            Link::NotInstalled { .. } => Some(format!("{} is not installed", feed.source.word())),
            Link::NotConfigured { why } => Some(why.clone()),
        })
        .fold(Vec::new(), |mut said, it| {
            // Argo CD and Flux are of one cluster, and mostly not there for one reason.
            if !said.contains(&it) {
                said.push(it);
            }
            said
        });
    if said.is_empty() { "nothing is delivered here".into() } else { said.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::deliveries::detail;
    use crate::{Message, update};
    use domain::{Change, Condition, Conditions, DeliveryChange, Meta, Observation};

    fn object(kind: &str, name: &str, ready: (Truth, &str, &str)) -> FluxObject {
        let id = ObjectRef {
            group: "toolkit.fluxcd.io".into(),
            kind: kind.into(),
            namespace: "flux-system".into(),
            name: name.into(),
        };
        let (status, reason, message) = ready;
        let condition = Condition {
            kind: "Ready".into(),
            status,
            reason: reason.into(),
            message: message.into(),
            ..Condition::default()
        };
        FluxObject {
            meta: Meta { id, ..Meta::default() },
            conditions: Conditions(vec![condition]),
            ..FluxObject::default()
        }
    }

    #[test]
    fn flux_is_listed_with_its_sources_and_what_each_waits_for() {
        let mut model = Model::default();
        let well = (Truth::True, "ReconciliationSucceeded", "");
        let source = ObjectRef { group: String::new(), ..object("OCIRepository", "manifests", well).meta.id };
        let apps = FluxObject { source: Some(source), ..object("Kustomization", "apps", well) };
        let waits =
            object("Kustomization", "late", (Truth::False, "DependencyNotReady", "apps is not ready"));
        let failed = object("HelmRelease", "loki", (Truth::False, "UpgradeFailed", "timed out"));
        let manifests =
            object("OCIRepository", "manifests", (Truth::False, "FetchFailed", "401\nfrom the registry"));
        for said in [
            DeliveryChange::Kustomizations(Change::Snapshot(vec![apps, waits])),
            DeliveryChange::HelmReleases(Change::Snapshot(vec![failed])),
            DeliveryChange::FluxSources("OCIRepository", Change::Snapshot(vec![manifests])),
            DeliveryChange::FluxSources("GitRepository", Change::Snapshot(Vec::new())),
        ] {
            update(&mut model, Message::Observed(Observation::Delivery(said)));
        }
        let listed: Vec<String> =
            rows(&model).iter().map(|it| format!("{} {} {:?}", it.name, it.sync.text(), it.mark)).collect();
        assert_eq!(
            listed,
            ["apps synced Good", "late waits UnderWay", "loki failed Problem", "manifests failed Problem"]
        );
        let detail = detail(&model, &rows(&model)[0].object);
        let from: Vec<String> = detail.sections[0].1.iter().map(Phrase::text).collect();
        assert_eq!(
            from[1..],
            ["from OCIRepository flux-system/manifests", "which fails: 401 from the registry"]
        );
    }
}
