//! Lists: which items of two lists are the same thing, and what differs between them.

use super::alike::alike;
use super::closed::{holds_closed, is_closed};
use super::place::Sort;
use super::{Comparing, Place, said};
use crate::yaml::{Node, What};
use serde_json::Value;

/// By what the items of well-known lists are told apart, the first that all items have and no two share.
const KEYS: [&[&str]; 12] = [
    &["name"],
    &["mountPath"],
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["containerPort"],
    &["port"],
    &["key"],
    &["ip"],
    &["topologyKey"],
    &["devicePath"],
    &["type"],
    &["uid"],
];

impl Comparing<'_> {
    pub(super) fn list(&mut self, list: &Node, wanted: &[Node], live: &[Value], place: &Place) {
        if wanted.is_empty() {
            for (at, item) in live.iter().enumerate() {
                self.extra(list, item, &place.item(&at.to_string(), Some(at)), place);
            }
            return;
        }
        if wanted.iter().all(|it| matches!(it.what, What::Scalar { .. })) {
            return self.scalars(list, wanted, live, place);
        }
        let Some(keys) = self.keys(wanted, live, place) else {
            return self.by_number(list, wanted, live, place);
        };
        // Which item is which cannot be told.
        let closed = |it: &Node| keys.iter().filter_map(|key| it.said(key)).any(is_closed);
        if wanted.iter().any(closed) {
            return;
        }
        let mut met = Vec::new();
        for (at, item) in wanted.iter().enumerate() {
            let found = live.iter().position(|it| is_same(item, it, &keys));
            met.extend(found);
            self.node(item, found.and_then(|it| live.get(it)), &place.item(&at.to_string(), found));
        }
        for (at, item) in live.iter().enumerate().filter(|(at, _)| !met.contains(at)) {
            let key = keys.iter().find_map(|key| Some((key, item.get(key)?)));
            let name =
                key.map_or_else(|| at.to_string(), |(key, value)| format!("{key}={}", said::live(value)));
            self.extra(list, item, &place.item(&name, Some(at)), place);
        }
    }

    /// The keys that tell the items of both lists apart: those that the server goes by, else the usual ones.
    fn keys(&self, wanted: &[Node], live: &[Value], place: &Place) -> Option<Vec<String>> {
        let has = |keys: &[String]| {
            let all = |it: &Node| keys.iter().any(|key| it.get(key).and_then(Node::text).is_some());
            wanted.iter().all(all)
        };
        if let Some(keys) = self.owners.keys(&place.steps).filter(|it| has(it)) {
            return Some(keys);
        }
        KEYS.iter().find_map(|keys| {
            let parts = |it: &Value| keys.iter().map(|key| it.get(key).cloned()).collect::<Option<Vec<_>>>();
            let mut seen = live.iter().map(parts).collect::<Option<Vec<_>>>()?;
            let many = seen.len();
            seen.sort_by_key(|it| format!("{it:?}"));
            seen.dedup();
            let keys: Vec<String> = keys.iter().map(|it| (*it).to_owned()).collect();
            (seen.len() == many && wanted.iter().all(|it| it.get(keys.first().map_or("", |it| it)).is_some()))
                .then_some(keys)
        })
    }

    /// A list that is one value: item beside item.
    fn by_number(&mut self, list: &Node, wanted: &[Node], live: &[Value], place: &Place) {
        for (at, item) in wanted.iter().enumerate() {
            let found = live.get(at);
            self.node(item, found, &place.item(&at.to_string(), found.map(|_| at)));
        }
        let open = !holds_closed(list);
        for (at, item) in live.iter().enumerate().skip(wanted.len()).filter(|_| open) {
            // Whoever wrote the list wrote all of it: there is more than Git says.
            let place = place.item(&at.to_string(), Some(at));
            if !self.passes_over(&place) {
                self.differ(list.line, None, Some(item), &place);
            }
        }
    }

    fn scalars(&mut self, list: &Node, wanted: &[Node], live: &[Value], place: &Place) {
        let is_set = self.owners.is_set(&place.steps);
        // What is not known is no difference.
        let pairs = !is_set && wanted.len() == live.len();
        if !pairs && holds_closed(list) {
            return;
        }
        let sort = place.item("", None).sort();
        let same = |one: &Node, other: &Value| match &one.what {
            What::Scalar { text, bare } => alike(text, *bare, other, sort),
            _ => false,
        };
        if is_set {
            for (at, item) in wanted.iter().enumerate() {
                if !live.iter().any(|it| same(item, it)) {
                    self.differ(
                        item.line,
                        item.text().map(str::to_owned),
                        None,
                        &place.item(&at.to_string(), None),
                    );
                }
            }
            for (at, item) in live.iter().enumerate() {
                if !wanted.iter().any(|it| same(it, item)) {
                    let name = said::live(item);
                    self.extra(list, item, &place.item(&name, Some(at)), place);
                }
            }
            return;
        }
        if !pairs {
            let whole = Value::Array(live.to_vec());
            return self.differ(list.line, Some(said::written(list)), Some(&whole), place);
        }
        for (at, (item, live)) in wanted.iter().zip(live).enumerate() {
            self.node(item, Some(live), &place.item(&at.to_string(), Some(at)));
        }
    }
}

/// Whether two items are the same thing: every key that Git says has the value that is live.
fn is_same(wanted: &Node, live: &Value, keys: &[String]) -> bool {
    let mut said = 0;
    let fits = keys.iter().all(|key| match wanted.get(key).map(|it| &it.what) {
        Some(What::Scalar { text, bare }) => {
            said += 1;
            live.get(key).is_some_and(|live| alike(text, *bare, live, Sort::Usual))
        }
        Some(_) => false,
        // What Git leaves out the server fills in.
        None => key != "protocol" || live.get(key).is_none_or(|it| it == "TCP"),
    });
    fits && said > 0
}
