//! The default world: Cluster API on Hetzner Cloud, delivered by Argo CD.

mod controllers;
mod first_moment;

use super::ground::Ground;
use super::{Served, WorldError, files, tools};
use crate::Options;
use crate::faces::git::{GitError, Remote};
use crate::faces::hetzner::{self, Cloud};
use crate::genesis::lighthouse::{NAME, Wanted, lighthouse};
use crate::genesis::{capi_crds, fleet};
use crate::kubelets;
use crate::stand_ins::argo;
use crate::stand_ins::cacppt::Version;
use crate::stories::{self, Stage};
use std::sync::Arc;

const CLUSTER: &str = "k8s";
/// Images that the cloud's project has, newest last.
const IMAGES: [&str; 5] = [
    "talos-amd64-v1.10.6",
    "talos-amd64-v1.11.2",
    "talos-amd64-v1.12.2",
    "talos-amd64-v1.12.4",
    "talos-amd64-v1.13.0",
];
/// How often a cockpit may ask the cloud in an hour: nobody else needs what is left.
const CALLS: u32 = 900;
/// The story in which the control-plane provider is a release older, and what its repository lacks for that.
const DEADLOCK: &str = "cacppt-deadlock";
const CACPPT_IMAGE: &str = "ghcr.io/siderolabs/cluster-api-control-plane-talos-controller";

/// Start everything of it.
pub(super) async fn serve(options: &Options) -> Result<Served, WorldError> {
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    let mut ground = Ground::lay(options).await?;
    let (git_token, viewer_token) = (ground.token(), ground.token());
    let (cloud_token, cloud_read_token) = (ground.token(), ground.token());
    let old_provider = options.story == DEADLOCK && options.engines.is_none();

    let wanted = Wanted {
        seed: options.seed,
        now: ground.clock.now() / 1_000,
        workers: options.nodes.saturating_sub(3),
        remote: Remote::file_url(&options.dir, NAME),
        without: if old_provider { vec![(CACPPT_IMAGE.into(), "v0.5.13".into())] } else { Vec::new() },
    };
    let repository = lighthouse(&wanted).map_err(GitError::from)?;
    let mut definitions = capi_crds().map_err(|err| WorldError::Repository(err.to_string()))?;
    definitions.extend(argo::definitions());
    let look = ground.look;
    let (remote, engines) = tokio::join!(
        Remote::create(&options.dir, &repository, &git_token, look),
        ground.engines(CLUSTER, &viewer_token, definitions),
    );
    let (remote, engines) = (Arc::new(remote?), engines?);

    let cloud = Cloud::new(&ground.clock, Arc::new(ground.world.passive()), &IMAGES);
    let record = ground.mutations.clone();
    let face = hetzner::serve(cloud.clone(), &cloud_token, &cloud_read_token, record, &mut ground.tasks);
    let face = face.await.map_err(io)?;
    let machines = fleet(options.nodes, &ground.world, &ground.naming);
    let first = first_moment::FirstMoment {
        options,
        clock: &ground.clock,
        world: &ground.world,
        cloud: &cloud,
        cloud_token: &face.token,
        engines: &engines,
        talos: &ground.talos,
        authority: &ground.authority,
        naming: &ground.naming,
        machines: &machines,
    };
    first.load(&repository, &remote).await?;

    let mut written = files::written(&ground, CLUSTER, &engines, &remote).await?;
    let cloud_file = format!(
        "HCLOUD_TOKEN={}\nHCLOUD_ENDPOINT={}\nPILOTHOUSE_HCLOUD_CALLS={CALLS}\n",
        face.read_token, face.endpoint
    );
    written.push(("hcloud.env", cloud_file));
    written.push(("tofu.env", tools::tofu(&options.dir, &face.token, &face.endpoint)));
    tools::install(&options.dir, options.program.as_deref(), "tofu").map_err(io)?;
    files::write(&options.dir, written).map_err(io)?;

    let cacppt = Version::new(if old_provider { 12 } else { 13 });
    let running = controllers::Running {
        clock: &ground.clock,
        journals: &ground.journals,
        naming: &ground.naming,
        engines: &engines,
        face: &face,
        cacppt: &cacppt,
    };
    running.start(&mut ground.tasks);
    kubelets::run(&ground.world, engines.client.clone());
    let folder = options.dir.join("argo");
    if !engines.api.is_real() {
        let (client, fresh) = (engines.client.clone(), ground.look / 2);
        let mut argo = argo::start(client, ground.clock.clone(), folder, remote.head(), fresh);
        ground.tasks.spawn(async move { while argo.join_next().await.is_some() {} });
    }

    let stage = Stage {
        clock: ground.clock.clone(),
        world: ground.world.passive(),
        remote: remote.clone(),
        api: engines.api.clone(),
        client: engines.client.clone(),
    };
    let story = options.story.clone();
    Ok(ground.begin(&engines.api, remote, async move {
        stories::lighthouse(&story, &stage, &cloud, &cacppt).await
    }))
}
