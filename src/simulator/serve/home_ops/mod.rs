//! The world of talhelper: machines of one's own, configured by hand from Git, delivered by Flux.

#[cfg(test)]
mod tests;

use super::ground::Ground;
use super::{Served, WorldError, files, tools};
use crate::Options;
use crate::control::Mirror;
use crate::engines::Engines;
use crate::faces::git::Remote;
use crate::genesis::home_ops::{CLUSTER, FLUX, NAME, Shelved, Wanted, fleet, home_ops, place};
use crate::genesis::platform;
use crate::genesis::repository::Repository;
use crate::genesis::workloads::{Places, crowd};
use crate::kubelets;
use crate::pki::PkiError;
use crate::sops::Identity;
use crate::stand_ins::cabpt::Bundle;
use crate::stand_ins::flux::{self, Beginning, is_fluxs};
use crate::stories::{self, Stage};
use std::sync::Arc;

/// Start everything of it.
pub(super) async fn serve(options: &Options) -> Result<Served, WorldError> {
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    let mut ground = Ground::lay(options).await?;
    let (git_token, viewer_token) = (ground.token(), ground.token());
    let keeper = Identity::generate();
    let machines = fleet(options.nodes, &ground.world);
    let engines = ground.engines(CLUSTER, &viewer_token, flux::definitions()).await?;

    let secrets = |it: Result<Bundle, PkiError>| it.map_err(|err| WorldError::Machines(err.to_string()));
    let home = secrets(Bundle::of(&ground.naming, &ground.talos, &ground.authority))?;
    let lab = secrets(Bundle::generate(&ground.naming))?;
    let wanted = Wanted {
        now: ground.clock.now() / 1_000,
        remote: Remote::file_url(&options.dir, NAME),
        api: engines.address.to_string(),
        machines: &machines,
        keeper: &keeper,
        home: &home,
        lab: &lab,
    };
    let repository = home_ops(&wanted).map_err(|err| WorldError::Repository(err.to_string()))?;
    place(&machines, &repository, &keeper, &ground.world)
        .map_err(|err| WorldError::Machines(err.to_string()))?;
    let remote = Remote::create(&options.dir, &repository, &git_token, ground.look).await?;
    let remote = Arc::new(remote);
    load(&ground, &engines, &machines, &repository, &remote).await?;

    let mut written = files::written(&ground, CLUSTER, &engines, &remote).await?;
    written.push((tools::AGE_KEY, keeper.file(&crate::control::timestamp(ground.clock.now()))));
    written.push(("talhelper.env", tools::talhelper(&options.dir)));
    files::write(&options.dir, written).map_err(io)?;
    tools::install(&options.dir, options.program.as_deref(), "talhelper").map_err(io)?;

    kubelets::run(&ground.world, engines.client.clone());
    let mirror = Mirror::new(engines.client.clone());
    let (folder, fresh) = (options.dir.join("flux"), ground.look / 2);
    flux::start(&mirror, &ground.clock, &ground.journals, folder, fresh, &mut ground.tasks);
    let stage = Stage {
        clock: ground.clock.clone(),
        world: ground.world.passive(),
        remote: remote.clone(),
        api: engines.api.clone(),
        client: engines.client.clone(),
    };
    let story = stories::home_ops(options.story.clone(), stage)?;
    Ok(ground.begin(&engines.api, remote, story))
}

/// Everything that the cluster has after months, as its controllers would have left it.
async fn load(
    ground: &Ground<'_>,
    engines: &Engines,
    machines: &[Shelved],
    repository: &Repository,
    remote: &Remote,
) -> Result<(), WorldError> {
    let files =
        repository.head().into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let newest = repository.commits.last().map_or(0, |it| it.at * 1_000);
    let born = repository.commits.first().map_or(0, |it| it.at * 1_000);
    let head = remote.head().borrow().clone();
    let beginning = Beginning::new(files, head, newest);
    let manifests = beginning.manifests(FLUX).map_err(WorldError::Repository)?;
    let settled = beginning.settled(&manifests, &ground.naming, born).map_err(WorldError::Repository)?;
    let options = ground.options;
    let places = machines.iter().map(Shelved::place).collect();
    let mut places = Places::new(places, options.seed, ground.clock.now());
    let mut objects = kubelets::first_nodes(&ground.world);
    objects.extend(platform(manifests.into_iter().filter(|it| !is_fluxs(it)), &mut places));
    objects.extend(settled);
    engines.load(objects).await?;
    let mut portions = Vec::new();
    crowd(options.pods, &mut places, |portion| portions.push(portion));
    for portion in portions {
        engines.load(portion).await?;
    }
    engines.run_controllers().await;
    Ok(())
}
