//! Which release of the provider is played.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A release, and how many of its deletes get lost on the way; both can be changed while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    patch: Arc<AtomicU32>,
    lost: Arc<AtomicU32>,
}

impl Version {
    /// 0.5.`patch`: from 13 on a machine is marked before its etcd leaves.
    pub fn new(patch: u32) -> Self {
        Self { patch: Arc::new(AtomicU32::new(patch)), lost: Arc::default() }
    }

    pub fn name(&self) -> String {
        format!("v0.5.{}", self.patch.load(Ordering::Relaxed))
    }

    pub fn marks_leaving(&self) -> bool {
        self.patch.load(Ordering::Relaxed) >= 13
    }

    /// Let the next so many deletes of machines never reach the API.
    pub fn lose_deletes(&self, times: u32) {
        self.lost.store(times, Ordering::Relaxed);
    }

    /// Whether this delete is one that gets lost.
    pub(super) fn loses_this_delete(&self) -> bool {
        self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_deletes_get_lost_as_were_asked_for() {
        let version = Version::new(12);
        assert!(!version.marks_leaving() && Version::new(13).marks_leaving());
        version.lose_deletes(1);
        assert!(version.loses_this_delete());
        assert!(!version.loses_this_delete());
    }
}
