//! Drift: a field that is not what Git says, and what a comparison of two sides found.

use crate::{
    CommitId, Digest, Entity, FieldChange, FirewallRule, Moment, NodeName, ObjectRef, Pending, Release,
    RepoPath, ServerId,
};

/// Why the sides differ; what wants a person most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What is live was changed by somebody, and not through Git.
    Drifted,
    /// Whoever should bring it together has had the time, and has not.
    Stuck,
    /// Git declares it, and it is not there.
    Missing,
    /// It is there, and nothing in Git says so.
    Unmanaged,
    /// Git disagrees with itself.
    Conflict,
    /// In force until its time is over; the disk has another one.
    Trying,
    /// On the disk, in force from the next boot on.
    Staged,
    /// Git is ahead, and somebody is on the way to it.
    Pending,
}

impl Class {
    pub const ALL: [Self; 8] = [
        Class::Drifted,
        Class::Stuck,
        Class::Missing,
        Class::Unmanaged,
        Class::Conflict,
        Class::Trying,
        Class::Staged,
        Class::Pending,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Class::Drifted => "drifted",
            Class::Stuck => "stuck",
            Class::Missing => "missing",
            Class::Unmanaged => "unmanaged",
            Class::Conflict => "conflict",
            Class::Trying => "trying",
            Class::Staged => "staged",
            Class::Pending => "pending",
        }
    }

    /// Whether somebody is on the way to it: an engine, or a person who applies what Git says already.
    pub fn passes(self) -> bool {
        matches!(self, Class::Pending | Class::Trying | Class::Staged)
    }
}

/// What one side says of a field. A secret is masked before it comes here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Said {
    Value(String),
    /// The side is known, and has no such field or thing.
    Nothing,
    /// It cannot be known: why, in words.
    Unknown(String),
    /// The side has no say in it.
    #[default]
    Silent,
}

impl Said {
    /// Of a field that is there or not.
    pub fn of(value: Option<String>) -> Self {
        value.map_or(Said::Nothing, Said::Value)
    }

    pub fn value(&self) -> Option<&str> {
        match self {
            Said::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// How sure it is that a place in Git makes a live thing what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// The value stands there, and reaches the live thing unchanged.
    Exact,
    /// It comes out of rendering what stands there: by talhelper, kustomize, helm, a template.
    ByRender,
    /// Kind and name are the same, and nothing says otherwise.
    ByName,
}

impl Sureness {
    pub fn word(self) -> &'static str {
        match self {
            Sureness::Exact => "exact",
            Sureness::ByRender => "by render",
            Sureness::ByName => "by name",
        }
    }
}

/// A place in the files of the tracked branch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Written {
    pub path: RepoPath,
    /// The line of the value, from 1.
    pub line: u32,
    pub sure: Sureness,
}

/// Who wrote what is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// A field manager of Kubernetes, an action of the provider, or a guess that says it is one: "talosctl?".
    pub name: String,
    pub at: Option<Moment>,
}

/// What a difference is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Node(NodeName),
    Object(ObjectRef),
    Server(ServerId, String),
    Firewall(String),
    LoadBalancer(String),
    Network(String),
    /// The files themselves.
    Repository,
}

impl Subject {
    /// As it stands in a list: "worker-2", "firewall k8s-fw", "TalosControlPlane k8s-cp".
    pub fn words(&self) -> String {
        match self {
            Subject::Node(name) => name.0.clone(),
            Subject::Object(object) if object.namespace.is_empty() => {
                format!("{} {}", object.kind, object.name)
            }
            Subject::Object(object) => format!("{} {}/{}", object.kind, object.namespace, object.name),
            Subject::Server(_, name) => format!("server {name}"),
            Subject::Firewall(name) => format!("firewall {name}"),
            Subject::LoadBalancer(name) => format!("load balancer {name}"),
            Subject::Network(name) => format!("network {name}"),
            Subject::Repository => "git".into(),
        }
    }
}

/// One field whose sides differ, classed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub of: Subject,
    /// Kind and name of the document of a machine config; empty for the main one and for everything else.
    pub document: String,
    /// "machine.sysctls.net.core.somaxconn", "spec.replicas", "rule tcp 8080 from anywhere".
    pub field: String,
    pub class: Class,
    /// What the tip of the tracked branch says.
    pub git: Said,
    /// What the objects in the management cluster say.
    pub declared: Said,
    pub live: Said,
    /// Where Git says it.
    pub written: Option<Written>,
    pub writer: Option<Writer>,
    /// Since when it differs, as far as that was seen or is told.
    pub since: Option<Moment>,
    /// Why it is of this class, in one sentence.
    pub why: String,
    /// What would bring the sides together.
    pub ways: Vec<Way>,
}

impl Difference {
    /// What tells it from every other: kinds of two groups may have one name, and two places of Git one thing to say.
    pub fn key(&self) -> String {
        let beside = match (&self.of, &self.written) {
            (Subject::Object(object), _) => object.group.clone(),
            (Subject::Server(id, _), _) => id.0.to_string(),
            (Subject::Repository, Some(at)) => format!("{}:{}", at.path, at.line),
            _ => String::new(),
        };
        let parts = [self.of.words(), beside, self.document.clone(), self.field.clone()];
        parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// What would bring the sides of a difference together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A draft that says in Git what is live.
    Adopt(Mend),
    /// Make what is live as Git says: how.
    BringBack(Return),
    /// It comes together by itself: who does it.
    Wait(String),
}

/// A draft that is worked out for a difference. Live values are asked for anew then: they may be secret, and what is
/// shown of them may be cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mend {
    /// The machine config field of a node, as it is in force there, in the file that makes it what it should be.
    Config { node: NodeName, document: String, field: String },
    /// The field of an object, as it is in the cluster, in the file that declares it.
    Object { object: ObjectRef, field: String },
    /// One rule of a firewall in the file that declares it, as it is in force: there, or not there.
    Firewall { name: String, rule: FirewallRule },
    /// Whatever says in Git when the machines of this control plane or deployment were last wanted anew, set to now.
    Roll { of: ObjectRef },
}

/// Who makes what is live as Git says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Return {
    /// The cockpit, by a plan of the tip for this node.
    Plan(NodeName),
    /// The delivery engine, by a sync of this application.
    Sync(ObjectRef),
    /// Cluster API, by new machines: a draft that only says when they were last wanted anew ([`Mend::Roll`]).
    Roll { of: ObjectRef },
    /// A person, by this command.
    Command(String),
}

/// A field of which two sides say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlike {
    pub document: String,
    pub field: String,
    /// None where the side has no such field.
    pub wanted: Option<String>,
    pub live: Option<String>,
    pub written: Option<Written>,
    pub writer: Option<Writer>,
}

/// What the machine config of a node was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// What `by` made of the files of a commit.
    Rendered { commit: CommitId, by: String },
    /// What Cluster API gave its Machine to boot with.
    Bootstrap { secret: ObjectRef },
}

impl Basis {
    pub fn words(&self) -> String {
        match self {
            Basis::Rendered { commit, by } => format!("what {by} makes of {}", commit.short()),
            Basis::Bootstrap { secret } => format!("what its Machine booted with (Secret {})", secret.name),
        }
    }
}

/// A field that says what Git said until a commit changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    pub document: String,
    pub field: String,
    pub by: CommitId,
    pub at: Moment,
}

/// How far back Git was looked at for what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LookedBack {
    /// As far as it goes.
    #[default]
    Whole,
    /// Through so many of its last changes.
    Last(usize),
    /// Not everything that it said could be made out: why, in words.
    Failed(String),
}

/// The Talos that the installer of a config is of, and where Git says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigInstaller {
    pub release: Release,
    pub written: Option<Written>,
}

/// A node's machine config beside what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigComparison {
    pub node: NodeName,
    /// What it was compared with, or why it could not be.
    pub basis: Result<Basis, String>,
    /// Where the config in force is not what it should be.
    pub fields: Vec<Unlike>,
    /// Which of these are in force as Git had them before a commit: the node was not changed, Git was.
    pub overtaken: Vec<Overtaken>,
    /// How far back Git was looked at for that.
    pub back: LookedBack,
    /// The installer that it should name. None where it names none whose Talos can be told.
    pub installer: Option<ConfigInstaller>,
    /// The config in force and the one on disk are two.
    pub pending: Option<Pending>,
    /// Where these two differ: `before` in force, `after` on disk.
    pub waiting: Vec<FieldChange>,
    /// The config in force.
    pub active: Option<Digest>,
    /// When the config in force became what it is, as the node says. None where it has booted with it: whether it was
    /// changed before that is not known.
    pub changed: Option<Moment>,
    pub asked: Moment,
}

impl Entity for ConfigComparison {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.node
    }
}

/// An object that Git declares for this cluster, beside the one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectComparison {
    pub object: ObjectRef,
    /// Where the object begins in Git.
    pub written: Written,
    /// The application or kustomization that delivers it.
    pub delivered_by: Option<ObjectRef>,
    pub found: Found,
    pub asked: Moment,
}

impl Entity for ObjectComparison {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.object
    }
}

/// What was found of a declared object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Same,
    Differs(Vec<Unlike>),
    Absent,
    /// It could not be looked at: why, in words.
    Unknown(String),
}

impl Found {
    /// Why a folder is not known that a program is still rendering.
    pub const RENDERING: &str = "it is being rendered";
    /// Why an object is not known whose kind is still being listed.
    pub const LISTING: &str = "it has not been listed yet";

    /// It is not known yet, and will be without anybody doing anything.
    pub fn is_awaited(&self) -> bool {
        matches!(self, Self::Unknown(why) if [Self::RENDERING, Self::LISTING].contains(&why.as_str()))
    }
}
