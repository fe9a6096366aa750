//! The live objects of one kind, each compared the moment it is heard: nothing but the outcome is kept.

use super::Declared;
use super::compare::compare;
use super::set::Set;
use crate::kubernetes::{Cluster, Event, Objects, Page, Reading, Served, Told, Trouble, Wanted, watch_with};
use crate::plain::plain;
use domain::{Entity, Found, ObjectRef};
use futures::stream::BoxStream;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A kind in the version that Git names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KindOf {
    pub group: String,
    pub kind: String,
    pub version: String,
}

impl KindOf {
    pub(super) fn of(declared: &Declared) -> Self {
        let ObjectRef { group, kind, .. } = &declared.object;
        Self { group: group.clone(), kind: kind.clone(), version: declared.version.clone() }
    }

    pub(super) fn is_secret(&self) -> bool {
        self.group.is_empty() && self.kind == "Secret"
    }
}

/// A declared object that is there, and how it is.
#[derive(Debug)]
pub(super) struct Compared {
    pub object: ObjectRef,
    pub found: Found,
}

impl Entity for Compared {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.object
    }
}

/// Watch the declared objects of a kind, everywhere or in one namespace.
pub(super) fn watch(
    cluster: &Cluster,
    kind: &KindOf,
    namespace: Option<String>,
    set: &Arc<Set>,
) -> BoxStream<'static, Told<Compared>> {
    let of_kind: BTreeMap<(String, String), Arc<Declared>> = set
        .values()
        .filter(|it| KindOf::of(it) == *kind)
        .map(|it| ((it.object.namespace.clone(), it.object.name.clone()), it.clone()))
        .collect();
    let wanted = Wanted {
        group: kind.group.clone(),
        kind: kind.kind.clone(),
        exactly: Some(kind.version.clone()),
        namespace,
        ..Wanted::default()
    };
    let project = move |it: Value, _: &Served| {
        let at = |path: &str| it.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let declared = of_kind.get(&(at("/metadata/namespace"), at("/metadata/name")))?;
        let found = match declared.unknown.clone().or_else(|| not_compared(declared, &it)) {
            Some(why) => Found::Unknown(why),
            None if declared.is_secret() => Found::Same,
            None => compare(declared, &it),
        };
        Some(Compared { object: declared.object.clone(), found })
    };
    watch_with(cluster, wanted, Listening { objects: Objects::new(project), secrets: kind.is_secret() })
}

/// Why a live object is not compared, as it says itself.
fn not_compared(declared: &Declared, live: &Value) -> Option<String> {
    let metadata = live.get("metadata")?;
    let marked = |name: &str, value: &str| {
        let of = |it: &str| metadata.get(it).and_then(|it| it.get(name)).and_then(Value::as_str);
        ["labels", "annotations"].iter().filter_map(|it| of(it)).any(|it| it.eq_ignore_ascii_case(value))
    };
    let leaves = metadata.get("deletionTimestamp").map(|_| "it is being deleted".to_owned());
    leaves.or_else(|| declared.rules.leaves(true, marked))
}

/// Whole objects; of Secrets only what names them, so that no value comes over the wire.
struct Listening<P> {
    objects: Objects<Value, P>,
    secrets: bool,
}

impl<P> Reading for Listening<P>
where
    P: FnMut(Value, &Served) -> Option<Compared> + Send + 'static,
{
    type Row = Compared;

    fn accept(&self) -> &'static str {
        match self.secrets {
            true => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
            false => "application/json",
        }
    }

    fn accept_watch(&self) -> &'static str {
        match self.secrets {
            true => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
            false => "application/json",
        }
    }

    /// Whole objects are held for as long as a page is read: some are large, and many kinds are listed at once.
    fn page_size(&self) -> usize {
        if self.secrets { 500 } else { 50 }
    }

    fn page(&mut self, served: &Served, bytes: &[u8]) -> Result<Page<Compared>, Trouble> {
        self.objects.page(served, bytes)
    }

    fn event(&mut self, served: &Served, line: &[u8]) -> Result<(Event<Compared>, Option<String>), Trouble> {
        self.objects.event(served, line)
    }
}

/// The words for a kind that cannot be listened to.
pub(super) fn why_not(why: &str) -> String {
    format!("it cannot be looked at: {}", plain(why))
}

#[cfg(test)]
mod tests {
    use super::super::rules::Rules;
    use super::super::set::declared;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_live_object_says_that_it_is_not_compared() {
        let git = "apiVersion: v1\nkind: X\nmetadata: {name: x}\n";
        let told = |rules: Rules, metadata: Value| {
            not_compared(&declared(git, rules), &json!({"metadata": metadata}))
        };
        let mark = || json!({"annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "Disabled"}});
        let flux = || Rules::of_kustomization(&json!({}));
        assert!(told(flux(), mark()).unwrap().ends_with("reconcile is disabled, where it is live"));
        assert!(told(flux(), json!({"labels": {"kustomize.toolkit.fluxcd.io/ssa": "ignore"}})).is_some());
        assert!(
            told(flux(), json!({"labels": {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}})).is_none()
        );
        assert!(told(Rules::of_application(&json!({})), mark()).is_none());
        let leaving = json!({"deletionTimestamp": "2026-11-20T08:00:00Z"});
        assert_eq!(told(Rules::default(), leaving).as_deref(), Some("it is being deleted"));
    }
}
