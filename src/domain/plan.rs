//! What putting committed content in force would do to a node, and the yes that it takes.

use crate::{CommitId, DiffLine, Digest, Draft, NodeName, NodeRole, Refusal, Revision, Upgrade};

/// What putting a config in force does to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeEffect {
    /// It runs this already.
    Nothing,
    /// In force at once.
    Live,
    /// In force at once, but these fields are looked at only when the node boots.
    NextReboot(Vec<String>),
    /// This Talos takes these fields only by a reboot.
    Reboot(Vec<String>),
    /// Only the Talos that comes takes it: why the one that runs does not, in words.
    AfterUpgrade(String),
    /// It cannot be told: what is lacking, in words.
    Unknown(String),
    /// It cannot be applied: why, in words.
    Impossible(String),
}

impl NodeEffect {
    /// "live", "needs a reboot": without the fields.
    pub fn word(&self) -> &'static str {
        match self {
            NodeEffect::Nothing => "no effect",
            NodeEffect::Live => "live",
            NodeEffect::NextReboot(_) => "live, in part at the next reboot",
            NodeEffect::Reboot(_) => "needs a reboot",
            NodeEffect::AfterUpgrade(_) => "once upgraded",
            NodeEffect::Unknown(_) => "not known",
            NodeEffect::Impossible(_) => "cannot be applied",
        }
    }

    /// Whether there is something to do, and it can be done.
    pub fn acts(&self) -> bool {
        use NodeEffect::{AfterUpgrade, Live, NextReboot, Reboot};
        matches!(self, Live | NextReboot(_) | Reboot(_) | AfterUpgrade(_))
    }

    /// Whether the node goes down for it.
    pub fn reboots(&self) -> bool {
        matches!(self, NodeEffect::Reboot(_))
    }
}

/// What a node runs, as digests: in force, and on disk. They differ while a config is tried or staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub active: Digest,
    pub persistent: Digest,
}

/// A config that is neither wholly in force nor wholly gone: somebody's, and not ours to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// In force until its time is over; the one on disk comes back then.
    Try,
    /// On disk, in force from the next boot on.
    Staged,
    /// One of the two: the node does not say which.
    Either,
}

impl Pending {
    pub fn words(self) -> &'static str {
        match self {
            Pending::Try => "a config is being tried on it; it goes back by itself when its time is over",
            Pending::Staged => "a config is staged on it for its next boot",
            Pending::Either => "a config is being tried or staged on it",
        }
    }
}

/// Whether the node itself said that it would take the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// By its own dry run, in its words.
    Yes(String),
    /// It was not asked, and why.
    NotAsked(String),
}

/// One field that differs. Values that are secret are masked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// Kind and name of the document; empty for the main one.
    pub document: String,
    /// `machine.sysctls.net.core.somaxconn`
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What putting a revision in force on one node would do, as far as it can be foretold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The commit, and the file that the rendering begins at.
    pub revision: Revision,
    /// The name of the cluster that the node is of.
    pub cluster: String,
    pub target: NodeName,
    /// What the rendered config makes of it.
    pub role: Option<NodeRole>,
    /// The version of Talos that it runs, with its `v`.
    pub talos: Option<String>,
    /// Of the config.
    pub effect: NodeEffect,
    /// The Talos that the config's installer is of, where the node runs another.
    pub upgrade: Option<Upgrade>,
    /// A roll before this one cordoned it, and it is cordoned still.
    pub cordoned: bool,
    pub fields: Vec<FieldChange>,
    /// What it runs against what it shall run, re-encoded and masked.
    pub diff: Vec<DiffLine>,
    /// What it ran when the plan was made; where it runs something else by now, the plan is stale and refused. None
    /// where it could not be read.
    pub against: Option<Running>,
    /// Of the rendered config, byte by byte.
    pub wanted: Digest,
    /// Of the locked files and the key that went into it.
    pub secrets: Digest,
    pub pending: Option<Pending>,
    pub confirmed: Confirmed,
    /// What else is worth knowing, in words.
    pub notes: Vec<String>,
}

/// What it takes to say yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// A plain yes: one worker, live.
    Yes,
    /// The name of the node or of its cluster, typed.
    Name(NodeName),
}

/// How a person said yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    Yes,
    Typed(String),
}

impl Plan {
    /// Whether there is something to do, and it can be done.
    pub fn acts(&self) -> bool {
        let idle = self.effect == NodeEffect::Nothing && (self.upgrade.is_some() || self.cordoned);
        self.effect.acts() || idle
    }

    /// Whether the node goes down for it.
    pub fn reboots(&self) -> bool {
        self.effect.reboots() || self.acts() && self.upgrade.is_some()
    }

    /// Whether the node runs all of it already: the config, its Talos, and nothing is left over of a roll.
    pub fn is_done(&self) -> bool {
        self.effect == NodeEffect::Nothing && self.upgrade.is_none() && !self.cordoned
    }

    /// "live", "upgrade, reboots": what it does in a few words.
    pub fn word(&self) -> &'static str {
        match self.effect {
            _ if self.acts() && self.upgrade.is_some() => "upgrade, reboots",
            NodeEffect::Nothing if self.cordoned => "uncordon",
            _ => self.effect.word(),
        }
    }

    /// What it takes to say yes to this plan where `nodes` nodes are to be changed in all.
    pub fn demand(&self, nodes: usize) -> Demand {
        let one_worker = nodes == 1 && self.role == Some(NodeRole::Worker);
        match self.acts() && !self.reboots() && one_worker {
            true => Demand::Yes,
            false => Demand::Name(self.target.clone()),
        }
    }

    /// Why nothing can be applied by this plan, whoever says yes.
    pub fn refused(&self) -> Option<Refusal> {
        let because = |why: String, hint: Option<&str>| Some(Refusal { why, hint: hint.map(str::to_owned) });
        if let Some(pending) = self.pending {
            let hint = "it is not ours to cancel: wait until it is over, or ask whoever began it";
            return because(format!("{}: {}", self.target, pending.words()), Some(hint));
        }
        match &self.effect {
            NodeEffect::Nothing if self.is_done() => {
                because(format!("{} runs this already", self.target), None)
            }
            NodeEffect::Unknown(why) | NodeEffect::Impossible(why) => {
                because(format!("{}: {why}", self.target), None)
            }
            _ => match self.against {
                Some(_) => None,
                None => because(format!("{}: what it runs could not be read", self.target), None),
            },
        }
    }

    /// The person has read the plan, which is one of `nodes`, and said yes as it demands.
    pub fn approve(self, consent: &Consent, nodes: usize) -> Result<Approval, Refusal> {
        if let Some(refusal) = self.refused() {
            return Err(refusal);
        }
        let named = |name: &str| name == self.target.0 || (!self.cluster.is_empty() && name == self.cluster);
        match (self.demand(nodes), consent) {
            (Demand::Yes, Consent::Yes) => Ok(Approval { plan: self }),
            (_, Consent::Typed(name)) if named(name) => Ok(Approval { plan: self }),
            (Demand::Yes, Consent::Typed(name)) => Err(Refusal {
                why: format!("`{name}` is neither {} nor its cluster", self.target),
                hint: None,
            }),
            (Demand::Name(node), _) => Err(Refusal {
                why: format!("{node}: {} wants its name typed", self.why_so_much(nodes)),
                hint: Some(format!("type {node}, or the name of its cluster")),
            }),
        }
    }

    fn why_so_much(&self, nodes: usize) -> &'static str {
        match (self.reboots(), self.role) {
            (true, _) => "what reboots a node",
            (false, Some(NodeRole::Worker)) if nodes > 1 => "a change of several nodes",
            (false, Some(NodeRole::Worker)) => "this change",
            (false, _) => "a change of a control plane",
        }
    }
}

/// A plan with a yes on it. Only [`Plan::approve`] makes one:
///
/// ```compile_fail,E0451
/// fn forge(plan: domain::Plan) -> domain::Approval { domain::Approval { plan } }
/// ```
///
/// ```compile_fail,E0277
/// fn forge(plan: domain::Plan) -> domain::Approval { plan.into() }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    plan: Plan,
}

impl Approval {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// By what a tree was rendered, and how well it was shut in meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// "talhelper"
    pub by: String,
    /// The file that it began at.
    pub from: crate::RepoPath,
    /// The name of the cluster, as the repository says it; empty where objects are rendered.
    pub cluster: String,
    /// "without a network", or why the machine could not take it away.
    pub isolation: String,
}

/// What a commit would do to each node, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub commit: CommitId,
    pub rendered: Rendered,
    pub plans: Vec<Plan>,
    /// Why it is not known which nodes a roll left cordoned, where Kubernetes could not be asked.
    pub unasked: Option<String>,
}

/// What a draft changes in the rendered config of one node. It can be looked at and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePreview {
    pub node: NodeName,
    pub role: Option<NodeRole>,
    pub effect: NodeEffect,
    /// Another installer than before.
    pub upgrade: Option<Upgrade>,
    pub fields: Vec<FieldChange>,
    pub diff: Vec<DiffLine>,
}

/// What a draft changes in what is rendered, base against draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previewed {
    pub draft: Draft,
    /// Its `by` is empty where nothing renders the file: what is written is what is delivered.
    pub rendered: Rendered,
    pub nodes: Vec<NodePreview>,
    /// Values of the objects that a delivered folder is rendered to.
    pub objects: Vec<crate::ValueChange>,
}

/// A folder of the repository that an Application of Argo CD, or a Kustomization or HelmRelease of Flux, delivers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveredFolder {
    pub by: crate::ObjectRef,
    /// Without `/` at its ends; empty for the root of the repository.
    pub folder: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RepoPath;

    fn plan(role: NodeRole, effect: NodeEffect) -> Plan {
        Plan {
            revision: Revision { commit: CommitId("c0".into()), path: RepoPath("talconfig.yaml".into()) },
            cluster: "home".into(),
            target: "n-1".into(),
            role: Some(role),
            talos: None,
            effect,
            upgrade: None,
            cordoned: false,
            fields: Vec::new(),
            diff: Vec::new(),
            against: Some(Running { active: "a".into(), persistent: "a".into() }),
            wanted: "b".into(),
            secrets: "s".into(),
            pending: None,
            confirmed: Confirmed::NotAsked(String::new()),
            notes: Vec::new(),
        }
    }

    #[test]
    fn one_live_worker_takes_a_yes_and_everything_else_a_name() {
        let live = || plan(NodeRole::Worker, NodeEffect::Live);
        assert!(live().approve(&Consent::Yes, 1).is_ok());
        assert!(live().approve(&Consent::Yes, 2).is_err(), "several nodes");
        for risky in [
            plan(NodeRole::ControlPlane, NodeEffect::Live),
            plan(NodeRole::Worker, NodeEffect::Reboot(vec![])),
        ] {
            assert!(risky.clone().approve(&Consent::Yes, 1).is_err());
            assert!(risky.clone().approve(&Consent::Typed("n-2".into()), 1).is_err());
            assert!(risky.clone().approve(&Consent::Typed(String::new()), 1).is_err());
            assert!(risky.clone().approve(&Consent::Typed("n-1".into()), 1).is_ok());
            assert!(risky.approve(&Consent::Typed("home".into()), 3).is_ok());
        }
        let mut nameless = plan(NodeRole::ControlPlane, NodeEffect::Live);
        nameless.cluster = String::new();
        assert!(nameless.approve(&Consent::Typed(String::new()), 1).is_err());
    }

    #[test]
    fn an_upgrade_takes_a_name_even_where_the_config_is_there_already() {
        let release = |version: &str| crate::Release { version: version.into(), schematic: None };
        let upgrade = Upgrade { image: "i:v1.13.9".into(), from: release("v1.13.2"), to: release("v1.13.9") };
        let plan = Plan { upgrade: Some(upgrade), ..plan(NodeRole::Worker, NodeEffect::Nothing) };
        assert!(plan.acts() && plan.reboots() && !plan.is_done());
        assert!(plan.clone().approve(&Consent::Yes, 1).is_err());
        assert!(plan.clone().approve(&Consent::Typed("n-1".into()), 1).is_ok());
        let impossible = Plan { effect: NodeEffect::Impossible("no".into()), ..plan };
        assert!(!impossible.acts() && impossible.approve(&Consent::Typed("n-1".into()), 1).is_err());
        let left = Plan { cordoned: true, ..super::tests::plan(NodeRole::Worker, NodeEffect::Nothing) };
        assert!(left.acts() && !left.reboots() && left.approve(&Consent::Yes, 1).is_ok());
    }

    #[test]
    fn what_cannot_be_done_or_is_not_ours_is_refused_whatever_is_typed() {
        let typed = Consent::Typed("n-1".into());
        for effect in
            [NodeEffect::Nothing, NodeEffect::Unknown("?".into()), NodeEffect::Impossible("!".into())]
        {
            assert!(plan(NodeRole::Worker, effect).approve(&typed, 1).is_err());
        }
        let tried = Plan { pending: Some(Pending::Try), ..plan(NodeRole::Worker, NodeEffect::Live) };
        assert!(tried.approve(&typed, 1).unwrap_err().why.contains("tried"));
        let unread = Plan { against: None, ..plan(NodeRole::Worker, NodeEffect::Live) };
        assert!(unread.approve(&typed, 1).is_err());
    }
}
