//! What Argo CD delivers: applications, the projects that fence them and the sets that make them.

use crate::{Conditions, Entity, Meta, Moment, ObjectRef, SyncWindow};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Sync {
    Synced,
    OutOfSync,
    #[default]
    Unknown,
}

impl Sync {
    pub fn word(self) -> &'static str {
        match self {
            Sync::Synced => "synced",
            Sync::OutOfSync => "out of sync",
            Sync::Unknown => "unknown",
        }
    }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Health {
    Healthy,
    Progressing,
    Suspended,
    Degraded,
    Missing,
    #[default]
    Unknown,
}

impl Health {
    pub fn word(self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Progressing => "progressing",
            Health::Suspended => "suspended",
            Health::Degraded => "degraded",
            Health::Missing => "missing",
            Health::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct AppSource {
    pub repository: String,
    /// Empty for a chart.
    pub path: String,
    pub chart: String,
    /// Branch, tag, commit or chart version.
    pub target: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Automated {
    pub prune: bool,
    pub self_heal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum OperationPhase {
    Running,
    Terminating,
    Failed,
    Error,
    Succeeded,
}

impl OperationPhase {
    pub fn word(self) -> &'static str {
        match self {
            OperationPhase::Running => "syncs",
            OperationPhase::Terminating => "is being stopped",
            OperationPhase::Failed => "sync failed",
            OperationPhase::Error => "sync ended in an error",
            OperationPhase::Succeeded => "synced",
        }
    }

    pub fn done(self) -> bool {
        !matches!(self, OperationPhase::Running | OperationPhase::Terminating)
    }

    pub fn failed(self) -> bool {
        matches!(self, OperationPhase::Failed | OperationPhase::Error)
    }
}

/// The last operation, or the one under way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Operation {
    pub phase: OperationPhase,
    pub message: String,
    pub started: Option<Moment>,
    pub finished: Option<Moment>,
    pub retries: u32,
    /// How often it may be tried again; negative: for ever.
    pub retry_limit: Option<i64>,
    pub revision: Option<String>,
    /// A user's name, or "automated".
    pub by: String,
    /// What could not be applied.
    pub failures: Vec<AppResource>,
}

/// One object of an application.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct AppResource {
    pub object: ObjectRef,
    pub sync: Sync,
    /// None where the controller keeps it elsewhere.
    pub health: Option<Health>,
    pub message: String,
    pub prune: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AppCondition {
    pub kind: String,
    pub message: String,
    pub since: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deployed {
    pub id: i64,
    pub revision: String,
    pub at: Option<Moment>,
    pub by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Application {
    pub meta: Meta,
    pub project: String,
    pub sources: Vec<AppSource>,
    /// Server address or cluster name, and namespace.
    pub destination: String,
    pub namespace: String,
    /// None: a person syncs it.
    pub automated: Option<Automated>,
    pub sync: Sync,
    /// One for every source.
    pub revisions: Vec<String>,
    pub health: Health,
    pub health_message: String,
    pub health_since: Option<Moment>,
    pub operation: Option<Operation>,
    /// An operation is asked for and not taken up yet.
    pub requested: bool,
    /// A refresh is asked for and not done yet.
    pub refreshing: bool,
    /// How many objects it has.
    pub resource_count: u32,
    /// The ones that are out of sync, not healthy, or to be pruned.
    pub troubled: Vec<AppResource>,
    /// Applications among its objects: it is an app of apps.
    pub children: Vec<ObjectRef>,
    /// Cluster API objects among its objects: what it rolls out.
    pub declares: Vec<ObjectRef>,
    /// Presence is the fact; they have no status.
    pub conditions: Vec<AppCondition>,
    /// Oldest first.
    pub history: Vec<Deployed>,
    pub reconciled: Option<Moment>,
    /// The ApplicationSet that made it.
    pub set: Option<String>,
    /// The application whose object it is.
    pub parent: Option<String>,
}

impl Application {
    /// The revision it was last compared with.
    pub fn revision(&self) -> Option<&str> {
        self.revisions.first().map(String::as_str).filter(|it| !it.is_empty())
    }
}

/// An AppProject, as far as it holds up syncs.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Project {
    pub meta: Meta,
    pub windows: Vec<SyncWindow>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SetMember {
    pub application: String,
    /// Waiting, Pending, Progressing, Healthy.
    pub status: String,
    pub step: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ApplicationSet {
    pub meta: Meta,
    pub conditions: Conditions,
    pub members: Vec<SetMember>,
    pub generators: Vec<String>,
}

impl Entity for Application {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}

impl Entity for Project {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}

impl Entity for ApplicationSet {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}
