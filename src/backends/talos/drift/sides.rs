//! What the machine config of each node should be, and what says so.

use super::Drift;
use crate::git::{Committed, Tree};
use crate::kubernetes::Trouble;
use crate::render::{Live, MachineConfig, RenderFailure, RenderedNode, Rendering};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Basis, CommitId, NodeName, ObjectRef, RepoPath};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A renderer that failed is run again after this, where nothing has changed.
const AGAIN: Duration = Duration::from_secs(60);

/// What was worked out for a commit, kept until something of it changes. It is secret.
#[derive(Default)]
pub(super) struct Memory {
    pub rendered: Option<Rendered>,
    /// What machines were given to boot with, by its Secret; it is written once.
    boot: BTreeMap<ObjectRef, MachineConfig>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory(…)")
    }
}

pub(super) struct Rendered {
    pub tip: CommitId,
    tools: Vec<Option<SystemTime>>,
    pub live: Live,
    at: Instant,
    pub tree: Committed<Tree>,
    pub rendering: Result<Arc<Committed<Rendering>>, RenderFailure>,
}

/// What declares the config of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A talconfig, by its path, and the name of the node there.
    Talconfig { path: RepoPath, node: String },
    /// A renderer of the repository's own: which file becomes what is not known.
    Renderer,
    /// A control plane or a deployment of Cluster API.
    ClusterApi { by: ObjectRef },
}

/// The config that a node should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Should {
    pub basis: Basis,
    pub config: MachineConfig,
    pub origin: Origin,
}

/// The same of every node; the error is for a person to read.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The files of the commit.
    pub tree: Option<Tree>,
    pub nodes: BTreeMap<NodeName, Result<Should, String>>,
}

impl Drift {
    /// What every node of the fleet should have by this commit. What was worked out before is used again.
    pub(super) async fn wanted(&self, tip: &CommitId) -> Wanted {
        let (nodes, made) = self.talos.roster();
        if nodes.is_empty() {
            return Wanted::default();
        }
        let live = Live {
            names: nodes.iter().map(|(name, _)| name.0.clone()).collect(),
            addresses: nodes.iter().flat_map(|(_, at)| at.iter().cloned()).collect(),
        };
        let mut memory = self.memory.lock().await;
        let rendered = match self.rendered(&mut memory, tip, live).await {
            Ok(rendered) => rendered,
            Err(why) => {
                let all = nodes.into_iter().map(|(name, _)| (name, Err(why.clone())));
                return Wanted { tree: None, nodes: all.collect() };
            }
        };
        let (tree, rendering) = (rendered.tree.content().clone(), rendered.rendering.clone());
        memory.boot.retain(|secret, _| made.iter().any(|it| it.boot_data == *secret));
        let mut found = BTreeMap::new();
        for (name, addresses) in nodes {
            let should = match declared(&rendering, tip, &name, &addresses) {
                Some(should) => Ok(should),
                None => match made.iter().find(|it| it.node == name) {
                    Some(made) => self.boot_data(&mut memory, &made.boot_data, &made.by).await,
                    None => Err(undeclared(&rendering)),
                },
            };
            found.insert(name, should);
        }
        Wanted { tree: Some(tree), nodes: found }
    }

    /// What the commit is rendered to. The error says why its files cannot be read.
    async fn rendered<'a>(
        &self,
        memory: &'a mut Memory,
        tip: &CommitId,
        live: Live,
    ) -> Result<&'a Rendered, String> {
        let tools = self.tools.stamp();
        let holds = |it: &Rendered| {
            let fails = it.rendering.is_err() && (it.live != live || it.at.elapsed() > AGAIN);
            it.tip == *tip && it.tools == tools && !fails
        };
        if !memory.rendered.as_ref().is_some_and(holds) {
            let tree = match memory.rendered.take().filter(|it| it.tip == *tip) {
                Some(before) => before.tree,
                None => self.repository.tree(tip.clone()).await.map_err(|err| err.told())?,
            };
            let rendering = tree.clone().render(&self.tools, &live).await.map(Arc::new);
            let at = Instant::now();
            memory.rendered = Some(Rendered { tip: tip.clone(), tools, live, at, tree, rendering });
        }
        memory.rendered.as_ref().ok_or_else(|| "nothing was rendered".into())
    }

    /// What Cluster API gave a machine to boot with.
    async fn boot_data(
        &self,
        memory: &mut Memory,
        secret: &ObjectRef,
        by: &ObjectRef,
    ) -> Result<Should, String> {
        #[derive(Deserialize)]
        struct Body {
            data: Option<BTreeMap<String, String>>,
        }
        let should = |config: MachineConfig| Should {
            basis: Basis::Bootstrap { secret: secret.clone() },
            config,
            origin: Origin::ClusterApi { by: by.clone() },
        };
        if let Some(known) = memory.boot.get(secret) {
            return Ok(should(known.clone()));
        }
        let (space, name) = (&secret.namespace, &secret.name);
        let read = self.management.read::<Body>(&format!("/api/v1/namespaces/{space}/secrets/{name}")).await;
        let body = read.map_err(|trouble| match trouble {
            Trouble::Missing(_) => {
                format!("what it was given to boot with is gone: there is no Secret {name}")
            }
            // What cannot be read may be what nobody shall see.
            Trouble::Garbled(_) => format!("Secret {name} does not read as one"),
            trouble => {
                format!("what it was given to boot with is in Secret {name}, and cannot be read: {trouble}")
            }
        })?;
        let packed: Option<String> =
            body.data.and_then(|it| it.get("value").map(|it| it.split_whitespace().collect()));
        let bytes = packed.and_then(|it| STANDARD.decode(it).ok());
        let config = MachineConfig::of(bytes.ok_or_else(|| format!("Secret {name} has no value"))?);
        memory.boot.insert(secret.clone(), config.clone());
        Ok(should(config))
    }
}

/// What a talconfig, or a renderer of the repository's own, makes of a node: by its name, else by an address of it.
fn declared(
    rendering: &Result<Arc<Committed<Rendering>>, RenderFailure>,
    tip: &CommitId,
    name: &NodeName,
    addresses: &[String],
) -> Option<Should> {
    let rendering = rendering.as_ref().ok()?.content();
    let node = by_name(rendering, &name.0)
        .or_else(|| rendering.nodes.iter().find(|it| it.addresses.iter().any(|at| addresses.contains(at))))?;
    let rendered = &rendering.rendered;
    let talconfig = rendered.by == "talhelper";
    Some(Should {
        basis: Basis::Rendered { commit: tip.clone(), by: rendered.by.clone() },
        config: node.config.clone(),
        origin: match talconfig {
            true => Origin::Talconfig { path: rendered.from.clone(), node: node.name.clone() },
            false => Origin::Renderer,
        },
    })
}

/// What was rendered for a node of this name.
pub(super) fn by_name<'a>(rendering: &'a Rendering, name: &str) -> Option<&'a RenderedNode> {
    rendering.nodes.iter().find(|it| it.name == name)
}

/// Why nothing is known of what a node should have.
fn undeclared(rendering: &Result<Arc<Committed<Rendering>>, RenderFailure>) -> String {
    match rendering {
        Ok(rendering) => {
            format!("nothing in Git is rendered for it: {} does not name it", rendering.content().rendered.from)
        }
        Err(RenderFailure::NoRenderer) => {
            "nothing in Git is rendered for it: there is no talconfig.yaml, and no Machine of Cluster API is it".into()
        }
        Err(failure @ RenderFailure::OtherClusters(_)) => {
            format!("nothing in Git is rendered for it: {failure}")
        }
        Err(failure) => format!("what Git says of it is not known: {}", failure.told()),
    }
}
