//! How fresh the provider's lists are, beside what is wanted of that which they list.

use domain::{CapiChange, Change, InfraCluster, Moment, ObjectRef};
use std::collections::BTreeMap;
use std::time::Duration;

/// For so long after a change whoever carries it out is given the time to.
const CARRIED_OUT: Duration = Duration::from_secs(60);
/// What was changed past its controller is put back within this: the controller looks every three minutes.
const PUT_BACK: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, Default)]
pub struct CloudLists {
    pub balancers: ListAge,
    pub networks: ListAge,
    /// The generation of the object of each cluster's infrastructure, and since when it is that.
    changed: BTreeMap<ObjectRef, (i64, Moment)>,
}

/// When a list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListAge {
    /// By its rhythm.
    read: Option<Moment>,
    /// By its rhythm, or because it was asked for.
    told: Option<Moment>,
    /// When it was asked for between two readings.
    asked: Option<Moment>,
}

impl CloudLists {
    /// Something was heard of Cluster API's objects.
    pub(crate) fn follow(&mut self, now: Moment, change: &CapiChange) {
        let CapiChange::InfraClusters(change) = change else { return };
        match change {
            Change::Snapshot(all) | Change::Part(all) => all.iter().for_each(|it| self.seen(now, it)),
            Change::Upsert(one) => self.seen(now, one),
            Change::Remove(id) => drop(self.changed.remove(id)),
        }
    }

    fn seen(&mut self, now: Moment, it: &InfraCluster) {
        let (id, generation) = (&it.meta.id, it.meta.generation);
        let since = match self.changed.get(id) {
            Some((known, since)) if *known == generation => *since,
            Some(_) => now,
            // What was before the cockpit came is told by the object itself, as far as it is told.
            None => it
                .conditions
                .iter()
                .filter_map(|it| it.since)
                .chain(it.meta.created)
                .max()
                .unwrap_or_default(),
        };
        self.changed.insert(id.clone(), (generation, since.min(now)));
    }

    /// Since when the object of a cluster's infrastructure is as it is.
    pub fn changed(&self, id: &ObjectRef) -> Moment {
        self.changed.get(id).map(|it| it.1).unwrap_or_default()
    }
}

impl ListAge {
    /// It was read by its rhythm.
    pub(crate) fn read(&mut self, now: Moment) {
        (self.read, self.told) = (Some(now), Some(now));
    }

    /// It was asked for, and answered.
    pub(crate) fn answered(&mut self, now: Moment) {
        self.told = Some(now);
    }

    /// It is being asked for.
    pub(crate) fn asked(&mut self, now: Moment) {
        self.asked = Some(now);
    }

    /// Whether it is younger than what was carried out of a change.
    pub fn tells_of(&self, changed: Moment) -> bool {
        self.told.is_some_and(|it| it > changed.plus(CARRIED_OUT))
    }

    /// Whether it is to be asked for where something on it is not as wanted: once after each reading by its rhythm,
    /// and once after each change.
    pub fn is_due(&self, changed: Moment, now: Moment) -> bool {
        let Some(told) = self.told else { return false };
        let carried_out = changed.plus(CARRIED_OUT);
        let due = if self.tells_of(changed) { told.plus(PUT_BACK) } else { carried_out };
        let free = self.asked.is_none_or(|it| carried_out > it || self.read.is_some_and(|read| read > it));
        now > due && free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Meta;

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(seconds)
    }

    fn object(kind: &str, name: &str) -> ObjectRef {
        ObjectRef { group: String::new(), kind: kind.into(), namespace: "default".into(), name: name.into() }
    }

    #[test]
    fn a_list_tells_of_what_was_wanted_a_minute_before_it_was_read() {
        let mut list = ListAge::default();
        assert!(!list.tells_of(at(0)) && !list.is_due(at(0), at(9_999)), "nothing was ever read");
        list.read(at(1_000));
        assert!(list.tells_of(at(900)) && !list.tells_of(at(950)) && !list.tells_of(at(1_010)));
    }

    #[test]
    fn it_is_asked_once_after_a_change_and_once_after_a_reading() {
        let mut list = ListAge::default();
        list.read(at(1_000));
        let changed = at(1_200);
        assert!(!list.is_due(changed, at(1_230)), "whoever carries it out has its time");
        assert!(list.is_due(changed, at(1_261)));
        list.asked(at(1_261));
        assert!(!list.is_due(changed, at(1_900)), "no answer came, and it is not asked again and again");
        list.answered(at(1_262));
        assert!(list.tells_of(changed) && !list.is_due(changed, at(9_000)));
        list.read(at(2_800));
        assert!(!list.is_due(changed, at(3_000)), "its controller may put it back yet");
        assert!(list.is_due(changed, at(3_101)));
        list.asked(at(3_101));
        assert!(!list.is_due(changed, at(3_500)) && list.is_due(at(3_400), at(3_500)));
    }

    #[test]
    fn an_object_is_as_it_is_since_its_generation_is() {
        let cluster = |generation: i64| {
            let id = object("HetznerCluster", "k8s");
            let meta = Meta { id, generation, created: Some(at(5)), ..Meta::default() };
            CapiChange::InfraClusters(Change::Upsert(InfraCluster { meta, ..InfraCluster::default() }))
        };
        let id = object("HetznerCluster", "k8s");
        let mut lists = CloudLists::default();
        lists.follow(at(10), &cluster(1));
        assert_eq!(lists.changed(&id), at(5));
        lists.follow(at(20), &cluster(1));
        assert_eq!(lists.changed(&id), at(5), "its status is not what is wanted");
        lists.follow(at(30), &cluster(2));
        assert_eq!(lists.changed(&id), at(30));
    }
}
