//! A roll: a commit put in force on one node after another, and what each transaction saw on its way.

use crate::{CommitId, Digest, NodeName, Release, Revision, RollId};
use std::time::Duration;

/// Which roll an order belongs to, so that the ledger alone tells where one stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollStep {
    pub roll: RollId,
    /// Every node of the roll, in its order.
    pub nodes: Vec<NodeName>,
    /// Nodes of the same roll that may be under way at the same time.
    pub beside: Vec<NodeName>,
    /// How long its pods may take to go before it goes down.
    pub drain_seconds: u32,
    /// How long all that must hold after it was changed must hold together before that is believed.
    pub steady: Duration,
    /// What the ledger knows of an installer that wrote its image, and of no boot since.
    pub installed: Option<Installed>,
}

/// An installer wrote its image on a node's disk. It is booted when the node boots next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub image: String,
    /// Which boot it was in, as the node tells them apart.
    pub boot: String,
}

/// How long pods may take to go, where nobody says otherwise.
pub const DRAIN_SECONDS: u32 = 300;

/// How long all gates must hold together, where nobody says otherwise: a service that is about to end still looks well.
pub const STEADY: Duration = Duration::from_secs(4);

/// What must hold before, while and after a node is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RollGate {
    Published,
    Rendered,
    Config,
    Members,
    Quorum,
    Alarms,
    Quiet,
    Pods,
    Installed,
    Drained,
    Leadership,
    Taken,
    Rebooted,
    Answers,
    Running,
    Services,
    Etcd,
    Kubernetes,
    Live,
    Permanent,
    Release,
    Verified,
    Uncordoned,
}

impl RollGate {
    /// What holds where it is passed.
    pub fn words(self) -> &'static str {
        match self {
            RollGate::Published => "published",
            RollGate::Rendered => "renders as planned",
            RollGate::Config => "config as planned",
            RollGate::Members => "members healthy",
            RollGate::Quorum => "quorum without it",
            RollGate::Alarms => "no alarm",
            RollGate::Quiet => "nothing else rolls",
            RollGate::Pods => "pods can be drained",
            RollGate::Installed => "installer has written",
            RollGate::Drained => "pods drained",
            RollGate::Leadership => "does not lead etcd",
            RollGate::Taken => "taken by the node",
            RollGate::Rebooted => "has booted anew",
            RollGate::Answers => "answers",
            RollGate::Running => "running, ready",
            RollGate::Services => "services healthy",
            RollGate::Etcd => "etcd member healthy",
            RollGate::Kubernetes => "ready in Kubernetes",
            RollGate::Live => "runs what was sent",
            RollGate::Permanent => "made permanent",
            RollGate::Release => "runs the Talos",
            RollGate::Verified => "verified",
            RollGate::Uncordoned => "takes pods again",
        }
    }
}

impl RollGate {
    /// Whether it is asked of the node itself, and so anew when it has booted.
    pub fn is_of_the_node(self) -> bool {
        use RollGate::{Answers, Etcd, Kubernetes, Live, Release, Running, Services};
        matches!(self, Answers | Running | Services | Etcd | Kubernetes | Live | Release)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// Not yet; it is asked again.
    Waiting,
    Passed,
    /// It does not apply here; what was seen says why.
    Skipped,
    Failed,
}

impl GateState {
    pub fn word(self) -> &'static str {
        match self {
            GateState::Waiting => "waits",
            GateState::Passed => "passed",
            GateState::Skipped => "skipped",
            GateState::Failed => "failed",
        }
    }
}

/// One gate and what it saw, in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReport {
    pub gate: RollGate,
    pub state: GateState,
    pub saw: String,
}

/// What changes a node: written down before it is done, with the answer after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// In force for so many seconds; it goes back by itself unless it is made permanent.
    Try {
        seconds: u32,
    },
    /// In force and on disk.
    MakePermanent,
    /// On disk, in force from the next boot on.
    Stage,
    /// The image of an installer, into the node's own store.
    Pull {
        image: String,
    },
    /// Another Talos, on disk: it is booted when the node boots next.
    Install(Installed),
    /// The same and the reboot in one, as Talos before 1.13 does it.
    Upgrade {
        image: String,
    },
    /// No new pods go there.
    Cordon,
    /// A pod is asked to go, as its budget allows: its namespace and name.
    Evict {
        pod: String,
    },
    Uncordon,
    HandOverLeadership,
    Reboot,
}

impl Act {
    pub fn words(&self) -> &'static str {
        match self {
            Act::Try { .. } => "try",
            Act::MakePermanent => "make permanent",
            Act::Stage => "stage",
            Act::Pull { .. } => "pull",
            Act::Install(_) => "install",
            Act::Upgrade { .. } => "upgrade",
            Act::Cordon => "cordon",
            Act::Evict { .. } => "evict",
            Act::Uncordon => "uncordon",
            Act::HandOverLeadership => "hand over the leadership of etcd",
            Act::Reboot => "reboot",
        }
    }

    /// What it is about: the image, the pod.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Act::Pull { image } | Act::Install(Installed { image, .. }) | Act::Upgrade { image } => {
                Some(image)
            }
            Act::Evict { pod } => Some(pod),
            _ => None,
        }
    }
}

/// How one transaction comes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Gate(GateReport),
    /// It is about to be done.
    Acts(Act),
    /// It was done, or not: what the server answered.
    Answered(Act, String),
    /// How far that which takes its time has come, in words: "pulling 40%". It is shown and not kept.
    Doing(String),
}

/// A node runs what was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub revision: Revision,
    pub target: NodeName,
    /// Of the config that is in force and on disk.
    pub digest: Digest,
    /// The Talos that it runs, where it says.
    pub release: Option<Release>,
    pub gates: Vec<GateReport>,
    /// What the node said when it took the config; it ran it already where this is empty.
    pub answer: String,
}

/// How a node was left by a transaction that stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aftermath {
    /// Nothing was sent.
    Untouched,
    /// It went back by itself: what it ran before is in force again.
    Reverted,
    /// The new config is on disk and in force from the next boot on.
    Staged,
    /// The new Talos is on disk and is booted when the node boots next.
    Installed,
    /// It runs the new Talos, with the config that it had.
    Upgraded,
    /// It runs the new config.
    InForce,
    /// It could not be seen; in words, what is known.
    Unknown(String),
}

impl Aftermath {
    pub fn words(&self) -> String {
        match self {
            Aftermath::Untouched => "nothing was sent to it".into(),
            Aftermath::Reverted => "it went back by itself: what it ran before is in force again".into(),
            Aftermath::Staged => "the new config is staged and takes effect when it boots".into(),
            Aftermath::Installed => {
                "another Talos is written on its disk, and it boots it when it boots next; it runs the one before"
                    .into()
            }
            Aftermath::Upgraded => "it runs the other Talos, with the config that it had".into(),
            Aftermath::InForce => "it runs the new config".into(),
            Aftermath::Unknown(why) => why.clone(),
        }
    }
}

/// A transaction that ended at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    pub revision: Revision,
    pub target: NodeName,
    pub gate: RollGate,
    /// What it saw, in words.
    pub saw: String,
    pub hint: Option<String>,
    /// All gates up to it, itself the last.
    pub gates: Vec<GateReport>,
    pub after: Aftermath,
    /// It was cordoned, and is cordoned still.
    pub cordoned: bool,
}

impl Stopped {
    /// How the node was left, in words.
    pub fn left(&self) -> String {
        match self.cordoned {
            true => format!("{}; it is cordoned, and takes no new pods", self.after.words()),
            false => self.after.words(),
        }
    }

    /// "cp-2 stopped at running, ready: no answer in time"
    pub fn words(&self) -> String {
        format!("{} stopped at `{}`: {}", self.target, self.gate.words(), self.saw)
    }
}

/// A roll that the ledger tells of and that did not come to its end: the program was ended meanwhile, or a gate
/// stopped it. It goes on only by a person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRoll {
    pub roll: RollId,
    pub commit: CommitId,
    pub nodes: Vec<NodeName>,
    /// Those that ended well.
    pub done: Vec<NodeName>,
    /// The node it stands at, and what the ledger tells last of it.
    pub at: NodeName,
    pub why: String,
    /// Whether its last order has no end: what became of it is not known.
    pub open: bool,
}
