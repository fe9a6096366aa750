//! The facts, and how well each feed of them is heard.

use super::{Capi, Delivery};
use domain::{Budget, Feed, KubeNode, Link, Moment, Node, Source, Table};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct World {
    pub feeds: BTreeMap<Feed, FeedState>,
    pub nodes: Table<Node>,
    pub capi: Capi,
    pub delivery: Delivery,
    pub kube_nodes: Table<KubeNode>,
    pub budgets: Table<Budget>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    pub link: Link,
    /// When `link` became what it is.
    pub since: Moment,
    /// When it last said anything.
    pub heard: Option<Moment>,
}

impl World {
    /// The feeds of one source.
    pub fn feeds_of(&self, source: Source) -> impl Iterator<Item = (&Feed, &FeedState)> {
        self.feeds.iter().filter(move |(feed, _)| feed.source == source)
    }
}
