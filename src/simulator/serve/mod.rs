//! Put a world together and let it answer.

mod controllers;
mod files;
mod first_moment;
mod logs;
#[cfg(test)]
mod tests;

use crate::control::{Journals, Naming, Problem};
use crate::faces::git::{GitError, Remote};
use crate::faces::hetzner::{self, Cloud};
use crate::genesis::repository::{Repository, Wanted};
use crate::genesis::{capi_crds, fleet};
use crate::kubelets;
use crate::pki::{Authority, KeyKind, PkiError};
use crate::stand_ins::argo;
use crate::stand_ins::cacppt::Version;
use crate::stand_ins::{EngineError, Engines};
use crate::stories::{self, Stage, StoryState};
use crate::world::World;
use crate::{Clock, Options};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("no story is called {0:?}; `pilothouse demo --list` names them")]
    NoSuchStory(String),
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

/// A world that is being served; it goes when this is dropped.
pub struct Served {
    pub clock: Clock,
    dir: PathBuf,
    story: watch::Receiver<StoryState>,
    _world: World,
    _tasks: JoinSet<()>,
}

/// Images that the cloud's project has, newest last.
const IMAGES: [&str; 5] = [
    "talos-amd64-v1.10.6",
    "talos-amd64-v1.11.2",
    "talos-amd64-v1.12.2",
    "talos-amd64-v1.12.4",
    "talos-amd64-v1.13.0",
];
/// The story in which the control-plane provider is a release older, and what its repository lacks for that.
const DEADLOCK: &str = "cacppt-deadlock";
const CACPPT_IMAGE: &str = "ghcr.io/siderolabs/cluster-api-control-plane-talos-controller";

/// Start everything; answers when every face listens and the configuration files are written.
pub async fn serve(options: &Options) -> Result<Served, WorldError> {
    if !stories::stories().iter().any(|it| it.name == options.story) {
        return Err(WorldError::NoSuchStory(options.story.clone()));
    }
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    files::private(&options.dir).await.map_err(io)?;
    let clock = Clock::running(options.speed);
    let world = World::new(clock.clone(), options.seed);
    let (naming, journals) = (Naming::new(options.seed), Journals::default());
    let mut random = StdRng::seed_from_u64(options.seed ^ u64::from(std::process::id()));
    let mut token = || format!("{:032x}{:032x}", random.random::<u128>(), random.random::<u128>());
    let (git_token, viewer_token, cloud_token, cloud_read_token) = (token(), token(), token(), token());
    let look = Duration::from_secs(1).div_f64(options.speed.clamp(1.0, 20.0));
    let old_provider = options.story == DEADLOCK;

    let wanted = Wanted {
        seed: options.seed,
        now: clock.now() / 1_000,
        workers: options.nodes.saturating_sub(3),
        remote: Remote::file_url(&options.dir),
        without: if old_provider { vec![(CACPPT_IMAGE.into(), "v0.5.13".into())] } else { Vec::new() },
    };
    let repository = Repository::of(&wanted).map_err(GitError::from)?;
    let authority = Engines::authority()?;
    let talos = Authority::new("talos", KeyKind::Ed25519)?;
    let mut definitions = capi_crds().map_err(|err| WorldError::Repository(err.to_string()))?;
    definitions.extend(argo::definitions());
    let logs = logs::of(&world, &journals);
    let (remote, engines) = tokio::join!(
        Remote::create(&options.dir, &repository, &git_token, look),
        Engines::start(&clock, &authority, &viewer_token, definitions, logs),
    );
    let (remote, engines) = (Arc::new(remote?), engines?);

    let mut tasks = JoinSet::new();
    let cloud = Cloud::new(&clock, Arc::new(world.passive()), &IMAGES);
    let face =
        hetzner::serve(cloud.clone(), &cloud_token, &cloud_read_token, &mut tasks).await.map_err(io)?;
    let machines = fleet(options.nodes, &world, &naming);
    let first = first_moment::FirstMoment {
        options,
        clock: &clock,
        world: &world,
        cloud: &cloud,
        cloud_token: &face.token,
        engines: &engines,
        talos: &talos,
        authority: &authority,
        naming: &naming,
        machines: &machines,
    };
    first.load(&repository, &remote).await?;

    let written = files::written(&options.dir, &engines, &remote, &talos, &face, &world, &machines).await?;
    files::write(&options.dir, written).map_err(io)?;

    let cacppt = Version::new(if old_provider { 12 } else { 13 });
    let running = controllers::Running {
        clock: &clock,
        journals: &journals,
        naming: &naming,
        engines: &engines,
        face: &face,
        cacppt: &cacppt,
    };
    running.start(&mut tasks);
    kubelets::run(&world, engines.client.clone());
    let mut argo =
        argo::start(engines.client.clone(), clock.clone(), options.dir.join("argo"), remote.head(), look / 2);
    tasks.spawn(async move { while argo.join_next().await.is_some() {} });
    controllers::stand_on_etcd(&world, &engines.api, &mut tasks);

    let (tell, story) = watch::channel(StoryState::Running);
    let stage = Stage {
        clock: clock.clone(),
        world: world.passive(),
        remote,
        api: engines.api.clone(),
        client: engines.client.clone(),
        cloud,
        cacppt,
    };
    let name = options.story.clone();
    tasks.spawn(async move {
        let state = match stories::play(&name, &stage).await {
            Ok(()) => StoryState::Ended,
            Err(err) => StoryState::Failed(err.to_string()),
        };
        tell.send_replace(state);
        // What the stage holds must live for as long as the world does.
        std::future::pending::<()>().await;
    });
    Ok(Served { clock, dir: options.dir.clone(), story, _world: world, _tasks: tasks })
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
