//! What every watch says, whatever wire it came by, and the latest that has been heard.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// A thing the world holds many of, each under its own name.
pub trait Entity {
    type Id: Ord + Clone + Debug;
    fn id(&self) -> &Self::Id;
}

/// The whole once, then only what differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<T: Entity> {
    /// All there are; what is not among them is gone.
    Snapshot(Vec<T>),
    /// Several at once, to add or to replace: the next page of a long list, or a burst of news.
    Part(Vec<T>),
    Upsert(T),
    Remove(T::Id),
}

/// The latest that has been heard of every `T`.
#[derive(Debug, Clone)]
pub struct Table<T: Entity> {
    rows: BTreeMap<T::Id, T>,
}

impl<T: Entity> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new() }
    }
}

impl<T: Entity> Table<T> {
    pub fn absorb(&mut self, change: Change<T>) {
        match change {
            Change::Snapshot(all) => {
                self.rows = all.into_iter().map(|it| (it.id().clone(), it)).collect();
            }
            Change::Part(some) => self.rows.extend(some.into_iter().map(|it| (it.id().clone(), it))),
            Change::Upsert(it) => {
                self.rows.insert(it.id().clone(), it);
            }
            Change::Remove(id) => {
                self.rows.remove(&id);
            }
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub fn get(&self, id: &T::Id) -> Option<&T> {
        self.rows.get(id)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
