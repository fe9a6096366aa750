//! From a tree to the machine configs that are rendered from it, without losing where it came from: what was
//! committed stays committed, what is on the remote stays published, and what is a draft's stays a draft's.

use super::committed::{Committed, Published};
use super::tree::Tree;
use crate::render::{self, Live, MachineConfig, RenderFailure, Rendering, Tools};
use domain::Revision;

/// What was made of a draft. There is no way from it to [`Committed`], so it can be looked at and nothing else:
///
/// ```compile_fail,E0308
/// use backends::git::{Committed, Drafted};
/// fn forge(draft: Drafted<String>) -> Committed<String> { draft }
/// ```
#[derive(Debug, Clone)]
pub struct Drafted<T>(T);

impl<T> Drafted<T> {
    pub(super) fn of(content: T) -> Self {
        Self(content)
    }

    pub fn content(&self) -> &T {
        &self.0
    }
}

impl Drafted<Tree> {
    pub(crate) async fn render(
        self,
        tools: &Tools,
        live: &Live,
    ) -> Result<Drafted<Rendering>, RenderFailure> {
        render::render(&self.0, tools, live).await.map(Drafted)
    }
}

impl Committed<Tree> {
    /// Run the renderer that the layout names on this tree and on nothing else.
    pub(crate) async fn render(
        self,
        tools: &Tools,
        live: &Live,
    ) -> Result<Committed<Rendering>, RenderFailure> {
        let rendering = render::render(self.content(), tools, live).await?;
        let revision =
            Revision { commit: self.revision().commit.clone(), path: rendering.rendered.from.clone() };
        Ok(Committed::attest(revision, rendering))
    }
}

impl Published<Tree> {
    /// The same of a tree whose commit is on the remote's branch.
    pub(crate) async fn render(
        self,
        tools: &Tools,
        live: &Live,
    ) -> Result<Published<Rendering>, RenderFailure> {
        self.into_committed().render(tools, live).await.map(Published::attest)
    }
}

impl Committed<Rendering> {
    /// The config of one node.
    pub(crate) fn config(&self, node: &str) -> Option<Committed<MachineConfig>> {
        let config = self.content().nodes.iter().find(|it| it.name == node)?.config.clone();
        Some(Committed::attest(self.revision().clone(), config))
    }
}

impl Published<Rendering> {
    /// The config of one node.
    pub(crate) fn config(&self, node: &str) -> Option<Published<MachineConfig>> {
        self.committed().config(node).map(Published::attest)
    }
}
