//! The Resources screen: every kind the server has, and what has to be listened to for what is looked at.

use crate::{Model, Page, Place, RowKey, Tab};
use domain::{Kind, KindRef, ObjectRef, PodLogs, RowsOf, Watch};

pub const COLUMNS: &[&str] = &["kind", "count", "group", "version", "scope", "short"];

/// One kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRow {
    pub key: RowKey,
    pub plural: String,
    /// How many there are; empty while they are not counted.
    pub count: String,
    pub group: String,
    pub version: String,
    pub scope: &'static str,
    pub short: String,
    /// Which family it belongs to, where it is the first of it.
    pub family: Option<&'static str>,
}

/// The kinds that can be listed, family by family, filtered.
pub fn kinds(model: &Model) -> Vec<KindRow> {
    let filter = model.screen.listing().map(|list| list.filter.to_lowercase()).unwrap_or_default();
    let mut kinds: Vec<&Kind> =
        model.world.kinds.iter().filter(|kind| kind.watchable && matches(kind, &filter)).collect();
    kinds.sort_by_cached_key(|kind| (family(kind), kind.id.group.clone(), kind.plural.clone()));
    if let Some((column, descending)) = model.screen.listing().and_then(|list| list.sort) {
        kinds.sort_by_cached_key(|kind| match column {
            0 => kind.plural.clone(),
            1 => format!("{:020}", model.world.counts.get(&kind.id).copied().unwrap_or(0)),
            2 => kind.id.group.clone(),
            3 => kind.version.clone(),
            4 => kind.namespaced.to_string(),
            _ => kind.short.join(" "),
        });
        if descending {
            kinds.reverse();
        }
    }
    let mut before = None;
    kinds
        .into_iter()
        .map(|kind| {
            let family = FAMILIES.get(family(kind)).map_or("custom", |(word, _)| *word);
            let first = before.replace(family) != Some(family);
            KindRow {
                key: key(&kind.id),
                plural: kind.plural.clone(),
                count: count(model, &kind.id),
                group: kind.id.group.clone(),
                version: kind.version.clone(),
                scope: if kind.namespaced { "namespaced" } else { "cluster" },
                short: kind.short.join(" "),
                family: first.then_some(family),
            }
        })
        .collect()
}

fn count(model: &Model, kind: &KindRef) -> String {
    let count = model.world.counts.get(kind).and_then(|it| usize::try_from(*it).ok());
    count.map(super::rows::grouped).unwrap_or_default()
}

fn matches(kind: &Kind, filter: &str) -> bool {
    filter.split_whitespace().all(|word| {
        kind.plural.contains(word)
            || kind.id.kind.to_lowercase().contains(word)
            || kind.id.group.contains(word)
            || kind.short.iter().any(|it| it == word)
    })
}

/// What people look for first comes first; the group decides.
const FAMILIES: &[(&str, &[&str])] = &[
    ("workloads", &["apps", "batch", "autoscaling", "policy"]),
    ("core", &["", "events.k8s.io", "coordination.k8s.io", "scheduling.k8s.io", "node.k8s.io"]),
    ("network", &["networking.k8s.io", "discovery.k8s.io", "gateway.networking.k8s.io"]),
    ("storage", &["storage.k8s.io", "snapshot.storage.k8s.io"]),
    (
        "access",
        &[
            "rbac.authorization.k8s.io",
            "authorization.k8s.io",
            "authentication.k8s.io",
            "certificates.k8s.io",
            "admissionregistration.k8s.io",
        ],
    ),
    (
        "server",
        &[
            "apiextensions.k8s.io",
            "apiregistration.k8s.io",
            "flowcontrol.apiserver.k8s.io",
            "internal.apiserver.k8s.io",
            "resource.k8s.io",
        ],
    ),
];

fn family(kind: &Kind) -> usize {
    match (kind.id.group.as_str(), kind.id.kind.as_str()) {
        ("", "Pod") => 0,
        ("", "Service" | "Endpoints") => 2,
        ("", "PersistentVolume" | "PersistentVolumeClaim") => 3,
        ("", "ServiceAccount") => 4,
        (group, _) => {
            FAMILIES.iter().position(|(_, groups)| groups.contains(&group)).unwrap_or(FAMILIES.len())
        }
    }
}

fn key(kind: &KindRef) -> RowKey {
    RowKey(kind.to_string())
}

/// The kind of a row.
pub fn kind_of(model: &Model, row: &RowKey) -> Option<KindRef> {
    model.world.kinds.iter().map(|kind| &kind.id).find(|kind| key(kind) == *row).cloned()
}

/// The kind that people mean by a word: its plural, its kind, its short name; the built-in one where several do.
pub fn named<'a>(model: &'a Model, word: &str) -> Option<&'a Kind> {
    let word = word.to_lowercase();
    let (name, group) = word.split_once('.').unwrap_or((&word, ""));
    let means = |kind: &&Kind| {
        kind.watchable
            && (group.is_empty() || kind.id.group.starts_with(group))
            && (kind.plural == name || kind.singular == name || kind.short.iter().any(|it| it == name))
    };
    model.world.kinds.iter().filter(means).min_by_key(|kind| family(kind))
}

/// Which rows the list on the screen shows, where it shows rows of a kind.
pub fn rows_of(model: &Model) -> Option<RowsOf> {
    match &model.screen.place {
        Place::Rows(kind) => Some(listed(model, kind)),
        Place::Object(object, Tab::Events) => Some(events_of(object)),
        _ => None,
    }
}

fn listed(model: &Model, kind: &KindRef) -> RowsOf {
    let namespaced = model.world.kinds.get(kind).is_none_or(|it| it.namespaced);
    let namespace = model.screen.namespace.clone().filter(|_| namespaced);
    RowsOf { kind: kind.clone(), namespace, about: None }
}

/// The events about one object.
pub fn events_of(object: &ObjectRef) -> RowsOf {
    let namespace = Some(object.namespace.clone()).filter(|it| !it.is_empty());
    RowsOf { kind: KindRef::new("", "Event"), namespace, about: Some(object.clone()) }
}

/// Which logs the place on the screen shows.
pub fn logs_of(model: &Model) -> Option<PodLogs> {
    let previous = model.screen.listing().is_some_and(|list| list.previous);
    match &model.screen.place {
        Place::Object(object, Tab::Logs) => Some(PodLogs { pods: vec![object.clone()], previous }),
        Place::PodLogs(pods) => Some(PodLogs { pods: pods.clone(), previous }),
        _ => None,
    }
}

/// What has to be listened to. The list that an object was opened from stays live: one comes back to it.
pub fn watches(model: &Model) -> Vec<Watch> {
    let mut wanted: Vec<Watch> = Vec::new();
    if model.screen.place == Place::Page(Page::Resources) {
        wanted.push(Watch::Counts);
    }
    wanted.extend(rows_of(model).map(Watch::Rows));
    wanted.extend(logs_of(model).map(Watch::PodLogs));
    if let Place::Object(object, tab) = &model.screen.place {
        wanted.push(Watch::Object(object.clone()));
        if *tab == Tab::Overview {
            wanted.push(Watch::Rows(events_of(object)));
        }
    }
    if model.screen.place.page() == Page::Resources {
        let below = model.screen.behind.iter().rev().find_map(|place| match place {
            Place::Rows(kind) => Some(listed(model, kind)),
            _ => None,
        });
        wanted.extend(below.map(Watch::Rows));
    }
    wanted
}
