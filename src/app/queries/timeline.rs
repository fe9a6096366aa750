//! Everything that happened, on one axis: the newest first.

use crate::{Model, RowKey};
use domain::Moment;

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
    model.world.news.iter().rev().map(|news| Happening {
        key: RowKey(format!("{} {} {} {}", news.at.0, news.source.word(), news.about, news.words)),
        at: news.at,
        lane: news.source.word(),
        about: news.about.clone(),
        says: news.words.clone(),
    })
}

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
