//! Put a world together and let it answer.

use crate::faces::git::{GitError, Remote};
use crate::genesis::repository::{Repository, Wanted};
use crate::{Clock, Options};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::Path;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error(transparent)]
    Git(#[from] GitError),
}

/// A world that is being served; it goes when this is dropped.
#[derive(Debug)]
pub struct Served {
    pub clock: Clock,
    _remote: Remote,
}

/// Start everything; answers when every face listens and the configuration files are written.
pub async fn serve(options: &Options) -> Result<Served, WorldError> {
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    private(&options.dir).await.map_err(io)?;
    let clock = Clock::running(options.speed);
    let mut random = StdRng::seed_from_u64(options.seed);
    let wanted = Wanted {
        seed: options.seed,
        now: clock.now() / 1_000,
        workers: options.nodes.saturating_sub(3),
        remote: Remote::file_url(&options.dir),
        without: Vec::new(),
    };
    let repository = Repository::of(&wanted).map_err(GitError::from)?;
    let token = format!("{:032x}", random.random::<u128>());
    let look = Duration::from_secs(1).div_f64(options.speed.clamp(1.0, 20.0));
    let remote = Remote::create(&options.dir, &repository, &token, look).await?;
    Ok(Served { clock, _remote: remote })
}

/// A folder that only its owner may enter.
async fn private(dir: &Path) -> std::io::Result<()> {
    tokio::fs::create_dir_all(dir).await?;
    #[cfg(unix)]
    tokio::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).await?;
    Ok(())
}

impl Served {
    /// Returns when the story has reached its named end.
    pub async fn ended(&self) {
        std::future::pending::<()>().await;
    }

    /// Take every face down.
    pub async fn stop(self) {}
}
