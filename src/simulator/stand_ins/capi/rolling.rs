//! The arithmetic of a rolling update: how many replicas each MachineSet may have next.

use serde_json::Value;

use super::machine_set::count;

/// A set, as far as the arithmetic needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub name: String,
    /// What its spec wants.
    pub wanted: usize,
    /// Machines it has.
    pub current: usize,
    pub available: usize,
}

impl Share {
    pub fn of(set: &Value) -> Self {
        Self {
            name: crate::control::name(set).to_owned(),
            wanted: count(&set["spec"]["replicas"]),
            current: set["status"]["replicas"]
                .as_u64()
                .map_or(0, |it| usize::try_from(it).unwrap_or(usize::MAX)),
            available: set["status"]["availableReplicas"]
                .as_u64()
                .map_or(0, |it| usize::try_from(it).unwrap_or(0)),
        }
    }
}

/// The next number of replicas for each set that changes; `old` stands with the oldest first.
pub(super) fn next(
    desired: usize,
    max_surge: usize,
    max_unavailable: usize,
    new: &Share,
    old: &[Share],
) -> Vec<(String, usize)> {
    let mut changes = Vec::new();
    let others: usize = old.iter().map(|it| it.wanted).sum();
    let total = new.wanted + others;
    let mut wanted = new.wanted;
    if new.wanted > desired {
        wanted = desired;
    } else if new.wanted < desired {
        // Machines that are still going count: nobody pays for more than the surge.
        let present = total.max(new.current + old.iter().map(|it| it.current).sum::<usize>());
        wanted += (desired + max_surge).saturating_sub(present).min(desired - new.wanted);
    }
    if wanted != new.wanted {
        changes.push((new.name.clone(), wanted));
    }
    let needed = desired.saturating_sub(max_unavailable);
    let missing = new.wanted.saturating_sub(new.available);
    let mut budget = total.saturating_sub(needed + missing);
    for share in old {
        let sick = share.wanted.saturating_sub(share.available);
        let removable = sick.min(budget);
        let mut next = share.wanted - removable;
        budget -= removable;
        let spare = budget.min(next);
        next -= spare;
        budget -= spare;
        if next != share.wanted {
            changes.push((share.name.clone(), next));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: &str, wanted: usize, current: usize, available: usize) -> Share {
        Share { name: name.into(), wanted, current, available }
    }

    #[test]
    fn one_comes_before_one_goes() {
        let old = [share("old", 3, 3, 3)];
        assert_eq!(next(3, 1, 0, &share("new", 0, 0, 0), &old), [("new".into(), 1)]);
        // Until the new one is available nothing goes.
        assert_eq!(next(3, 1, 0, &share("new", 1, 1, 0), &old), []);
        assert_eq!(next(3, 1, 0, &share("new", 1, 1, 1), &old), [("old".into(), 2)]);
        // The old machine is still draining: the next one waits.
        assert_eq!(next(3, 1, 0, &share("new", 1, 1, 1), &[share("old", 2, 3, 3)]), []);
        assert_eq!(next(3, 1, 0, &share("new", 1, 1, 1), &[share("old", 2, 2, 2)]), [("new".into(), 2)]);
        assert_eq!(next(3, 1, 0, &share("new", 3, 3, 3), &[share("old", 0, 0, 0)]), []);
    }
}
