//! What Git said of a field before: what is in force on a node, and was rendered from an older commit, was not changed
//! by hand but overtaken by Git.

use super::Drift;
use super::compare::compare;
use super::sides::{Origin, Should, by_name};
use crate::git::Committed;
use crate::render::Rendering;
use crate::talos::plan::Documents;
use domain::{Basis, Commit, CommitId, NodeName, Overtaken, Unlike};
use std::collections::BTreeSet;

/// So many changes of the files that a node is rendered from are looked back through.
const BACK: usize = 4;

/// What was rendered before a commit changed the files.
#[derive(Debug)]
pub(super) struct Former {
    until: Commit,
    rendering: Committed<Rendering>,
}

impl Drift {
    /// What was rendered before each of the last changes to the files beside `tip`'s talconfig, or to any file where the
    /// repository has a renderer of its own. The newest first; what cannot be rendered any more is passed over.
    pub(super) async fn former(&self, tip: CommitId) -> Vec<Former> {
        let (live, folder) = {
            let memory = self.memory.lock().await;
            let Some(rendered) = memory.rendered.as_ref().filter(|it| it.tip == tip) else {
                return Vec::new();
            };
            let Ok(rendering) = &rendered.rendering else { return Vec::new() };
            let from = &rendering.content().rendered;
            let folder = if from.by == "talhelper" { crate::relative::folder_of(&from.from.0) } else { "" };
            (rendered.live.clone(), folder.to_owned())
        };
        let Ok(before) = self.repository.before(tip, folder, BACK).await else { return Vec::new() };
        let mut found = Vec::new();
        for (until, tree) in before {
            if let Ok(rendering) = tree.render(&self.tools, &live).await {
                found.push(Former { until, rendering });
            }
        }
        found
    }
}

/// Which of these fields are in force as a former commit had them.
pub(super) fn overtaken(
    former: &[Former],
    should: &Should,
    active: &Documents,
    fields: &[Unlike],
    node: &NodeName,
) -> Vec<Overtaken> {
    if !matches!(should.basis, Basis::Rendered { .. }) || fields.is_empty() {
        return Vec::new();
    }
    let node = match &should.origin {
        Origin::Talconfig { node, .. } => node,
        _ => &node.0,
    };
    let mut found: Vec<Overtaken> = Vec::new();
    for it in former {
        let Some(then) = by_name(it.rendering.content(), node) else { continue };
        let Ok(then) = Documents::read(then.config.text()) else { continue };
        let differs: BTreeSet<(String, String)> =
            compare(&then, active).iter().map(|it| (it.document.clone(), it.field())).collect();
        for field in fields {
            let of = (field.document.clone(), field.field.clone());
            let known = found.iter().any(|it| it.document == of.0 && it.field == of.1);
            if !known && !differs.contains(&of) {
                let (document, field) = of;
                found.push(Overtaken { document, field, by: it.until.id.clone(), at: it.until.at });
            }
        }
    }
    found
}
