//! One object as Git declares it beside the one that is live: field by field, only what Git says, by what it means.

mod alike;
mod closed;
mod list;
mod owners;
mod place;
mod said;
#[cfg(test)]
mod trial;

pub(super) use owners::Step;

use super::Declared;
use super::rules::Engine;
use crate::yaml::{Node, What};
use alike::{alike, is_empty};
use closed::{HIDDEN, is_closed};
use domain::{Found, Unlike, Writer};
use owners::{Owner, Owners};
use place::{Place, Sort};
use serde_json::Value;

/// So many differences of one object are told.
const MOST: usize = 40;
/// What is missing is told value by value up to so many; then as a whole.
const FEW: usize = 3;

/// Compare a declared object with the live one.
pub(super) fn compare(declared: &Declared, live: &Value) -> Found {
    let unlike: Vec<Unlike> = differences(declared, live).into_iter().map(|it| it.unlike).collect();
    if unlike.is_empty() { Found::Same } else { Found::Differs(unlike) }
}

/// A difference, and the live value as it is. It may be a secret: it does not print.
pub(super) struct Difference {
    pub unlike: Unlike,
    pub live: Option<Value>,
    /// It stands beside what is sealed: its value is not told, and belongs into no file in clear.
    pub hidden: bool,
}

/// Every field that differs, in the order that Git has them; then what Git has no place for.
pub(super) fn differences(declared: &Declared, live: &Value) -> Vec<Difference> {
    let sealed = closed::holds_sealed(&declared.node);
    let mut comparing = Comparing { declared, live, owners: Owners::of(live), sealed, unlike: Vec::new() };
    let top = Place::default();
    for (key, node) in declared.node.entries() {
        let place = top.key(key);
        match key.as_str() {
            "apiVersion" | "kind" | "status" | "sops" => {}
            "metadata" => comparing.metadata(node, &place, &top),
            "rules" if declared.node.get("aggregationRule").is_some() => {}
            _ => comparing.node(node, live.get(key), &place),
        }
    }
    let known = |key: &str| {
        declared.node.get(key).is_some() || ["apiVersion", "kind", "metadata", "status"].contains(&key)
    };
    for (key, value) in live.as_object().into_iter().flatten().filter(|it| !known(it.0)) {
        comparing.extra(&declared.node, value, &top.key(key), &top);
    }
    comparing.unlike
}

struct Comparing<'a> {
    declared: &'a Declared,
    live: &'a Value,
    owners: Owners<'a>,
    /// Whether something of the object is sealed in Git.
    sealed: bool,
    unlike: Vec<Difference>,
}

impl Comparing<'_> {
    /// Of the metadata the labels and annotations.
    fn metadata(&mut self, wanted: &Node, place: &Place, top: &Place) {
        for key in ["labels", "annotations"] {
            let live = self.live.pointer("/metadata").and_then(|it| it.get(key));
            match (wanted.get(key).filter(|it| !it.entries().is_empty()), live) {
                (Some(node), live) => self.node(node, live, &place.key(key)),
                (None, Some(live)) => self.extra(wanted, live, &place.key(key), top),
                (None, None) => {}
            }
        }
    }

    fn node(&mut self, wanted: &Node, live: Option<&Value>, place: &Place) {
        if self.unlike.len() >= MOST || self.passes_over(place) {
            return;
        }
        let live = live.filter(|it| !it.is_null());
        match (&wanted.what, live) {
            _ if wanted.is_null() => {}
            (What::Scalar { text, bare }, live) => self.scalar(wanted, (text, *bare), live, place),
            (_, None) if is_empty(place.last(), wanted) => {}
            (_, None) => self.absent(wanted, place),
            (What::Map(entries), Some(Value::Object(fields))) => {
                for (key, node) in entries {
                    self.node(node, fields.get(key), &place.key(key));
                }
                for (key, value) in fields.iter().filter(|(key, _)| wanted.get(key).is_none()) {
                    self.extra(wanted, value, &place.key(key), place);
                }
            }
            (What::List(items), Some(Value::Array(live))) => self.list(wanted, items, live, place),
            (_, Some(live)) => self.differ(wanted.line, Some(said::written(wanted)), Some(live), place),
        }
    }

    fn scalar(&mut self, wanted: &Node, (text, bare): (&str, bool), live: Option<&Value>, place: &Place) {
        let sort = place.sort();
        match live {
            _ if is_closed(text) => {}
            None if is_empty(place.last(), wanted) => {}
            Some(live) if alike(text, bare, live, sort) => {}
            // What is left open the server fills in.
            Some(_) if text.is_empty() && sort != Sort::Free && !self.is_by_hand(place) => {}
            live => self.differ(wanted.line, Some(text.to_owned()), live, place),
        }
    }

    /// Nothing of it is live.
    fn absent(&mut self, wanted: &Node, place: &Place) {
        if said::values(wanted) > FEW {
            return self.differ(wanted.line, Some(said::written(wanted)), None, place);
        }
        match &wanted.what {
            What::Map(entries) => entries.iter().for_each(|(key, it)| self.node(it, None, &place.key(key))),
            _ => self.differ(wanted.line, Some(said::written(wanted)), None, place),
        }
    }

    /// Something that is live and not in Git, in a map or a list that is: drift only where a person wrote it.
    fn extra(&mut self, beside: &Node, live: &Value, place: &Place, parent: &Place) {
        if self.unlike.len() >= MOST || self.passes_over(place) || place.is_marking() {
            return;
        }
        if let Some(fields) = live.as_object().filter(|_| place.is_all_of_metadata()) {
            fields.iter().for_each(|(key, value)| self.extra(beside, value, &place.key(key), parent));
            return;
        }
        // Where the engine has not applied it since, or lets another apply, it owns nothing.
        let ours = !self.owners.has_engine() || self.owners.engine_owns(&parent.steps);
        if ours && self.is_by_hand(place) {
            self.differ(beside.line, None, Some(live), place);
        }
    }

    /// Whether a person wrote it, after the object was made: whoever makes one also has what the server filled in.
    fn is_by_hand(&self, place: &Place) -> bool {
        let by = self.owners.last(&place.steps);
        by.is_some_and(|it| it.is_person() && !self.owners.is_of_the_beginning(it))
    }

    fn differ(&mut self, line: u32, wanted: Option<String>, live: Option<&Value>, place: &Place) {
        let writer = match live {
            Some(_) => self.owners.last(&place.steps),
            None => None,
        };
        if writer.is_some_and(|it| self.is_by_design(place, wanted.as_deref(), it)) {
            return;
        }
        let writer: Option<Writer> = writer.map(Owner::writer);
        let name = said::name(self.live, &place.steps);
        let hidden = self.is_hidden(wanted.as_deref(), place);
        let is_live = live.cloned();
        let (wanted, told) = said::pair(&name, wanted, live.map(said::live));
        let live = told.map(|it| if hidden { HIDDEN.to_owned() } else { it });
        let written = self.declared.origin.written(line, &place.field, wanted.as_deref());
        let field = crate::plain::plain(&place.field).into_owned();
        let unlike = Unlike { document: String::new(), field, wanted, live, written: Some(written), writer };
        self.unlike.push(Difference { unlike, live: is_live, hidden });
    }

    /// Whether the live value may be one that Git has sealed: what Git does not name in an object that has sealed
    /// values, and what stands where something closed should be.
    fn is_hidden(&self, wanted: Option<&str>, place: &Place) -> bool {
        match wanted {
            None => self.sealed && !place.field.starts_with("metadata."),
            Some(wanted) => wanted.contains("ENC[") || wanted.contains('\0'),
        }
    }

    /// Whether nobody wants to know of this place.
    fn passes_over(&self, place: &Place) -> bool {
        let (rules, object) = (&self.declared.rules, &self.declared.object);
        let is_ignored = |it: &Owner<'_>| rules.ignores_manager(object, it.manager);
        rules.ignores(object, &place.steps)
            || rules.ignores_managers(object) && self.owners.last(&place.steps).is_some_and(is_ignored)
            // Argo CD writes the name of the application there, whatever Git says.
            || rules.engine == Engine::Argo && place.last() == "app.kubernetes.io/instance"
    }

    /// What another is there to write: an autoscaler the replicas, Cluster API the endpoint that was left open.
    fn is_by_design(&self, place: &Place, wanted: Option<&str>, writer: &Owner<'_>) -> bool {
        let scaler = ["kube-controller-manager", "cluster-autoscaler", "keda", "autoscaler"];
        match place.last() {
            "replicas" => !writer.is_person() && scaler.iter().any(|it| writer.manager.contains(it)),
            "host" | "port" if place.field.contains("controlPlaneEndpoint") => {
                !writer.is_person() && matches!(wanted, None | Some("" | "0"))
            }
            "caBundle" => !writer.is_person() && !writer.is_engine(),
            _ => false,
        }
    }
}
