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
    pub pods: Vec<ObjectRef>,
    /// Of the containers that ran before these.
    pub previous: bool,
}

impl PodLogs {
    /// What its feed is called.
    pub fn feed_part(&self) -> String {
        let former = if self.previous { "former " } else { "" };
        match self.pods.as_slice() {
            [pod] => format!("{former}logs of {pod}"),
            pods => format!("{former}logs of {} pods", pods.len()),
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
