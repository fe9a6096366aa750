//! The bar: one mark for every source, made of all its feeds.

use super::fleet::Mark;
use crate::Model;
use domain::{Link, Source};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMark {
    pub source: Source,
    pub mark: Mark,
    /// In words: live, connecting, degraded since …, forbidden, not installed, not configured, partial.
    pub says: String,
}

pub fn marks(model: &Model) -> Vec<SourceMark> {
    Source::ALL.into_iter().map(|source| mark(model, source)).collect()
}

fn mark(model: &Model, source: Source) -> SourceMark {
    let links: Vec<&Link> = model.world.feeds_of(source).map(|(_, state)| &state.link).collect();
    let live = links.iter().filter(|link| matches!(link, Link::Live)).count();
    let (mark, says) = match links.iter().find(|link| !matches!(link, Link::Live)) {
        None if links.is_empty() => (Mark::NotConfigured, "not configured".into()),
        None => (Mark::Good, "live".into()),
        Some(_) if live > 0 => (Mark::Problem, format!("partial: {live} of {} feeds live", links.len())),
        Some(Link::Connecting) => (Mark::UnderWay, "connecting".into()),
        Some(Link::Degraded { why, .. }) => (Mark::Lost, format!("degraded: {why}")),
        Some(Link::Forbidden { why }) => (Mark::Problem, format!("forbidden: {why}")),
        Some(Link::NotInstalled { why }) => (Mark::NotConfigured, format!("not installed: {why}")),
        Some(Link::NotConfigured { why }) => (Mark::NotConfigured, format!("not configured: {why}")),
        Some(Link::Live) => (Mark::Good, "live".into()),
    };
    SourceMark { source, mark, says }
}
