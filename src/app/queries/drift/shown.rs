//! What the Drift screen shows: its rows, what was compared, and what the selected row can be brought together by.

use super::since;
use crate::queries::{departed, sources};
use crate::{Action, Availability, Model, Page, Place, RowKey};
use domain::{Class, Difference, Found, Moment, Return, Said, Source, Subject, Way};
use std::collections::BTreeMap;

pub const COLUMNS: &[&str] = &["class", "where", "field", "Git says", "it is", "since", "who"];

/// Every difference that the filter of the page lets through, in its order.
pub fn shown(model: &Model) -> Vec<&Difference> {
    let list = model.screen.lists.get(&Place::Page(Page::Drift));
    let filter = list.map(|it| it.filter.to_lowercase()).unwrap_or_default();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let matches = |it: &&Difference| {
        // What every row has to be written out for is done only where somebody looks for something.
        if words.is_empty() {
            return true;
        }
        let all = format!(
            "{} {} {} {} {} {}",
            it.class.word(),
            it.of.words(),
            it.document,
            it.field,
            it.written.as_ref().map(|it| it.path.0.as_str()).unwrap_or_default(),
            writer_words(model, it),
        );
        let all = all.to_lowercase();
        words.iter().all(|word| match word.strip_prefix('!').filter(|it| !it.is_empty()) {
            Some(word) => !all.contains(word),
            None => all.contains(*word),
        })
    };
    let mut rows: Vec<&Difference> = super::all(model).iter().filter(matches).collect();
    if let Some((column, descending)) = list.and_then(|it| it.sort) {
        rows.sort_by_cached_key(|it| cell(model, it, column));
        if descending {
            rows.reverse();
        }
    }
    rows
}

fn cell(model: &Model, it: &Difference, column: usize) -> String {
    let said = |it: &Said| it.value().unwrap_or_default().to_owned();
    match column {
        0 => (it.class as u8).to_string(),
        1 => it.of.words(),
        2 => format!("{} {}", it.document, it.field),
        3 => said(&it.git),
        4 => said(&it.live),
        5 => format!("{:020}", since_of(model, it).map_or(0, |it| it.0)),
        _ => writer_words(model, it),
    }
}

/// The names of these rows.
pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).into_iter().map(|it| RowKey(it.key())).collect()
}

pub fn find<'a>(model: &'a Model, key: &RowKey) -> Option<&'a Difference> {
    model.drift.index.find(&key.0).and_then(|at| super::all(model).get(at))
}

/// The difference that is selected on the Drift page.
pub fn selected(model: &Model) -> Option<&Difference> {
    if model.screen.place != Place::Page(Page::Drift) {
        return None;
    }
    find(model, model.screen.listing()?.selected.as_ref()?)
}

/// Since when it differs: as the wire says, else since this cockpit has seen it.
pub fn since_of(model: &Model, it: &Difference) -> Option<Moment> {
    it.since.or_else(|| model.drift.seen.get(&it.key()).copied())
}

/// Who is to be asked about it: who wrote what is live, else who is on the way.
pub fn writer_words(model: &Model, it: &Difference) -> String {
    match (&it.writer, it.class) {
        (Some(writer), _) => writer.name.clone(),
        (None, Class::Pending | Class::Stuck) if matches!(it.of, Subject::Object(_)) => {
            let waits = it.ways.iter().find_map(|way| match way {
                Way::Wait(by) => Some(by.clone()),
                _ => None,
            });
            waits.unwrap_or_default()
        }
        (None, Class::Pending) => {
            let line = it.written.as_ref().and_then(|at| since::commit_of(model, at));
            line.map(|it| it.author.clone()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// What was compared, and what could not be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    pub nodes: usize,
    pub objects: usize,
    /// What could not be compared, by the reason: how many, and the first of them.
    pub unknown: BTreeMap<String, (usize, String)>,
    /// The repository was read, and something of the cluster was heard.
    pub begun: bool,
}

pub fn compared(model: &Model) -> Compared {
    let world = &model.world;
    let lost = |source| sources::lost(model, source);
    let mut it = Compared { begun: world.sources.is_some(), ..Compared::default() };
    for config in world.configs.iter() {
        if world.nodes.get(&config.node).is_some_and(|node| departed::departed(model, node)) {
            continue;
        }
        let silent = world.nodes.get(&config.node).and_then(|node| sources::silent(model, node));
        match (&config.basis, silent) {
            (Ok(_), None) => it.nodes += 1,
            (Ok(_), Some(why)) => it.unknown(&format!("it does not answer any more: {why}"), &config.node.0),
            // What its Machine booted with is not known to nobody: it could not be asked.
            (Err(_), _) if lost(Source::Capi).is_some() => {
                it.unknown(&lost(Source::Capi).unwrap_or_default(), &config.node.0)
            }
            (Err(why), _) => it.unknown(why, &config.node.0),
        }
    }
    for object in world.declared.iter() {
        match &object.found {
            Found::Unknown(why) => it.unknown(why, &Subject::Object(object.object.clone()).words()),
            _ => it.objects += 1,
        }
    }
    let sides = [
        (world.configs_heard, Source::Talos, "the machine configs"),
        (world.objects_heard, Source::Kube, "the objects of Kubernetes"),
    ];
    let begun = it.begun;
    // What was heard before is no news of what is.
    let heard = [
        (world.objects_heard, Source::Kube, "the objects of Kubernetes"),
        (!world.capi.clusters.is_empty(), Source::Capi, "the objects of Cluster API"),
        (true, Source::Git, "the newest commit"),
    ];
    for (_, source, what) in heard.into_iter().filter(|(heard, ..)| *heard && begun) {
        if let Some(why) = lost(source) {
            it.unknown(&why, what);
        }
    }
    if begun && let Some(why) = world.repository.as_ref().and_then(|it| it.fetch_failed.as_ref()) {
        it.unknown(&format!("the remote was not asked: {why}"), "the newest commit");
    }
    if super::cloud::is_declared(model) && !super::cloud::heard(model, "") {
        let why = sources::unheard(model, Source::Hcloud);
        it.unknown(&why.unwrap_or_else(|| "hcloud: it is still being asked".into()), "what is at Hetzner");
    } else if let Some((why, first)) = super::firewalls::unknown(model) {
        it.unknown(&why, &first);
    }
    for (_, source, what) in sides.into_iter().filter(|(heard, ..)| !heard && begun) {
        let why = sources::unheard(model, source);
        it.unknown(&why.unwrap_or_else(|| "it is still being compared".into()), what);
    }
    it
}

/// Whether a side may still be heard: until then nothing is known to be equal.
pub(super) fn waits(model: &Model) -> bool {
    let world = &model.world;
    let waits = |heard: bool, source| !heard && sources::unheard(model, source).is_none();
    waits(world.configs_heard, Source::Talos)
        || waits(world.objects_heard, Source::Kube)
        || world.declared.iter().any(|it| it.found.is_awaited())
}

impl Compared {
    fn unknown(&mut self, why: &str, what: &str) {
        let known = self.unknown.entry(why.to_owned()).or_insert_with(|| (0, what.to_owned()));
        known.0 += 1;
    }
}

/// Whether the selected difference can be adopted, or brought back.
pub fn may(model: &Model, action: Action) -> Availability {
    if model.screen.place != Place::Page(Page::Drift) {
        return Err("differences are on the Drift screen".into());
    }
    let it = selected(model).ok_or("nothing is selected")?;
    let waits = it.ways.iter().find_map(|way| match way {
        Way::Wait(by) => Some(format!("there is nothing to do: {by}")),
        _ => None,
    });
    if action == Action::Adopt {
        return match it.ways.iter().any(|way| matches!(way, Way::Adopt(_))) {
            true => Ok(()),
            false if it.class == Class::Pending => Err("Git is ahead: what is live is not adopted".into()),
            false => Err(waits.unwrap_or_else(|| "no draft would bring it together".into())),
        };
    }
    match it.ways.iter().find(|way| matches!(way, Way::BringBack(_))) {
        Some(Way::BringBack(Return::Plan(_))) => {
            if model.rolls.conductor.as_ref().is_some_and(crate::model::Conductor::under_way) {
                return Err("a roll is under way".into());
            }
            Ok(())
        }
        Some(_) => Ok(()),
        None => Err(waits.unwrap_or_else(|| "the cockpit has no way to bring it back".into())),
    }
}
