//! Put a world together and let it answer.
//!
//! Every world stands on the same [`ground`]: a clock, machines, authorities, a Kubernetes API. What is declared, and
//! who delivers it, is each world's own: [`lighthouse`] is the default one, [`home_ops`] the one of talhelper.

mod files;
mod ground;
mod home_ops;
mod lighthouse;
mod logs;
#[cfg(test)]
mod tests;
mod tools;

use crate::control::Problem;
use crate::engines::EngineError;
use crate::faces::git::{GitError, Remote};
use crate::pki::PkiError;
use crate::stories::{self, StoryError, StoryState};
use crate::world::World;
use crate::{Clock, Options, WorldKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    /// There is no such story, or it is another world's.
    #[error("{0}")]
    Story(String),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error("the Kubernetes API: {0}")]
    Engine(String),
    #[error("the machines of the first moment: {0}")]
    Machines(String),
    #[error("what the repository declares: {0}")]
    Repository(String),
}

impl From<EngineError> for WorldError {
    fn from(err: EngineError) -> Self {
        Self::Engine(err.to_string())
    }
}

impl From<Problem> for WorldError {
    fn from(err: Problem) -> Self {
        Self::Machines(err.to_string())
    }
}

impl From<StoryError> for WorldError {
    fn from(err: StoryError) -> Self {
        Self::Story(err.to_string())
    }
}

/// A world that is being served; it goes when this is dropped.
pub struct Served {
    pub clock: Clock,
    dir: PathBuf,
    story: watch::Receiver<StoryState>,
    _remote: Arc<Remote>,
    _world: World,
    _tasks: JoinSet<()>,
}

/// Start everything; answers when every face listens and the configuration files are written.
pub async fn serve(options: &Options) -> Result<Served, WorldError> {
    stories::of(options.world, &options.story)?;
    match options.world {
        WorldKind::Default => lighthouse::serve(options).await,
        WorldKind::Talhelper => home_ops::serve(options).await,
    }
}

impl Served {
    /// Where the configuration files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How far the story has come.
    pub fn story_state(&self) -> StoryState {
        self.story.borrow().clone()
    }

    /// Returns when the story has reached its named end, or cannot.
    pub async fn ended(&self) {
        let mut story = self.story.clone();
        // An error means that the world is already gone.
        let _ = story.wait_for(|it| *it != StoryState::Running).await;
    }

    /// Take every face down.
    pub async fn stop(mut self) {
        self._tasks.shutdown().await;
    }
}
