//! Who wrote which field of a live object, as its managedFields tell.

use crate::plain::plain;
use domain::{Moment, Writer};
use serde_json::Value;

/// A step from the top of a live object to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::declared) enum Step {
    Key(String),
    /// An item of a list, by its place.
    At(usize),
}

/// One who manages fields.
#[derive(Debug)]
pub(super) struct Owner<'a> {
    pub manager: &'a str,
    pub subresource: &'a str,
    at: Option<Moment>,
    fields: &'a Value,
}

impl Owner<'_> {
    pub(super) fn writer(&self) -> Writer {
        let name = plain(self.manager).into_owned();
        let name = match self.subresource {
            "" | "status" => name,
            subresource => format!("{name} ({})", plain(subresource)),
        };
        Writer { name, at: self.at }
    }

    /// Whether a person is behind it, with a tool for people. Whoever is not known is taken for a controller: those
    /// write wherever they need to, and what they write is no drift.
    pub(super) fn is_person(&self) -> bool {
        const TOOLS: [&str; 13] = [
            "kubectl",
            "k9s",
            "lens",
            "Mozilla",
            "node-fetch",
            "headlamp",
            "dashboard",
            "curl",
            "python",
            "Terraform",
            "HashiCorp",
            "pulumi",
            "edit",
        ];
        TOOLS.iter().any(|it| self.manager.starts_with(it))
    }

    pub(super) fn is_engine(&self) -> bool {
        ["argocd", "kustomize-controller", "helm", "Helm", "flux"]
            .iter()
            .any(|it| self.manager.starts_with(it))
    }
}

/// Everybody who manages fields of an object.
pub(super) struct Owners<'a> {
    all: Vec<Owner<'a>>,
    live: &'a Value,
    /// When the object was made.
    made: Option<Moment>,
}

/// An object and who manages its fields are written in one go, by clocks of whole seconds.
const ONE_GO: i64 = 2_000;

impl<'a> Owners<'a> {
    pub(super) fn of(live: &'a Value) -> Self {
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
        let text = |it: &'a Value, key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default();
        let owner = |it: &'a Value| {
            let fields = it.get("fieldsV1").filter(|it| it.as_object().is_some_and(|it| !it.is_empty()))?;
            let (manager, subresource) = (text(it, "manager"), text(it, "subresource"));
            Some(Owner { manager, subresource, at: crate::probe::moment(it, "time"), fields })
        };
        let made = crate::probe::moment(live, "metadata.creationTimestamp");
        Self { all: entries.into_iter().flatten().filter_map(owner).collect(), live, made }
    }

    /// Whoever wrote a field last, of those who manage it.
    pub(super) fn last(&self, steps: &[Step]) -> Option<&Owner<'a>> {
        self.all.iter().filter(|it| owned(it.fields, self.live, steps).is_some()).max_by_key(|it| it.at)
    }

    /// Whether somebody has written nothing since the object was made.
    pub(super) fn is_of_the_beginning(&self, owner: &Owner<'_>) -> bool {
        owner.at.zip(self.made).is_some_and(|(at, made)| at.0 - made.0 <= ONE_GO)
    }

    /// Whether a delivery engine manages a field, or something below it.
    pub(super) fn engine_owns(&self, steps: &[Step]) -> bool {
        self.all.iter().any(|it| it.is_engine() && owned(it.fields, self.live, steps).is_some())
    }

    pub(super) fn has_engine(&self) -> bool {
        self.all.iter().any(Owner::is_engine)
    }

    /// The keys by which the server tells the items of this list apart.
    pub(super) fn keys(&self, steps: &[Step]) -> Option<Vec<String>> {
        self.below(steps).find_map(|name| {
            let key: Value = serde_json::from_str(name.strip_prefix("k:")?).ok()?;
            Some(key.as_object()?.keys().cloned().collect())
        })
    }

    /// Whether the items of this list are a set.
    pub(super) fn is_set(&self, steps: &[Step]) -> bool {
        self.below(steps).any(|name| name.starts_with("v:"))
    }

    fn below(&self, steps: &[Step]) -> impl Iterator<Item = &'a String> {
        let of = |it: &Owner<'a>| owned(it.fields, self.live, steps).and_then(Value::as_object);
        self.all.iter().filter_map(of).flat_map(|it| it.keys()).collect::<Vec<_>>().into_iter()
    }
}

/// The fields that are managed at a place; none where it is not among them. What is managed whole is managed below.
fn owned<'a>(fields: &'a Value, live: &Value, steps: &[Step]) -> Option<&'a Value> {
    let (mut fields, mut live) = (fields, live);
    for step in steps {
        let inside = fields.as_object()?;
        if inside.is_empty() {
            return Some(fields);
        }
        let none = Value::Null;
        (fields, live) = match step {
            Step::Key(key) => (inside.get(&format!("f:{key}"))?, live.get(key)?),
            Step::At(at) => {
                let item = live.get(at).unwrap_or(&none);
                (inside.iter().find(|(name, _)| names(name, item, *at)).map(|(_, it)| it)?, live.get(at)?)
            }
        };
    }
    Some(fields)
}

/// Whether the name of an item, as managedFields have it, is of this one.
fn names(name: &str, item: &Value, at: usize) -> bool {
    let Some((sort, rest)) = name.split_once(':') else { return false };
    match sort {
        "k" => serde_json::from_str::<Value>(rest).ok().is_some_and(|keys| {
            keys.as_object().is_some_and(|keys| keys.iter().all(|(key, value)| item.get(key) == Some(value)))
        }),
        "v" => serde_json::from_str::<Value>(rest).ok().as_ref() == Some(item),
        "i" => rest.parse() == Ok(at),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_who_wrote_a_field_is_found() {
        let live = json!({
            "metadata": {"managedFields": [
                {"manager": "argocd-controller", "operation": "Apply", "time": "2026-11-20T08:00:00Z", "fieldsV1": {
                    "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}, "f:rules": {}}}},
                {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T08:00:00Z", "fieldsV1": {
                    "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}}}}}]},
            "spec": {"containers": [{"name": "log"}, {"name": "web", "image": "x"}], "rules": [{"a": 1}]},
        });
        let owners = Owners::of(&live);
        let key = |it: &str| Step::Key(it.into());
        let image = [key("spec"), key("containers"), Step::At(1), key("image")];
        assert_eq!(owners.last(&image).unwrap().manager, "kubectl-edit");
        assert!(owners.last(&image).unwrap().is_person() && owners.engine_owns(&image));
        assert!(owners.last(&[key("spec"), key("containers"), Step::At(0), key("image")]).is_none());
        let rule = [key("spec"), key("rules"), Step::At(0), key("a")];
        assert_eq!(owners.last(&rule).unwrap().manager, "argocd-controller", "a whole list");
        assert_eq!(owners.keys(&[key("spec"), key("containers")]), Some(vec!["name".into()]));
    }
}
