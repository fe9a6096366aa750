//! What every world stands on, whatever it declares.

use super::{Served, WorldError, files, logs};
use crate::control::{Journals, Naming};
use crate::engines::{Api, Engines, Real};
use crate::faces::git::Remote;
use crate::mutations::Mutations;
use crate::pki::{Authority, KeyKind};
use crate::stories::{StoryError, StoryState};
use crate::world::World;
use crate::{Clock, Options};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(super) struct Ground<'a> {
    pub options: &'a Options,
    pub clock: Clock,
    pub world: World,
    /// What somebody from outside asks to change.
    pub mutations: Mutations,
    pub naming: Naming,
    pub journals: Journals,
    /// Signs for the Kubernetes API.
    pub authority: Authority,
    /// Real engines that nobody stands on yet.
    real: Option<Real>,
    /// Signs for the Talos API.
    pub talos: Authority,
    /// How often those look who cannot be told.
    pub look: Duration,
    pub tasks: JoinSet<()>,
    random: StdRng,
}

impl<'a> Ground<'a> {
    /// Lay it in the folder of the world.
    pub async fn lay(options: &'a Options) -> Result<Self, WorldError> {
        let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
        files::private(&options.dir).await.map_err(io)?;
        let clock = Clock::running(options.speed);
        let mutations = Mutations::within(&options.dir).map_err(io)?;
        let real = match &options.engines {
            Some(dir) => Some(Real::find(dir).await?),
            None => None,
        };
        let authority = match &real {
            Some(real) => real.authority().clone(),
            None => Authority::new("kubernetes", KeyKind::EcdsaP256)?,
        };
        Ok(Self {
            options,
            world: World::recorded(clock.clone(), options.seed, mutations.clone()),
            mutations,
            clock,
            naming: Naming::new(options.seed),
            journals: Journals::default(),
            authority,
            real,
            talos: Authority::new("talos", KeyKind::Ed25519)?,
            look: Duration::from_secs(1).div_f64(options.speed.clamp(1.0, 20.0)),
            tasks: JoinSet::new(),
            random: StdRng::seed_from_u64(options.seed ^ u64::from(std::process::id())),
        })
    }

    /// A secret of its own for whoever needs one.
    pub fn token(&mut self) -> String {
        format!("{:032x}{:032x}", self.random.random::<u128>(), self.random.random::<u128>())
    }

    /// The Kubernetes API of a cluster, which knows these definitions; the holder of `viewer` may look at all but
    /// secrets.
    pub async fn engines(
        &mut self,
        cluster: &str,
        viewer: &str,
        definitions: Vec<Value>,
    ) -> Result<Engines, WorldError> {
        if let Some(real) = self.real.take() {
            return Ok(real.engines(cluster, definitions).await?);
        }
        let logs = logs::of(&self.world, &self.journals);
        Ok(Engines::start(
            cluster,
            &self.clock,
            &self.authority,
            viewer,
            definitions,
            logs,
            self.mutations.clone(),
        )
        .await?)
    }

    /// Tie the API server to its etcd, and let the story take its course. The remote lives on when that is over: it
    /// is what sees that somebody pushes.
    pub fn begin(
        mut self,
        api: &Api,
        remote: Arc<Remote>,
        story: impl Future<Output = Result<(), StoryError>> + Send + 'static,
    ) -> Served {
        stand_on_etcd(&self.world, api, &mut self.tasks);
        let (tell, state) = watch::channel(StoryState::Running);
        let begins = self.options.begins.clone();
        self.tasks.spawn(async move {
            if let Some(mut begins) = begins {
                // Where nobody is left who could say so, it begins.
                let _ = begins.wait_for(|it| *it).await;
            }
            let state = match story.await {
                Ok(()) => StoryState::Ended,
                Err(err) => StoryState::Failed(err.to_string()),
            };
            tell.send_replace(state);
            // The sender must live for as long as the world does.
            std::future::pending::<()>().await;
        });
        let Self { options, clock, world, tasks, .. } = self;
        Served {
            clock,
            dir: options.dir.clone(),
            story: state,
            _remote: remote,
            _world: world,
            _tasks: tasks,
        }
    }
}

/// An API server answers only while its etcd has a quorum, and takes writes only while that has space.
fn stand_on_etcd(world: &World, api: &Api, tasks: &mut JoinSet<()>) {
    let Some(etcd) = world.etcd() else { return };
    let (mut space, served) = (etcd.space(), api.clone());
    tasks.spawn(async move {
        loop {
            served.set_full(!*space.borrow_and_update());
            if space.changed().await.is_err() {
                return;
            }
        }
    });
    let (mut quorum, api) = (etcd.quorum(), api.clone());
    tasks.spawn(async move {
        loop {
            if quorum.wait_for(|it| !it).await.is_err() {
                return;
            }
            // What cannot be stopped answers on: no more can be done about it here.
            let _ = api.cut().await;
            if quorum.wait_for(|it| *it).await.is_err() {
                return;
            }
            while api.restore().await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    });
}
