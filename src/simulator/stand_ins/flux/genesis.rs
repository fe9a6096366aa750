//! Flux after months of work: its objects, settled on the newest commit.

use super::apply::{Entry, manifests};
use super::kustomization::applied;
use super::release::released;
use super::source::{indexed, revision, stored};
use crate::control::{Naming, timestamp};
use crate::stand_ins::sources::Tree;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What Flux has worked from.
pub(crate) struct Beginning {
    tree: Tree,
    /// The commit id of the newest one, and its moment in milliseconds since the epoch.
    head: String,
    at: i64,
}

/// What Flux keeps of itself rather than of others.
pub(crate) fn is_fluxs(object: &Value) -> bool {
    object["apiVersion"].as_str().is_some_and(|it| it.contains(".fluxcd.io/"))
}

impl Beginning {
    pub fn new(files: BTreeMap<String, String>, head: String, at: i64) -> Self {
        Self { tree: Tree { files }, head, at }
    }

    /// Everything that the kustomizations hold, which the folder at `root` begins with; an error names a file.
    pub fn manifests(&self, root: &str) -> Result<Vec<Value>, String> {
        let first =
            json!({"metadata": {"name": "flux-system", "namespace": "flux-system"}, "spec": {"path": root}});
        let mut all = manifests(&self.tree, &first)?;
        let mut seen = vec!["flux-system".to_owned()];
        let mut next = 0;
        while let Some(object) = all.get(next).cloned() {
            next += 1;
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            if object["kind"] == "Kustomization" && !seen.contains(&name) {
                all.extend(manifests(&self.tree, &object)?);
                seen.push(name);
            }
        }
        Ok(all)
    }

    /// Flux's own among the manifests, with an identity and the status of having done their work.
    pub fn settled(&self, all: &[Value], naming: &Naming, born: i64) -> Result<Vec<Value>, String> {
        let mut own: Vec<Value> = all.iter().filter(|it| is_fluxs(it)).cloned().collect();
        let branch = own.iter().find(|it| it["kind"] == "GitRepository");
        let revision = branch.map(|it| revision(it, &self.head)).unwrap_or_default();
        for object in &mut own {
            object["metadata"]["uid"] = json!(naming.uid());
            object["metadata"]["creationTimestamp"] = json!(timestamp(born));
            object["metadata"]["generation"] = json!(1);
            match object["kind"].as_str().unwrap_or_default() {
                "GitRepository" => stored(object, &self.head, self.at),
                "HelmRepository" => indexed(object, born),
                "HelmRelease" => released(object, born + 60_000),
                "Kustomization" => {
                    let inventory: Vec<Entry> =
                        manifests(&self.tree, object)?.iter().map(Entry::of).collect();
                    applied(object, &revision, &inventory, self.at + 30_000);
                }
                _ => {}
            }
        }
        Ok(own)
    }
}
