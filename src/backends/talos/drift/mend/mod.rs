//! Drafts that bring a machine config and Git together: Git says what is in force, or when machines were last wanted
//! anew.

mod edit;
mod roll;

use super::compare::{Unequal, compare};
use super::place::Source;
use super::sides::{Origin, Should};
use super::{Drift, running};
use crate::git::Tree;
use crate::render::{Live, RenderedNode};
use crate::talos::plan::Documents;
use domain::{Basis, CommitId, Digest, Draft, DraftFile, NodeName, ObjectRef};
use edit::Edit;
use std::collections::BTreeMap;

impl Drift {
    /// The draft that makes Git say what is in force on a node. The error is for a person to read.
    pub(crate) async fn adopt(
        &self,
        tip: CommitId,
        node: &NodeName,
        document: &str,
        field: &str,
    ) -> Result<Draft, String> {
        let mut wanted = self.wanted(&tip).await;
        let should =
            wanted.nodes.remove(node).unwrap_or_else(|| Err(format!("{node} is not in the cluster")))?;
        let tree = wanted.tree.ok_or("the files of the commit could not be read")?;
        let live = self.in_force(node).await?;
        let documents = Documents::read(should.config.text())
            .map_err(|why| format!("{}: {why}", should.basis.words()))?;
        let before = compare(&documents, &live);
        let it = before.iter().find(|it| it.document == document && it.field() == field);
        let name = |it: &str| if document.is_empty() { it.to_owned() } else { format!("{document} {it}") };
        let name = name(field).trim_end().to_owned();
        let it = it.ok_or_else(|| format!("{name} does not differ any more on {node}"))?;
        if it.secret {
            return Err(format!(
                "what differs in {name} is secret, and Git has such a thing sealed: change it there"
            ));
        }
        let source = Source::of(&tree, &should.origin);
        let edits = edit::edits(&source, &tree, it);
        if edits.is_empty() {
            return Err(format!("{name} is in no file as a value that can be set: edit it by hand"));
        }
        let message = format!("{node}: {name} as it is in force");
        let others = rendered_now(&wanted.nodes);
        let (mut why, mut wide) = (None, None);
        for edit in edits {
            let draft = drafted(&tip, edit, &message);
            match self.would_be(&draft, &should, node, &live, (it, &before), &others).await {
                Ok(Reach::Alone) => return Ok(draft),
                // It is the draft only where none is found that leaves the other nodes as they are.
                Ok(Reach::Others) => wide = wide.or(Some(draft)),
                Err(what) => why = Some(what),
            }
        }
        if let Some(draft) = wide {
            return Ok(draft);
        }
        Err(format!("no draft was found that makes {name} what it is on {node}: {}", why.unwrap_or_default()))
    }

    /// The draft that has the machines of a control plane or a deployment made anew.
    pub(crate) async fn roll(&self, tip: CommitId, of: &ObjectRef) -> Result<Draft, String> {
        let tree = self.repository.tree(tip.clone()).await.map_err(|err| err.told())?;
        let edit = roll::edit(tree.content(), of, &now())?;
        Ok(drafted(&tip, edit, &format!("Roll the machines of {} {}", of.kind, of.name)))
    }

    /// What a node runs now.
    async fn in_force(&self, node: &NodeName) -> Result<Documents, String> {
        let roads = self.talos.roads().map_err(|_| "there is no talosconfig to ask with".to_owned())?;
        let at = self.talos.asked_at().remove(node).ok_or_else(|| format!("{node} is not known to Talos"))?;
        let runs = running::running(&roads, &at).await;
        let runs = runs.map_err(|trouble| format!("what {node} runs could not be read: {trouble}"))?;
        Documents::read(runs.active.text()).map_err(|why| format!("what {node} runs: {why}"))
    }

    /// Whether a draft is rendered to what a node has in that field, and to nothing else that it has not.
    async fn would_be(
        &self,
        draft: &Draft,
        should: &Should,
        node: &NodeName,
        live: &Documents,
        (it, before): (&Unequal, &[Unequal]),
        others: &BTreeMap<String, Digest>,
    ) -> Result<Reach, String> {
        // What Cluster API makes of its patches is seen when it does.
        if let (Origin::ClusterApi { .. }, _) | (_, Basis::Bootstrap { .. }) = (&should.origin, &should.basis)
        {
            return Ok(Reach::Alone);
        }
        let tree = self.repository.drafted(draft.clone()).await.map_err(|err| err.told())?;
        let (nodes, _) = self.talos.roster();
        let known = Live {
            names: nodes.iter().map(|(name, _)| name.0.clone()).collect(),
            addresses: nodes.iter().flat_map(|(_, at)| at.iter().cloned()).collect(),
        };
        let rendering = tree.render(&self.tools, &known).await.map_err(|err| err.told())?;
        let named = match &should.origin {
            Origin::Talconfig { node, .. } => node,
            _ => &node.0,
        };
        let found = rendering.content().nodes.iter().find(|it| it.name == *named);
        let found = found.ok_or_else(|| format!("nothing would be rendered for {node}"))?;
        let after = compare(&Documents::read(found.config.text())?, live);
        let same = |one: &Unequal, other: &Unequal| one.document == other.document && one.path == other.path;
        if let Some(left) = after.iter().find(|left| same(left, it)) {
            let is = left.told.0.clone().unwrap_or_else(|| "gone".into());
            return Err(format!("it would be {is}"));
        }
        match after.iter().find(|new| !before.iter().any(|it| same(it, new))) {
            Some(new) => Err(format!("{} would differ then", new.field())),
            None => {
                let changes = |it: &RenderedNode| {
                    it.name != *named && others.get(&it.name).is_some_and(|was| was != it.config.digest())
                };
                Ok(if rendering.content().nodes.iter().any(changes) { Reach::Others } else { Reach::Alone })
            }
        }
    }
}

/// Whose configs a draft changes.
enum Reach {
    /// Of the node alone that it was made for.
    Alone,
    Others,
}

/// What is rendered of the tip for each node of a talconfig, by its name there.
fn rendered_now(nodes: &BTreeMap<NodeName, Result<Should, String>>) -> BTreeMap<String, Digest> {
    let known = nodes.values().filter_map(|it| it.as_ref().ok());
    let named = known.filter_map(|it| match &it.origin {
        Origin::Talconfig { node, .. } => Some((node.clone(), it.config.digest().clone())),
        _ => None,
    });
    named.collect()
}

fn drafted(tip: &CommitId, edit: Edit, message: &str) -> Draft {
    let file = DraftFile { path: edit.path, body: Some(edit.text), edits: edit.values };
    Draft { base: tip.clone(), files: vec![file], message: message.to_owned() }
}

/// This moment, as RFC 3339 has it.
fn now() -> String {
    let now = jiff::Timestamp::from_millisecond(crate::now::now().0).unwrap_or_default();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The text of a file of the tree.
fn text<'a>(tree: &'a Tree, path: &domain::RepoPath) -> Option<&'a str> {
    tree.text(&path.0)
}
