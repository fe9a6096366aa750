//! Lines of a log, whatever wrote them.

use crate::{Moment, ObjectRef};

/// One line. Control characters and escape sequences are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLine {
    /// When it was written, where the wire tells.
    pub at: Option<Moment>,
    /// Who wrote it, by its place among the writers of this log (containers, services, nodes).
    pub writer: u16,
    pub text: Box<str>,
}

/// Which logs of pods are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodLogs {
    /// Pods, or what runs pods: a deployment stands for all of its pods.
    pub pods: Vec<ObjectRef>,
    /// Of the containers that ran before these.
    pub previous: bool,
}

/// The names of several, as a feed is called by them: other pods are another feed.
fn words(pods: &[ObjectRef]) -> String {
    pods.iter().map(ObjectRef::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether an object writes logs, or runs pods that do.
pub fn writes_logs(object: &ObjectRef) -> bool {
    matches!(
        (object.group.as_str(), object.kind.as_str()),
        ("", "Pod" | "Service" | "ReplicationController")
            | ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("batch", "Job")
    )
}

impl PodLogs {
    /// What its feed is called.
    pub fn feed_part(&self) -> String {
        let former = if self.previous { "former " } else { "" };
        match self.pods.as_slice() {
            [pod] => format!("{former}logs of {pod}"),
            pods => format!("{former}logs of {}", words(pods)),
        }
    }
}

/// What a watch of a log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogChange {
    /// Begin anew: who the writers are. Their places are what lines name.
    Writers(Vec<String>),
    Lines(Vec<LogLine>),
    /// It ended by itself: a finished container, or the log of a former one.
    End,
}
