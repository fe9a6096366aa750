//! The bar: one mark for every source, made of all its feeds.

use super::fleet::Mark;
use super::road;
use crate::{ClusterEntry, Model};
use domain::{Feed, Link, Moment, Reached, Source, Step};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMark {
    pub source: Source,
    pub mark: Mark,
    /// How many there are of what it tells of, where that is worth a cell.
    pub count: Option<usize>,
    /// In words: live, connecting, degraded since …, forbidden, not installed, not configured, partial.
    pub says: String,
    /// By which credentials it is asked, where that is known.
    pub access: String,
}

/// What a cluster is to those who own it: "PROD".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub word: String,
    /// It is a warning.
    pub production: bool,
}

/// The change that is on its way, for the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    pub mark: Mark,
    pub commit: String,
    /// "rolling"
    pub step: String,
    /// "rolling 1 of 3"
    pub says: String,
}

/// What stands in the bar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bar {
    pub cluster: String,
    pub environment: Option<Environment>,
    pub region: String,
    /// The sources that matter here: those that are configured, or should be.
    pub sources: Vec<SourceMark>,
    /// Since when what is shown is as it was, where a source that told of it is not heard now.
    pub as_of: Option<Moment>,
    /// The change that has not arrived yet.
    pub change: Option<Moving>,
}

pub fn bar(model: &Model) -> Bar {
    let capi = &model.world.capi;
    let cluster = capi.clusters.iter().next().map(|it| it.meta.name().to_owned()).unwrap_or_default();
    let region =
        capi.infra_clusters.iter().flat_map(|it| it.regions.iter()).next().cloned().unwrap_or_default();
    let argo = !model.world.delivery.applications.is_empty();
    let shown = |it: &SourceMark| !(it.source == Source::Flux && it.mark == Mark::NotConfigured && argo);
    let environment = entry(model).filter(|it| !it.environment.is_empty());
    let environment =
        environment.map(|it| Environment { word: it.environment.clone(), production: it.production() });
    Bar {
        // Where Cluster API is not at hand, the context is what people call the cluster.
        cluster: if cluster.is_empty() {
            model.settings.context.clone().unwrap_or_default()
        } else {
            cluster
        },
        environment,
        region,
        sources: marks(model).into_iter().filter(shown).collect(),
        as_of: as_of(model),
        change: moving(model),
    }
}

/// What the repository says of this cluster in its `.pilothouse.toml`.
pub fn entry(model: &Model) -> Option<&ClusterEntry> {
    let declared = model.world.capi.clusters.iter().map(|it| it.meta.name());
    model.settings.clusters.entry(declared.chain(model.settings.context.as_deref()))
}

fn moving(model: &Model) -> Option<Moving> {
    let journey = road::on_its_way(model).filter(|it| !it.verified())?;
    let step = journey.step();
    let reached = journey.leg(step).map(|it| &it.reached);
    let mark = match reached {
        Some(Reached::Failed { .. }) => Mark::Problem,
        Some(Reached::Waiting) => Mark::NotConfigured,
        _ => Mark::UnderWay,
    };
    // A step that waits is not reached; what was reached before it is where the change is.
    let word = match (reached, step) {
        (Some(Reached::Waiting), Step::Pushed) => "not pushed".to_owned(),
        // Somebody else does that, and may not.
        (Some(Reached::UnderWay { .. } | Reached::Failed { .. }), Step::Merged) => "not merged".to_owned(),
        (Some(Reached::Failed { .. }), step) => format!("{} failed", step.word()),
        (_, Step::Verified) => "being verified".to_owned(),
        (_, step) => step.word().to_owned(),
    };
    let says = match journey.machines.filter(|_| step == Step::Rolling) {
        Some((done, of)) => format!("{word} {done} of {of}"),
        None => word.clone(),
    };
    Some(Moving { mark, commit: journey.commit.short().to_owned(), step: word, says })
}

/// When the source that is silent for longest was last heard.
fn as_of(model: &Model) -> Option<Moment> {
    let silent = |source: &Source| !model.world.feeds_of(*source).any(|(_, state)| state.link == Link::Live);
    let last = |source: Source| model.world.feeds_of(source).filter_map(|(_, state)| state.heard).max();
    Source::ALL.into_iter().filter(silent).filter_map(last).min()
}

/// Why a source tells nothing, where it is not merely being asked.
pub fn unheard(model: &Model, source: Source) -> Option<String> {
    let mark = mark(model, source);
    (!matches!(mark.mark, Mark::Good | Mark::UnderWay)).then(|| format!("{}: {}", source.word(), mark.says))
}

/// Why a source that was heard is not any more.
pub fn lost(model: &Model, source: Source) -> Option<String> {
    let mark = mark(model, source);
    (mark.mark == Mark::Lost).then(|| format!("{}: {}", source.word(), mark.says))
}

/// Why Talos on a node is not heard, where it is not.
pub fn silent(model: &Model, node: &domain::Node) -> Option<String> {
    let of_it = |feed: &Feed| feed.part == node.name.0 || feed.part == node.address;
    let mut feeds = model.world.feeds_of(Source::Talos).filter(|(feed, _)| of_it(feed));
    feeds.find(|(_, it)| matches!(it.link, Link::Degraded { .. })).map(|(_, it)| words(&it.link))
}

pub fn marks(model: &Model) -> Vec<SourceMark> {
    Source::ALL.into_iter().map(|source| mark(model, source)).collect()
}

/// Whether a part of a source is still being asked for the first time.
pub fn connects(model: &Model, source: Source) -> bool {
    links(model, source).into_iter().any(|it| *it == Link::Connecting)
}

/// Whether a part of a source that should answer does not, or has not yet.
pub fn wants(model: &Model, source: Source) -> bool {
    links(model, source).into_iter().any(|it| matches!(it, Link::Connecting | Link::Degraded { .. }))
}

/// How each part of a source is heard, but for nodes that have left.
fn links(model: &Model, source: Source) -> Vec<&Link> {
    let left: Vec<&domain::Node> = match source {
        Source::Talos | Source::Etcd => {
            model.world.nodes.iter().filter(|node| super::departed::departed(model, node)).collect()
        }
        _ => Vec::new(),
    };
    let here = |part: &str| !left.iter().any(|node| node.name.0 == part || node.address == part);
    let feeds = model.world.feeds_of(source).filter(|(feed, _)| here(&feed.part));
    feeds.map(|(_, state)| &state.link).collect()
}

fn mark(model: &Model, source: Source) -> SourceMark {
    let mut links = links(model, source);
    // A part that is not installed is no fault of a source whose other parts answer.
    if links.iter().any(|link| matches!(link, Link::Live)) {
        links.retain(|link| !matches!(link, Link::NotInstalled { .. }));
    }
    let live = links.iter().filter(|link| matches!(link, Link::Live)).count();
    let worst = links.iter().filter(|link| !matches!(link, Link::Live)).min_by_key(|link| rank(link));
    let (mark, says) = match worst {
        None if links.is_empty() => (Mark::NotConfigured, "not configured".into()),
        None => (Mark::Good, "live".into()),
        Some(Link::Connecting) if live > 0 => {
            (Mark::UnderWay, format!("{live} of {} feeds live", links.len()))
        }
        Some(link) if live > 0 => {
            (Mark::Problem, format!("{live} of {} feeds live; {}", links.len(), words(link)))
        }
        Some(Link::Connecting) => (Mark::UnderWay, "connecting".into()),
        Some(link @ Link::Degraded { .. }) => (Mark::Lost, words(link)),
        Some(link @ Link::Forbidden { .. }) => (Mark::Problem, words(link)),
        Some(link) => (Mark::NotConfigured, words(link)),
    };
    let access = model.world.access.get(&source).cloned().unwrap_or_default();
    SourceMark { source, mark, count: counted(model, source), says, access }
}

/// The worst first.
fn rank(link: &Link) -> u8 {
    match link {
        Link::Degraded { .. } => 0,
        Link::Forbidden { .. } => 1,
        Link::Connecting => 2,
        Link::NotInstalled { .. } => 3,
        Link::NotConfigured { .. } => 4,
        Link::Live => 5,
    }
}

fn words(link: &Link) -> String {
    match link {
        Link::Live => "live".into(),
        Link::Connecting => "connecting".into(),
        Link::Degraded { why, .. } => format!("degraded: {why}"),
        Link::Forbidden { why } => format!("forbidden: {why}"),
        Link::NotInstalled { why } => format!("not installed: {why}"),
        Link::NotConfigured { why } => format!("not configured: {why}"),
    }
}

/// Everything that can be said of how a source is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub mark: SourceMark,
    /// The parts that are not heard well: which, why, and when one of them was last heard. Those that say no more
    /// than the source itself are left out.
    pub parts: Vec<(String, String, Option<Moment>)>,
}

pub fn accounts(model: &Model) -> Vec<Account> {
    let account = |mark: SourceMark| {
        let mut parts: Vec<(String, String, Option<Moment>)> = Vec::new();
        for (feed, state) in model.world.feeds_of(mark.source) {
            let why = words(&state.link);
            let known = matches!(state.link, Link::Live | Link::NotInstalled { .. }) || why == mark.says;
            if known || feed.part.is_empty() {
                continue;
            }
            match parts.iter_mut().find(|it| it.1 == why) {
                Some((names, _, heard)) => {
                    *names = format!("{names}, {}", feed.part);
                    *heard = (*heard).max(state.heard);
                }
                None => parts.push((feed.part.clone(), why, state.heard)),
            }
        }
        Account { mark, parts }
    };
    marks(model).into_iter().map(account).collect()
}

fn counted(model: &Model, source: Source) -> Option<usize> {
    let count = match source {
        Source::Talos => super::fleet::present(model).count(),
        Source::Etcd => domain::Etcd::of(model.world.etcd.iter()).voters(),
        _ => 0,
    };
    (count > 0).then_some(count)
}
