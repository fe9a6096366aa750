//! The facts, and how well each feed of them is heard.

use super::{Capi, CloudLists, Collection, Delivery, History, LogBook};
use domain::{
    Budget, CloudProject, CommitId, EtcdView, Feed, Kind, KindRef, KubeNode, Link, LoadBalancer, Log, Moment,
    News, Node, NodeLogs, NodeUse, ObjectRef, ObjectText, PodLogs, RepositoryState, Review, RowsOf, Server,
    Sheet, SheetOf, Source, SourceMap, Table,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub struct World {
    pub feeds: BTreeMap<Feed, FeedState>,
    /// By which credentials and on which way a source is asked, where it says so.
    pub access: BTreeMap<Source, String>,
    pub nodes: Table<Node>,
    pub capi: Capi,
    /// Machines that were, rollouts, members: kept longer than the facts.
    pub history: History,
    /// Something was heard that `history` does not know yet.
    pub unfollowed: bool,
    /// etcd was heard, and its members not counted yet.
    pub uncounted: bool,
    /// Something was heard of what is compared with Git, and drift was not worked out since.
    pub uncompared: bool,
    pub delivery: Delivery,
    pub kube_nodes: Table<KubeNode>,
    pub budgets: Table<Budget>,
    /// Every kind that the Kubernetes API server has.
    pub kinds: Table<Kind>,
    /// How many objects of each kind there were when they were last counted.
    pub counts: BTreeMap<KindRef, u64>,
    /// The objects of the kinds that are looked at.
    pub rows: BTreeMap<RowsOf, Collection>,
    /// The objects that are looked at; none where one is not there.
    pub objects: BTreeMap<ObjectRef, Option<Box<ObjectText>>>,
    pub pod_logs: BTreeMap<PodLogs, LogBook>,
    /// Tables and texts of nodes, or why there is none.
    pub sheets: BTreeMap<SheetOf, Result<Arc<Sheet>, String>>,
    pub node_logs: BTreeMap<NodeLogs, LogBook>,
    pub uses: Table<NodeUse>,
    /// etcd, as each control-plane node sees it; [`domain::Etcd::of`] puts the views together.
    pub etcd: Table<EtcdView>,
    /// Until then a whole table that is heard again is no news.
    pub quiet_until: Moment,
    /// What happened, oldest first; the oldest are let go.
    pub news: BTreeSet<News>,
    /// Where the repository stands; none until it has been opened.
    pub repository: Option<RepositoryState>,
    /// How pull requests fare, by the commit that each offers.
    pub reviews: BTreeMap<CommitId, Result<Review, String>>,
    /// What git says of a push under way; empty where none is.
    pub pushing: String,
    /// The newest commits of the tracked branch.
    pub log: Arc<Log>,
    /// What the tip of the tracked branch declares, and where each value is written.
    pub sources: Option<Arc<SourceMap>>,
    /// What was looked up in the repository last.
    pub git: super::GitLooks,
    /// Machine configs beside what they should be.
    pub configs: Table<domain::ConfigComparison>,
    /// All of them were compared with the tip that `sources` is of.
    pub configs_heard: bool,
    /// The objects that Git declares for this cluster beside those that are there.
    pub declared: Table<domain::ObjectComparison>,
    /// All of them were compared with the tip that `sources` is of.
    pub objects_heard: bool,
    pub servers: Table<Server>,
    pub load_balancers: Table<LoadBalancer>,
    pub firewalls: Table<domain::Firewall>,
    /// Numbers of those whose rules have changed, and of which it was not told since when they were set.
    pub rules_untold: BTreeSet<u64>,
    pub networks: Table<domain::Network>,
    pub lists: CloudLists,
    /// What was asked of the cloud provider last.
    pub cloud_actions: Table<domain::CloudAction>,
    pub cloud_project: Option<CloudProject>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    pub link: Link,
    /// When `link` became what it is.
    pub since: Moment,
    /// When it last said anything.
    pub heard: Option<Moment>,
}

/// How much news is kept.
const NEWS: usize = 2_000;

impl World {
    pub(crate) fn hear(&mut self, news: News) {
        self.news.insert(news);
        while self.news.len() > NEWS {
            self.news.pop_first();
        }
    }

    /// The feeds of one source.
    pub fn feeds_of(&self, source: Source) -> impl Iterator<Item = (&Feed, &FeedState)> {
        self.feeds.iter().filter(move |(feed, _)| feed.source == source)
    }
}
