//! All kinds that are served now.

use super::Kind;
use super::builtin::builtin;
use super::definition::defined;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

#[derive(Debug)]
pub struct Kinds {
    /// By group and plural.
    known: RwLock<BTreeMap<(String, String), Arc<Kind>>>,
}

impl Kinds {
    pub fn builtin() -> Self {
        let known =
            builtin().into_iter().map(|kind| ((kind.group.clone(), kind.plural.clone()), Arc::new(kind)));
        Self { known: RwLock::new(known.collect()) }
    }

    /// Serve the kind of a definition; answers it, or `None` where the definition says too little.
    pub fn define(&self, definition: &Value) -> Option<Arc<Kind>> {
        let kind = Arc::new(defined(definition)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert((kind.group.clone(), kind.plural.clone()), kind.clone());
        Some(kind)
    }

    /// Serve the kind no longer.
    pub fn forget(&self, group: &str, plural: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(group.to_owned(), plural.to_owned()));
    }

    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let kind = known.get(&(group.to_owned(), plural.to_owned()))?;
        kind.versions.iter().any(|it| it == version).then(|| kind.clone())
    }

    /// The kind of an object's own `apiVersion` and `kind`, whatever the version.
    pub fn of(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.values().find(|it| it.group == group && it.kind == kind).cloned()
    }

    /// The kind of a resource as the store names it: `deployments.apps`.
    pub fn named(&self, resource: &str) -> Option<Arc<Kind>> {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(group.to_owned(), plural.to_owned())).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Kind>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Groups with their versions, core left out, in the order discovery shows them.
    pub fn groups(&self) -> Vec<(String, Vec<String>)> {
        let mut groups: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
        for kind in self.all().iter().filter(|kind| !kind.group.is_empty()) {
            let versions = groups.entry((kind.custom, kind.group.clone())).or_default();
            for version in &kind.versions {
                if !versions.contains(version) {
                    versions.push(version.clone());
                }
            }
        }
        groups.into_iter().map(|((_, group), versions)| (group, versions)).collect()
    }
}
