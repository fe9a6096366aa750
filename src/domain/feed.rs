//! Who told us, and how well we hear them. Every fact on the screen has a feed, and so an age.

use crate::Moment;

/// A system that facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Source {
    Git,
    Argo,
    Flux,
    Capi,
    Kube,
    Talos,
    Etcd,
    Hcloud,
}

impl Source {
    pub const ALL: [Source; 8] = [
        Source::Git,
        Source::Argo,
        Source::Flux,
        Source::Capi,
        Source::Kube,
        Source::Talos,
        Source::Etcd,
        Source::Hcloud,
    ];

    /// Its word in the bar and in machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            Source::Git => "git",
            Source::Argo => "argo",
            Source::Flux => "flux",
            Source::Capi => "capi",
            Source::Kube => "kube",
            Source::Talos => "talos",
            Source::Etcd => "etcd",
            Source::Hcloud => "hcloud",
        }
    }
}

/// One stream of facts: a source, and which part of it (a kind, a node, an endpoint).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Feed {
    pub source: Source,
    /// Empty where the source has one part only.
    pub part: String,
}

impl Feed {
    pub fn of(source: Source, part: impl Into<String>) -> Self {
        Self { source, part: part.into() }
    }
}

/// How well a feed is heard. Old facts stay on the screen; this says how far they may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Link {
    Connecting,
    Live,
    /// It spoke before, or never could; it is tried again. `since` is when it was last heard well.
    Degraded {
        since: Moment,
        why: String,
    },
    Forbidden {
        why: String,
    },
    /// The server is there, the thing asked for is not: a CRD or a Talos type of another version.
    NotInstalled {
        why: String,
    },
    /// Nothing says where it would be. `why` names what would configure it.
    NotConfigured {
        why: String,
    },
}
