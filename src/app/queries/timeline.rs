//! Everything that happened, on one axis: the newest first.

use crate::{Model, RowKey};
use domain::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub key: RowKey,
    pub at: Moment,
    /// Who told: a source's word, or "you".
    pub lane: &'static str,
    pub about: String,
    pub says: String,
}

/// Columns of the Timeline screen.
pub const COLUMNS: &[&str] = &["time", "source", "what", "happened"];

/// What the filter of the list on the screen lets through, the newest first.
pub fn shown(model: &Model) -> Vec<Happening> {
    let filter = model.screen.listing().map(|list| list.filter.to_lowercase()).unwrap_or_default();
    latest(model)
        .filter(|it| {
            filter.is_empty()
                || it.about.to_lowercase().contains(&filter)
                || it.says.to_lowercase().contains(&filter)
                || it.lane.contains(&filter)
        })
        .collect()
}

/// Everything, the newest first.
pub fn latest(model: &Model) -> impl Iterator<Item = Happening> + '_ {
    // A node that told of itself before its name was known did so by its address.
    let nodes = model.world.nodes.iter().filter(|it| it.name.0 != it.address);
    let names: BTreeMap<&str, &str> = nodes.map(|it| (it.address.as_str(), it.name.0.as_str())).collect();
    let mut told = BTreeSet::new();
    model.world.news.iter().rev().filter_map(move |news| {
        let about = names.get(news.about.as_str()).copied().unwrap_or(&news.about).to_owned();
        let key = RowKey(format!("{} {} {about} {}", news.at.0, news.source.word(), news.words));
        let (at, lane, says) = (news.at, news.source.word(), news.words.clone());
        told.insert(key.clone()).then_some(Happening { key, at, lane, about, says })
    })
}

/// Things of one kind that happened within so short a time are one happening to a person.
const AT_ONCE: Duration = Duration::from_secs(20);
/// What is older is told of each thing by its last word.
const LATELY: Duration = Duration::from_secs(20 * 3_600);

/// The same for the Bridge, where every line counts: what happened to many at once is one line, and of what is long
/// past only how it ended is told.
pub fn digest(model: &Model, most: usize) -> Vec<Happening> {
    let mut lines: Vec<(Happening, usize)> = Vec::new();
    let mut past = BTreeSet::new();
    for it in latest(model).take(MOST) {
        if model.now.since(it.at) >= LATELY && !past.insert((it.lane, it.about.clone())) {
            continue;
        }
        let same = lines.last_mut().filter(|(before, _)| {
            before.lane == it.lane && before.says == it.says && before.at.since(it.at) < AT_ONCE
        });
        if let Some((_, more)) = same {
            *more += 1;
            continue;
        }
        if lines.len() == most {
            break;
        }
        lines.push((it, 0));
    }
    lines
        .into_iter()
        .map(|(mut it, more)| {
            if more > 0 {
                it.about = format!("{} and {more} more", it.about);
            }
            it
        })
        .collect()
}

/// How far back a digest looks.
const MOST: usize = 400;

/// When something happened: the time of day where that is within the last day, else how long ago it is.
pub fn when(model: &Model, at: Moment) -> String {
    let age = model.now.since(at);
    if age.as_secs() < 20 * 3_600 { clock(model, at) } else { format!("{} ago", super::ages::short(age)) }
}

/// The time of day on the person's wall: "14:02:31".
pub fn clock(model: &Model, at: Moment) -> String {
    let seconds = at.seconds() + i64::from(model.settings.utc_offset);
    let (h, m, s) =
        (seconds.rem_euclid(86_400) / 3_600, seconds.rem_euclid(3_600) / 60, seconds.rem_euclid(60));
    format!("{h:02}:{m:02}:{s:02}")
}
