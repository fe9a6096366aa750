//! One object as Git declares it beside the one that is live: field by field, only what Git says, by what it means.

mod alike;
mod list;
mod owners;
mod said;
#[cfg(test)]
mod trial;

pub(super) use owners::Step;

use super::Declared;
use super::rules::Engine;
use crate::yaml::{Node, What};
use alike::{alike, is_empty};
use domain::{Found, Unlike, Writer};
use owners::{Owner, Owners};
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
}

/// Every field that differs, in the order that Git has them.
pub(super) fn differences(declared: &Declared, live: &Value) -> Vec<Difference> {
    let mut comparing = Comparing { declared, live, owners: Owners::of(live), unlike: Vec::new() };
    for (key, node) in declared.node.entries() {
        let place = Place::default().key(key);
        match key.as_str() {
            "apiVersion" | "kind" | "status" | "sops" => {}
            "metadata" => {
                for (key, node) in
                    node.entries().iter().filter(|it| ["labels", "annotations"].contains(&it.0.as_str()))
                {
                    comparing.node(
                        node,
                        live.pointer("/metadata").and_then(|it| it.get(key)),
                        &place.key(key),
                    );
                }
            }
            "rules" if declared.node.get("aggregationRule").is_some() => {}
            _ => comparing.node(node, live.get(key), &place),
        }
    }
    comparing.unlike
}

/// A place in both objects: as Git counts, and as the live object does.
#[derive(Debug, Clone, Default)]
struct Place {
    field: String,
    steps: Vec<Step>,
}

impl Place {
    fn key(&self, key: &str) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::Key(key.to_owned()));
        Self { field: crate::yaml::below(&self.field, key), steps }
    }

    /// An item: what Git calls it, and where it is live, if it is.
    fn item(&self, name: &str, live: Option<usize>) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::At(live.unwrap_or(usize::MAX)));
        Self { field: format!("{}[{name}]", self.field), steps }
    }
}

struct Comparing<'a> {
    declared: &'a Declared,
    live: &'a Value,
    owners: Owners<'a>,
    unlike: Vec<Difference>,
}

impl Comparing<'_> {
    fn node(&mut self, wanted: &Node, live: Option<&Value>, place: &Place) {
        if self.unlike.len() >= MOST || self.passes_over(place) {
            return;
        }
        let live = live.filter(|it| !it.is_null());
        match (&wanted.what, live) {
            _ if wanted.is_null() => {}
            (What::Scalar { text, bare }, live) => self.scalar(wanted, (text, *bare), live, place),
            (_, None) if is_empty(wanted) => {}
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
        let put_in;
        let text = match &self.declared.rules.substitutions {
            Some(values) if text.contains("${") => match substituted(text, values) {
                // What is put in there is not known: nor is what it should be.
                None => return,
                Some(whole) => {
                    put_in = whole;
                    put_in.as_str()
                }
            },
            _ => text,
        };
        match live {
            // What SOPS has sealed is not looked into.
            _ if text.starts_with("ENC[") => {}
            None if is_empty(wanted) => {}
            Some(live) if alike(text, bare, live) => {}
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
        if self.unlike.len() >= MOST || self.passes_over(place) || is_marking(place) {
            return;
        }
        let person = self.owners.last(&place.steps).is_some_and(Owner::is_person);
        // Where the engine has not applied it since, or lets another apply, it owns nothing.
        let ours = !self.owners.has_engine() || self.owners.engine_owns(&parent.steps);
        if person && ours {
            self.differ(beside.line, None, Some(live), place);
        }
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
        let is_live = live.cloned();
        let (wanted, live) = said::pair(&name, wanted, live.map(said::live));
        let written = self.declared.origin.written(line, &place.field, wanted.as_deref());
        let field = crate::plain::plain(&place.field).into_owned();
        let unlike = Unlike { document: String::new(), field, wanted, live, written: Some(written), writer };
        self.unlike.push(Difference { unlike, live: is_live });
    }

    /// Whether nobody wants to know of this place.
    fn passes_over(&self, place: &Place) -> bool {
        let rules = &self.declared.rules;
        rules.ignores(&self.declared.object, &place.steps)
            || self.owners.last(&place.steps).is_some_and(|it| rules.ignores_manager(&self.declared.object, it.manager))
            // Argo CD writes the name of the application there, whatever Git says.
            || rules.engine == Engine::Argo && place.steps.last() == Some(&Step::Key("app.kubernetes.io/instance".into()))
    }

    /// What another is there to write: an autoscaler the replicas, Cluster API the endpoint that was left open.
    fn is_by_design(&self, place: &Place, wanted: Option<&str>, writer: &Owner<'_>) -> bool {
        let last = match place.steps.last() {
            Some(Step::Key(key)) => key.as_str(),
            _ => "",
        };
        let scaler = ["kube-controller-manager", "cluster-autoscaler", "keda", "autoscaler"];
        match last {
            "replicas" => !writer.is_person() && scaler.iter().any(|it| writer.manager.contains(it)),
            "host" | "port" if place.field.contains("controlPlaneEndpoint") => {
                !writer.is_person() && matches!(wanted, None | Some("" | "0"))
            }
            "caBundle" => !writer.is_person() && !writer.is_engine(),
            _ => false,
        }
    }
}

/// What engines and tools write on the objects that they handle.
fn is_marking(place: &Place) -> bool {
    const OWN: [&str; 7] = [
        "kubectl.kubernetes.io/last-applied-configuration",
        "argocd.argoproj.io/",
        "reconcile.fluxcd.io/",
        "kustomize.toolkit.fluxcd.io/",
        "helm.toolkit.fluxcd.io/",
        "deployment.kubernetes.io/",
        "meta.helm.sh/",
    ];
    match place.steps.as_slice() {
        [Step::Key(metadata), _, Step::Key(key)] if metadata == "metadata" => {
            OWN.iter().any(|it| key.starts_with(it))
        }
        _ => false,
    }
}

/// A text with what stands for `${name}` and `${name:=default}` put in; none where something is not known.
pub(super) fn substituted(text: &str, values: &std::collections::BTreeMap<String, String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = match (after.strip_prefix('$'), after.strip_prefix('{')) {
            (Some(after), _) => {
                out.push('$');
                after
            }
            (None, Some(inner)) => {
                let (name, after) = inner.split_once('}')?;
                let (name, usual) = match name.split_once(":=").or(name.split_once(":-")) {
                    Some((name, usual)) => (name, Some(usual)),
                    None => (name, None),
                };
                out.push_str(values.get(name).map(String::as_str).or(usual)?);
                after
            }
            (None, None) => {
                out.push('$');
                after
            }
        };
    }
    out.push_str(rest);
    Some(out)
}
