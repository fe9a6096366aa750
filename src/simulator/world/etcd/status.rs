//! What a member says of itself: indexes, sizes, term, alarms.

use super::{Etcd, Member, stands};
use crate::world::lock::Lock;
use crate::world::seeded;

/// A small cluster's writes.
pub const INDEX_PER_SECOND: u64 = 11;
/// Talos gives etcd 2 GiB.
const QUOTA: i64 = 2 * 1024 * 1024 * 1024;
const MIB: f64 = 1024.0 * 1024.0;

/// What one member answers.
#[derive(Debug, Clone)]
pub struct MemberStatus {
    pub member: Member,
    pub leader: u64,
    pub term: u64,
    pub index: u64,
    /// Bytes on disk.
    pub db_size: i64,
    /// Bytes that are not free pages.
    pub db_size_in_use: i64,
    pub errors: Vec<String>,
}

/// How far the index goes between two moments, in milliseconds.
pub fn grown(since: i64, now: i64) -> u64 {
    u64::try_from((now - since).max(0)).unwrap_or_default() * INDEX_PER_SECOND / 1_000
}

impl Etcd {
    /// Ask one member; None if there is no such member.
    pub fn status(&self, id: u64) -> Option<MemberStatus> {
        let now = self.inner.clock.now();
        let state = self.inner.state.held();
        let member = state.members.iter().find(|it| it.id == id)?.clone();
        let quorum = stands(&state.members);
        let index = state.index + if quorum { grown(state.since, now) } else { 0 };
        let mut errors = Vec::new();
        if state.leader.is_none() {
            errors.push("etcdserver: no leader".to_owned());
        }
        if state.full {
            errors.push(format!("memberID:{id} alarm:NOSPACE "));
        }
        let in_use = (38.0 + (index as f64 / 90_000.0).sin() * 6.0 + index as f64 / 4.0e6) * MIB;
        let slack = 9.0 + seeded::between(self.inner.seed, "slack", id, 0.0, 22.0);
        let (db_size, db_size_in_use) = if state.full {
            (QUOTA + (id % 4_096) as i64, QUOTA - 3 * 1024 * 1024)
        } else {
            ((in_use + slack * MIB) as i64 / 4_096 * 4_096, in_use as i64 / 4_096 * 4_096)
        };
        let leader = state.leader.unwrap_or_default();
        Some(MemberStatus { member, leader, term: state.term, index, db_size, db_size_in_use, errors })
    }
}
