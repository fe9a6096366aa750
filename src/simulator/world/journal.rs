//! What a machine's services and its kernel have written, line by line, with followers.

use super::lock::Lock;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Lines kept of each source; older ones are dropped.
const KEPT: usize = 2_000;
/// The source that the kernel and machined write to.
pub const KERNEL: &str = "kernel";

#[derive(Debug, Clone)]
pub struct Line {
    /// Milliseconds since the epoch.
    pub at: i64,
    pub text: Arc<str>,
}

#[derive(Debug)]
pub struct Journal {
    lines: Mutex<BTreeMap<String, VecDeque<Line>>>,
    written: watch::Sender<u64>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { lines: Mutex::default(), written: watch::Sender::new(0) }
    }
}

impl Journal {
    pub fn write(&self, source: &str, at: i64, text: impl Into<Arc<str>>) {
        let mut sources = self.lines.held();
        let lines = sources.entry(source.to_owned()).or_default();
        lines.push_back(Line { at, text: text.into() });
        if lines.len() > KEPT {
            lines.pop_front();
        }
        drop(sources);
        self.written.send_modify(|it| *it += 1);
    }

    /// Lines of one source after `after` (exclusive) and up to `until`, oldest first.
    pub fn between(&self, source: &str, after: i64, until: i64) -> Vec<Line> {
        let sources = self.lines.held();
        let lines = sources.get(source).into_iter().flatten();
        lines.filter(|line| line.at > after && line.at <= until).cloned().collect()
    }

    /// The kernel's ring does not survive a boot; the logs of services do.
    pub fn forget(&self, source: &str) {
        self.lines.held().remove(source);
    }

    /// Wakes at each line.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }
}
