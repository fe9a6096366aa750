//! What is stuck, how sure that is, and what proves it.

use super::{control_plane, machines};
use crate::Model;
use domain::{Machine, MachineId, Moment, ObjectRef, Source};
use std::time::Duration;

/// Without any movement for so long, a rollout is said to stand still.
pub const NO_PROGRESS: Duration = Duration::from_secs(20 * 60);

/// The kinds of standstill that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A member left etcd, its machine was never deleted: the flaw of CACPPT up to 0.5.12.
    LeftNotDeleted,
    /// A member stopped by itself and nothing marks its machine.
    MemberLost,
    /// Its machine is deleted, its member has not left.
    DeletedNotLeft,
    /// A new machine never became a node, so stale members are never removed.
    AuditStarved,
    /// A member never started voting.
    LearnerStuck,
    /// A name that a provider published makes live members look like strangers.
    AuditMisled,
    /// A machine's Talos API does not answer, so everybody waits for its boot.
    BootGate,
    /// The one machine was replaced and the old one stays.
    SingleReplica,
    /// Workers wait for the control plane.
    WorkersHeld,
    /// Paused, or replaced by hand only.
    Held,
    /// A drain waits for a pod.
    DrainWaits,
    /// A deletion does not get past a stage.
    DeletionStalled,
    /// The provider does not make a server.
    NoServer,
    /// A server is there and never became a node.
    NoNode,
    /// A health check looks after nothing, or may do nothing.
    CheckInert,
}

/// One fact that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// In words: "machine k8s-cp-b2 has a node and is not being deleted".
    pub says: String,
    /// As it stands in the source: a condition, a count, a message.
    pub detail: String,
    pub source: Source,
    pub since: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    pub class: Class,
    /// The control plane, deployment or health check.
    pub roller: ObjectRef,
    pub machine: Option<MachineId>,
    /// "etcd member of k8s-cp-b2 left, its machine was never deleted".
    pub title: String,
    pub since: Moment,
    /// Whether it has lasted longer than such a thing may take. Before that it is only being watched.
    pub held: bool,
    /// Whether the evidence leaves no other cause.
    pub proven: bool,
    /// The flaw that is known to cause it, and where it is fixed.
    pub flaw: Option<&'static str>,
    pub proof: Vec<Proof>,
    /// What can be done, the best first.
    pub advice: Vec<String>,
}

impl Stuck {
    /// Only being watched, and not proven, until its rule says otherwise.
    pub(super) fn new(
        class: Class,
        roller: ObjectRef,
        machine: Option<&Machine>,
        title: String,
        since: Moment,
    ) -> Self {
        Self {
            class,
            roller,
            machine: machine.map(|it| it.id.clone()),
            title,
            since,
            held: false,
            proven: false,
            flaw: None,
            proof: Vec::new(),
            advice: Vec::new(),
        }
    }
}

/// One fact, as [`Stuck::proof`] holds it.
pub(super) fn proof(
    says: impl Into<String>,
    detail: impl Into<String>,
    source: Source,
    since: Option<Moment>,
) -> Proof {
    Proof { says: says.into(), detail: detail.into(), source, since }
}

/// Everything that is stuck or about to be, the surest first.
pub fn all(model: &Model) -> Vec<Stuck> {
    let mut found = control_plane::found(model);
    found.extend(machines::found(model));
    found.sort_by_key(|it| (!it.held, it.class, it.since));
    found
}

/// What holds up the rollout of `roller`.
pub fn of_roller(model: &Model, roller: &ObjectRef) -> Option<Stuck> {
    all(model).into_iter().find(|it| it.roller == *roller && it.held && it.class != Class::CheckInert)
}
