//! What a controller writes to its log; the pod that plays it shows these lines.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::timestamp;
use crate::Clock;

/// Lines that are kept of one controller.
const KEPT: usize = 2_000;

/// The log of one controller: the newest lines, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    clock: Clock,
    lines: Arc<Mutex<VecDeque<String>>>,
    written: watch::Sender<u64>,
}

impl Journal {
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), lines: Arc::default(), written: watch::Sender::new(0) }
    }

    /// One line in the form of controller-runtime's logger: time, level, message, `key="value"` pairs.
    pub fn info(&self, message: &str, pairs: &[(&str, &str)]) {
        self.write("I", message, pairs);
    }

    pub fn error(&self, message: &str, pairs: &[(&str, &str)]) {
        self.write("E", message, pairs);
    }

    fn write(&self, level: &str, message: &str, pairs: &[(&str, &str)]) {
        let mut line = format!("{} {level} \"{message}\"", timestamp(self.clock.now()));
        for (key, value) in pairs {
            line.push_str(&format!(" {key}=\"{value}\""));
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.written.send_modify(|count| *count += 1);
    }

    /// The lines that are still kept, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Tells how many lines were ever written, and when there are more.
    #[cfg(test)]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }
}

/// The journals of all controllers, by the name of the deployment that runs each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journals {
    all: Arc<Mutex<BTreeMap<String, Journal>>>,
}

impl Journals {
    /// The journal of a deployment, begun where there is none yet.
    pub fn of(&self, deployment: &str, clock: &Clock) -> Journal {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(deployment.to_owned()).or_insert_with(|| Journal::new(clock)).clone()
    }

    /// The journal behind a pod's name, if a controller of this world plays it.
    pub fn of_pod(&self, pod: &str) -> Option<Journal> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .find(|(deployment, _)| pod.starts_with(&format!("{deployment}-")))
            .map(|(_, it)| it.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_first() {
        let journals = Journals::default();
        let journal = journals.of("cacppt-controller-manager", &Clock::standing(0));
        for count in 0..=KEPT {
            journal.info("line", &[("count", &count.to_string())]);
        }
        let lines = journals.of_pod("cacppt-controller-manager-5d4f-x2x").unwrap().lines();
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines[0], "1970-01-01T00:00:00Z I \"line\" count=\"1\"");
    }
}
