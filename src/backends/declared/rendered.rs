//! Folders that only a program can render, each rendered once for a commit.

use super::set::{self, Pending, Set};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::render::{Tools, objects};
use domain::DeliveredFolder;
use serde_json::Value;
use std::sync::Arc;

/// What was rendered before: a folder, what the object that delivers it says, and the text or why there is none.
#[derive(Default, Clone)]
pub(super) struct Known(Vec<(DeliveredFolder, Value, Result<Arc<str>, String>)>);

impl Known {
    fn get(&self, pending: &Pending) -> Option<&Result<Arc<str>, String>> {
        let delivery = &pending.delivery;
        let found = self.0.iter().find(|(of, spec, _)| *of == delivery.of && *spec == delivery.spec);
        found.map(|(_, _, done)| done)
    }

    pub(super) fn has_all(&self, pending: &[Pending]) -> bool {
        pending.iter().all(|it| self.get(it).is_some())
    }

    /// Render what is not known yet.
    pub(super) async fn render(mut self, tree: Tree, tools: Tools, pending: Vec<Pending>) -> Self {
        for it in &pending {
            if self.get(it).is_some() {
                continue;
            }
            let delivery = &it.delivery;
            let done = match objects(&tree, &tools, &delivery.of, &delivery.spec).await {
                Ok(Some(made)) => Ok(Arc::from(made.text)),
                Ok(None) => Err("nothing here renders it".into()),
                Err(failure) => Err(failure.told()),
            };
            self.0.push((delivery.of.clone(), delivery.spec.clone(), done));
        }
        self
    }

    /// Add to a set what is known of the pending folders.
    pub(super) fn add(&self, pending: &[Pending], set: &mut Set, kinds: &Kinds) {
        for it in pending {
            let declared = match self.get(it) {
                None => continue,
                Some(Ok(text)) => set::rendered(it, text, kinds),
                Some(Err(why)) => set::unrendered(it, why, kinds),
            };
            declared.into_iter().for_each(|one| set::add(set, Some(one)));
        }
    }
}
