//! What can be listened to and looked up, and what was heard: the only way facts enter the model.

use crate::{
    BlameLine, Budget, CapiChange, Change, CloudProject, Commit, CommitDiff, DeliveryChange, Draft, EtcdView,
    Feed, Kind, KindRef, KubeNode, Link, LoadBalancer, Log, LogChange, News, Node, NodeLogs, NodeName,
    NodeUse, ObjectRef, ObjectText, PodLogs, RepoPath, RepositoryState, Revision, RowsChange, RowsOf, Server,
    Sheet, SheetOf, Source, SourceMap,
};
use std::sync::Arc;

/// What can be listened to. The set that is wanted is a function of the model; the runtime keeps the difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watch {
    /// Every Talos node: stage, version, services, use.
    Fleet,
    /// One node, closely: its figures every few seconds, and everything of it where the fleet is too large for that.
    Node(NodeName),
    /// A table or a text of one node.
    Sheet(SheetOf),
    /// The logs of nodes.
    NodeLogs(NodeLogs),
    /// etcd, from every control-plane node. Closely while somebody looks at it.
    Etcd { closely: bool },
    /// The Cluster API family: clusters, control planes, deployments, machines and what they are made with.
    Machines,
    /// What Argo CD and Flux deliver.
    Delivery,
    /// Kubernetes nodes, and the budgets that may hold up their drains.
    KubeNodes,
    /// The repository: where it stands, its log and what it declares.
    Repository,
    /// The machine config of every node beside what it should be by this commit, or by Cluster API.
    Configs { tip: crate::CommitId },
    /// Every Kubernetes object that this commit declares for the cluster, beside the one that is there.
    Objects { tip: crate::CommitId },
    /// The pull requests by which these commits were offered.
    Reviews(std::collections::BTreeSet<(crate::CommitId, crate::Proposal)>),
    /// What stands at the cloud provider.
    Servers,
    /// The provider's firewalls. Closely while somebody looks at them.
    Firewalls { closely: bool },
    /// Which kinds the Kubernetes API server has.
    Kinds,
    /// How many objects there are of each kind; asked once.
    Counts,
    /// The objects of one kind, as rows.
    Rows(RowsOf),
    /// One object, as text and summary.
    Object(ObjectRef),
    /// The logs of pods.
    PodLogs(PodLogs),
}

/// One thing a backend heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    Link(Feed, Link),
    /// The part that this feed told of is no more.
    Unlinked(Feed),
    /// By which credentials and on which way a source is asked, for a person to read.
    Access(Source, String),
    /// Something that happened.
    News(News),
    Nodes(Change<Node>),
    Capi(CapiChange),
    Delivery(DeliveryChange),
    KubeNodes(Change<KubeNode>),
    Budgets(Change<Budget>),
    Uses(Change<NodeUse>),
    Repository(Box<RepositoryState>),
    /// How the pull request of a branch fares; the error is for a person to read.
    /// How the pull request fares by which this commit was offered.
    Review(crate::CommitId, Result<crate::Review, String>),
    /// What git says of a push under way; empty where it has ended.
    Pushing(String),
    Log(Arc<Log>),
    SourceMap(Arc<SourceMap>),
    /// A snapshot once every node has been asked, or given up for now; an empty one where there is none to ask.
    Configs(Change<crate::ConfigComparison>),
    /// A snapshot once every kind was listed, or cannot be; an empty one where there is nothing to compare.
    Objects(Change<crate::ObjectComparison>),
    Servers(Change<Server>),
    LoadBalancers(Change<LoadBalancer>),
    Firewalls(Change<crate::Firewall>),
    Networks(Change<crate::Network>),
    /// The latest of a kind; older ones stay known.
    CloudActions(Change<crate::CloudAction>),
    CloudProject(CloudProject),
    Etcd(Change<EtcdView>),
    /// The error is for a person to read; it is asked for again.
    Sheet(SheetOf, Result<Arc<Sheet>, String>),
    NodeLogs(NodeLogs, LogChange),
    Kinds(Change<Kind>),
    /// So many there are of a kind.
    Count(KindRef, u64),
    Rows(RowsOf, RowsChange),
    /// None where it is not there, or not any more.
    Object(ObjectRef, Option<Box<ObjectText>>),
    PodLogs(PodLogs, LogChange),
}

/// One question, asked once; a newer one of the same key drops the older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// The text of a file as of a commit.
    File(Revision),
    /// What a commit changed.
    CommitDiff(crate::CommitId),
    /// Who last wrote each line of a file.
    Blame(Revision),
    /// The same, of a file that nobody looks at: for what is compared with it.
    Writers(Revision),
    /// The commits that changed a path, newest first.
    PathLog(RepoPath),
    /// Whether a draft reads well, and what it leaves behind.
    Check(Draft),
    /// What is to be said of a text at its places, as the file at `path` it would be, where Talos has this version.
    Diagnose { path: RepoPath, text: String, talos: Option<String> },
    /// What the API server would not take of the objects of a text, by the schemas that it publishes.
    Fields { path: RepoPath, text: String },
    /// The draft that takes back what a commit changed.
    Revert(crate::CommitId),
    /// The draft that brings a difference together, on this commit.
    Mend { tip: crate::CommitId, mend: crate::Mend },
    /// What the API server would say to the objects that a draft makes or changes. Nothing is kept of it there.
    DryRun(Draft),
    /// Every file of a commit.
    Files(crate::CommitId),
    /// A file that was edited on one commit, moved on to another.
    Merge(Merging),
    /// What putting a commit in force would do to each node whose config is rendered from the repository.
    Plan { commit: crate::CommitId },
    /// What a draft would change in each node's rendered config, compared with its base. No node is asked.
    /// What is rendered of a folder that is delivered; of the nodes' configs where none is named.
    Preview { draft: Draft, of: Option<crate::DeliveredFolder> },
    /// Write a snapshot of etcd, as a node has it, to a new file.
    EtcdSnapshot { node: NodeName, path: String },
    /// Ask the remote now.
    Fetch,
    /// What the file of a firewall had as its rules before each of the last commits that changed it.
    FormerRules { tip: crate::CommitId, path: RepoPath, firewall: String },
    /// Every load balancer of the cloud provider, before its rhythm has them read again.
    LoadBalancers,
    /// Every network of the cloud provider, likewise.
    Networks,
}

/// A file that was edited while its branch moved on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Merging {
    pub path: RepoPath,
    /// Where it shall be from then on, where it moves.
    pub to: Option<RepoPath>,
    /// The commit it was edited on, and the one it shall be an edit of.
    pub base: crate::CommitId,
    pub onto: crate::CommitId,
    /// The file as it was edited.
    pub text: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// The file as it is on the later commit, and the same with the edit on top.
    Clean { before: String, text: String },
    /// Both changed the same lines. `theirs` is the file on the later commit, `marked` has both versions of these
    /// lines between conflict marks, as git writes them.
    Conflict { theirs: String, marked: String },
    /// The later commit has no such file.
    Gone,
    /// The later commit has a file where this one shall move to.
    Taken,
}

/// The answer to a [`Look`].
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    File {
        revision: Revision,
        text: String,
    },
    CommitDiff(CommitDiff),
    Blame {
        revision: Revision,
        lines: Vec<BlameLine>,
    },
    PathLog {
        path: RepoPath,
        commits: Vec<Commit>,
    },
    /// What a careful colleague would say of it, and which values of which objects it changes.
    Checked {
        draft: Draft,
        checks: Vec<crate::Check>,
        changes: Vec<crate::ValueChange>,
    },
    Diagnosed(Vec<crate::Diagnosis>),
    Fields {
        path: RepoPath,
        text: String,
        diagnoses: Vec<crate::Diagnosis>,
    },
    /// With those of its files that the tip has not.
    Reverted {
        draft: Draft,
        new: Vec<RepoPath>,
    },
    Mended {
        mend: crate::Mend,
        draft: Draft,
    },
    DryRun {
        draft: Draft,
        checks: Vec<crate::Check>,
    },
    Files {
        commit: crate::CommitId,
        paths: Arc<Vec<RepoPath>>,
    },
    Merged(Merging, Merged),
    EtcdSnapshot {
        path: String,
        bytes: u64,
    },
    Planned(Box<crate::Planned>),
    Previewed(Box<crate::Previewed>),
    Fetched,
    /// The newest change first.
    FormerRules(Vec<crate::FormerRules>),
    LoadBalancers(Vec<crate::LoadBalancer>),
    Networks(Vec<crate::Network>),
}
