//! The live side of what is declared: each kind listened to, and what was found of each object.

use super::Declared;
use super::live::{Compared, KindOf, watch, why_not};
use super::set::{self, Set};
use crate::kubernetes::{Cluster, Kinds, Told};
use domain::{Change, Found, Link, ObjectRef};
use futures::StreamExt;
use futures::stream::{AbortHandle, BoxStream, SelectAll, abortable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The live side of a set.
pub(super) struct Watching {
    pub set: Arc<Set>,
    by_kind: BTreeMap<KindOf, Vec<ObjectRef>>,
    pub heard: SelectAll<BoxStream<'static, (Part, Told<Compared>)>>,
    /// How each kind is heard, by the namespaces that it is asked for in.
    state: BTreeMap<Part, State>,
    /// Ends what listens.
    ends: BTreeMap<Part, AbortHandle>,
    /// What the first list of a kind has told so far.
    arriving: BTreeMap<Part, BTreeMap<ObjectRef, Found>>,
    there: BTreeMap<ObjectRef, Found>,
}

/// A kind, everywhere or in one namespace.
pub(super) type Part = (KindOf, Option<String>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Asking,
    Whole,
    Not(String),
}

impl Watching {
    pub(super) fn begin(cluster: &Cluster, set: Arc<Set>, kinds: &Kinds) -> Self {
        let mut by_kind: BTreeMap<KindOf, Vec<ObjectRef>> = BTreeMap::new();
        for it in set.values() {
            by_kind.entry(KindOf::of(it)).or_default().push(it.object.clone());
        }
        let (heard, state, there) = (SelectAll::new(), BTreeMap::new(), BTreeMap::new());
        let (ends, arriving) = (BTreeMap::new(), BTreeMap::new());
        let mut this = Self { set, by_kind, heard, state, ends, arriving, there };
        for kind in this.by_kind.keys().cloned().collect::<Vec<_>>() {
            this.begin_kind(cluster, kind, kinds);
        }
        this
    }

    fn begin_kind(&mut self, cluster: &Cluster, kind: KindOf, kinds: &Kinds) {
        match kinds.find(&kind.group, &kind.kind, &[]) {
            Some(_) => self.listen(cluster, (kind, None)),
            None => {
                let why = format!("the server has no kind {}", kind.kind);
                self.state.insert((kind, None), State::Not(why));
            }
        }
    }

    /// Listen for more objects, in the place of those that stood for them. Only their kinds are listed again, and what
    /// is known of them is told until then. Answers those that nothing more will be heard of; none where an object is
    /// declared already.
    pub(super) fn add(
        &mut self,
        cluster: &Cluster,
        gone: BTreeSet<ObjectRef>,
        more: Vec<Declared>,
        kinds: &Kinds,
    ) -> Option<BTreeSet<ObjectRef>> {
        let mut set = Set::clone(&self.set);
        set.retain(|it, _| !gone.contains(it));
        let mut touched: BTreeMap<KindOf, BTreeSet<ObjectRef>> = BTreeMap::new();
        for one in more {
            if set.contains_key(&one.object) {
                return None;
            }
            touched.entry(KindOf::of(&one)).or_default().insert(one.object.clone());
            set::add(&mut set, Some(one));
        }
        self.set = Arc::new(set);
        self.by_kind.values_mut().for_each(|all| all.retain(|it| !gone.contains(it)));
        let mut silent = gone;
        for (kind, objects) in touched {
            let parts: Vec<Part> = self.state.keys().filter(|it| it.0 == kind).cloned().collect();
            for part in parts {
                self.state.remove(&part);
                self.arriving.remove(&part);
                self.end(&part);
            }
            self.by_kind.entry(kind.clone()).or_default().extend(objects.iter().cloned());
            self.begin_kind(cluster, kind.clone(), kinds);
            if self.state.get(&(kind, None)) != Some(&State::Asking) {
                silent.extend(objects);
            }
        }
        Some(silent)
    }

    fn end(&mut self, part: &Part) {
        if let Some(end) = self.ends.remove(part) {
            end.abort();
        }
    }

    fn listen(&mut self, cluster: &Cluster, part: Part) {
        let (stream, end) = abortable(watch(cluster, &part.0, part.1.clone(), &self.set));
        self.ends.insert(part.clone(), end);
        self.state.insert(part.clone(), State::Asking);
        self.heard.push(stream.map(move |told| (part.clone(), told)).boxed());
    }

    /// Take in what was heard of a kind; answers the objects it is about.
    pub(super) fn take(
        &mut self,
        part: &Part,
        told: Told<Compared>,
        cluster: &Cluster,
    ) -> BTreeSet<ObjectRef> {
        if !self.state.contains_key(part) {
            return BTreeSet::new();
        }
        let all = self.objects(part);
        let asking = self.state.get(part) == Some(&State::Asking);
        match told {
            Told::Link(Link::Live) => {
                if asking {
                    self.there.retain(|it, _| !all.contains(it));
                    self.there.extend(self.arriving.remove(part).unwrap_or_default());
                }
                self.enter(part, State::Whole, all)
            }
            Told::Link(Link::Forbidden { .. }) if part.1.is_none() && self.set_has_namespaces(&all) => {
                // Perhaps it may be seen in the namespaces that are meant.
                self.state.remove(part);
                self.end(part);
                let namespaces: BTreeSet<String> = all.iter().map(|it| it.namespace.clone()).collect();
                for namespace in namespaces {
                    self.listen(cluster, (part.0.clone(), Some(namespace)));
                }
                BTreeSet::new()
            }
            Told::Link(
                Link::Forbidden { why } | Link::NotInstalled { why } | Link::NotConfigured { why },
            ) => {
                self.there.retain(|it, _| !all.contains(it));
                self.enter(part, State::Not(why_not(&why)), all)
            }
            Told::Link(Link::Degraded { why, .. }) if asking => {
                self.arriving.remove(part);
                self.enter(part, State::Not(why_not(&why)), all)
            }
            Told::Link(_) => BTreeSet::new(),
            // The first list comes in pages: only the whole of it says what is not there.
            Told::Change(Change::Snapshot(rows) | Change::Part(rows)) if asking => {
                let rows = rows.into_iter().map(|it| (it.object, it.found));
                self.arriving.entry(part.clone()).or_default().extend(rows);
                BTreeSet::new()
            }
            Told::Change(Change::Snapshot(rows)) => {
                self.there.retain(|it, _| !all.contains(it));
                self.put(rows);
                all
            }
            Told::Change(Change::Part(rows)) => self.put(rows),
            Told::Change(Change::Upsert(row)) => self.put(vec![row]),
            Told::Change(Change::Remove(id)) => {
                self.there.remove(&id);
                BTreeSet::from([id])
            }
        }
    }

    fn put(&mut self, rows: Vec<Compared>) -> BTreeSet<ObjectRef> {
        let touched = rows.iter().map(|it| it.object.clone()).collect();
        self.there.extend(rows.into_iter().map(|it| (it.object, it.found)));
        touched
    }

    fn enter(&mut self, part: &Part, state: State, all: BTreeSet<ObjectRef>) -> BTreeSet<ObjectRef> {
        let before = self.state.insert(part.clone(), state.clone());
        if before == Some(state) { BTreeSet::new() } else { all }
    }

    /// The declared objects that are heard by this part.
    fn objects(&self, (kind, namespace): &Part) -> BTreeSet<ObjectRef> {
        let all = self.by_kind.get(kind).into_iter().flatten();
        all.filter(|it| namespace.as_ref().is_none_or(|namespace| it.namespace == *namespace))
            .cloned()
            .collect()
    }

    fn set_has_namespaces(&self, all: &BTreeSet<ObjectRef>) -> bool {
        all.iter().all(|it| !it.namespace.is_empty())
    }

    /// Whether every kind was listed, or cannot be.
    pub(super) fn is_whole(&self) -> bool {
        !self.state.values().any(|it| *it == State::Asking)
    }

    /// What is known of a declared object; none where there is nothing to tell.
    pub(super) fn verdict(&self, declared: &Declared) -> Option<Found> {
        if let Some(found) = self.there.get(&declared.object) {
            return Some(found.clone());
        }
        let kind = KindOf::of(declared);
        let parts = [(kind.clone(), None), (kind, Some(declared.object.namespace.clone()))];
        Some(match parts.iter().find_map(|it| self.state.get(it)) {
            // What is only of the same name is not missed.
            _ if declared.delivered_by.is_none() => return None,
            Some(State::Whole) => match &declared.unknown {
                Some(why) => Found::Unknown(why.clone()),
                None if passes_away(declared) => Found::Same,
                None => Found::Absent,
            },
            Some(State::Not(why)) => Found::Unknown(declared.unknown.clone().unwrap_or_else(|| why.clone())),
            Some(State::Asking) | None => Found::Unknown(Found::LISTING.into()),
        })
    }

    /// Whether a kind that is declared came or went.
    pub(super) fn are_others(&self, before: &Kinds, after: &Kinds) -> bool {
        let served =
            |kinds: &Kinds, it: &KindOf| kinds.find(&it.group, &it.kind, &[]).map(|it| it.namespaced);
        self.by_kind.keys().any(|it| served(before, it) != served(after, it))
    }
}

/// A Job that takes itself away when it is done.
fn passes_away(declared: &Declared) -> bool {
    declared.object.kind == "Job" && declared.node.at("spec.ttlSecondsAfterFinished").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::rules::Rules;
    use super::super::set::declared;
    use super::*;
    use crate::Sources;

    fn object(name: &str) -> Declared {
        let text = format!("apiVersion: v1\nkind: X\nmetadata: {{name: {name}}}\n");
        let by = ObjectRef {
            group: String::new(),
            kind: "Application".into(),
            namespace: String::new(),
            name: "apps".into(),
        };
        Declared { delivered_by: Some(by), ..declared(&text, Rules::default()) }
    }

    fn compared(name: &str) -> Compared {
        Compared { object: object(name).object, found: Found::Same }
    }

    #[test]
    fn only_the_whole_of_the_first_list_says_what_is_not_there() {
        let cluster = Cluster::new(&Sources::default());
        let mut set = Set::new();
        for name in ["a", "b", "c"] {
            set::add(&mut set, Some(object(name)));
        }
        let mut it = Watching::begin(&cluster, Arc::new(set), &Kinds::default());
        let part: Part = (KindOf::of(&object("a")), None);
        it.state.insert(part.clone(), State::Asking);
        let unlisted = Some(Found::Unknown(Found::LISTING.into()));
        assert!(it.take(&part, Told::Change(Change::Snapshot(vec![compared("a")])), &cluster).is_empty());
        assert_eq!((it.verdict(&object("a")), it.is_whole()), (unlisted.clone(), false));
        it.take(&part, Told::Change(Change::Part(vec![compared("b")])), &cluster);
        let touched = it.take(&part, Told::Link(Link::Live), &cluster);
        assert_eq!((touched.len(), it.is_whole()), (3, true));
        let verdicts = ["a", "b", "c"].map(|name| it.verdict(&object(name)));
        assert_eq!(verdicts, [Some(Found::Same), Some(Found::Same), Some(Found::Absent)]);

        // One more of a kind that the server does not have: its own reason is told, and what is known stays.
        let mut more = object("d");
        more.unknown = Some("it is a chart that cannot be rendered".into());
        let none = BTreeSet::new;
        let twice = it.add(&cluster, none(), vec![object("a")], &Kinds::default());
        assert_eq!(twice, None, "it is there already");
        let silent = it.add(&cluster, none(), vec![more], &Kinds::default()).unwrap();
        assert_eq!(silent.len(), 1);
        let more = it.set.get(silent.first().unwrap()).unwrap().clone();
        assert_eq!(it.verdict(&more), Some(Found::Unknown("it is a chart that cannot be rendered".into())));
        assert_eq!(it.verdict(&object("b")), Some(Found::Same));
        // What it turned out to be takes its place.
        let told = it.add(&cluster, silent.clone(), vec![object("e")], &Kinds::default()).unwrap();
        assert!(silent.is_subset(&told) && !it.set.contains_key(silent.first().unwrap()));
        assert_eq!(it.set.len(), 4);
    }
}
