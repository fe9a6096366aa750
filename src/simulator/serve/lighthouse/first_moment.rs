//! Fill the API: everything that a cluster has after months, as its controllers would have left it.

use super::super::WorldError;
use crate::control::{Mirror, Naming, key, kinds};
use crate::engines::{Api, Engines};
use crate::faces::git::Remote;
use crate::faces::hetzner::Cloud;
use crate::genesis::machines::{Founder, Premises, found};
use crate::genesis::platform;
use crate::genesis::repository::Repository;
use crate::genesis::workloads::{Places, crowd};
use crate::kubernetes::ApiServer;
use crate::pki::Authority;
use crate::stand_ins::argo::{Beginning, Planned, is_argos};
use crate::stand_ins::tofu;
use crate::world::World;
use crate::{Clock, Options};
use serde_json::{Value, json};
use std::sync::mpsc;

/// The folder of what OpenTofu keeps, and how long ago it was applied.
const CLOUD: &str = "cloud/";
const APPLIED: i64 = 96 * 86_400_000;
/// The application whose folder declares the machines.
const MACHINES: &str = "cluster-api";

pub(super) struct FirstMoment<'a> {
    pub options: &'a Options,
    pub clock: &'a Clock,
    pub world: &'a World,
    pub cloud: &'a Cloud,
    pub cloud_token: &'a str,
    pub engines: &'a Engines,
    pub talos: &'a Authority,
    pub authority: &'a Authority,
    pub naming: &'a Naming,
    pub machines: &'a [Founder],
}

impl FirstMoment<'_> {
    pub async fn load(&self, repository: &Repository, remote: &Remote) -> Result<(), WorldError> {
        let now = self.clock.now();
        let files =
            repository.head().into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        let beginning = Beginning { files, commits: remote.log().await?, now };
        let planned = beginning.plan().await.map_err(|err| WorldError::Repository(err.to_string()))?;

        let manifests: Vec<Value> =
            planned.iter().filter(|it| it.name() == MACHINES).flat_map(Planned::manifests).collect();
        let address = self.engines.address;
        let premises = Premises {
            manifests: &manifests,
            machines: self.machines,
            now,
            endpoint: (address.ip().to_string(), address.port()),
            kubeconfig: &self.engines.admin,
            os: self.talos,
            kubernetes: self.authority,
            hcloud_token: self.cloud_token,
            naming: self.naming,
        };
        let mut objects = found(&premises, self.world, self.cloud)?;
        opentofu(repository, self.cloud, now)?;

        let mut places =
            Places::new(self.machines.iter().map(Founder::place).collect(), self.options.seed, now);
        let others = planned.iter().filter(|it| it.name() != MACHINES).flat_map(Planned::manifests);
        objects.extend(platform(others.filter(|it| !is_argos(it)), &mut places));
        let argos = beginning.objects(&planned, &objects);
        match &self.engines.api {
            Api::StandIn(api) => {
                api.load(objects);
                api.load(argos);
                self.shelve(api, &mut places);
            }
            Api::Real(_) => self.plant(objects, argos, &mut places).await?,
        }
        self.engines.run_controllers().await;
        Ok(())
    }

    /// Making objects takes about as long as putting them on the shelves: two threads do both at once.
    fn shelve(&self, api: &ApiServer, places: &mut Places) {
        std::thread::scope(|threads| {
            let (portions, made) = mpsc::sync_channel(2);
            threads.spawn(|| {
                for portion in made {
                    api.load(portion);
                }
            });
            crowd(self.options.pods, places, |portion| {
                // The other end takes portions until this end is dropped.
                let _ = portions.send(portion);
            });
            drop(portions);
        });
    }

    /// Real controllers are at work from the first object on: they hold still until the cluster is whole.
    async fn plant(
        &self,
        mut objects: Vec<Value>,
        argos: Vec<Value>,
        places: &mut Places,
    ) -> Result<(), WorldError> {
        let paused = |it: &&mut Value| it["kind"] == "Cluster";
        objects.iter_mut().filter(paused).for_each(|it| it["spec"]["paused"] = json!(true));
        crowd(self.options.pods, places, |portion| objects.extend(portion));
        self.engines.load(objects).await?;
        self.engines.load(argos).await?;
        let mirror = Mirror::new(self.engines.client.clone());
        for cluster in mirror.search(kinds::CLUSTER, "").await? {
            mirror.merge(kinds::CLUSTER, &key(&cluster), &json!({"spec": {"paused": null}})).await?;
        }
        Ok(())
    }
}

/// Everything that the repository's OpenTofu declares is there.
fn opentofu(repository: &Repository, cloud: &Cloud, now: i64) -> Result<(), WorldError> {
    let head = repository.head();
    let files = head.into_iter().filter(|(path, _)| path.starts_with(CLOUD));
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let wanted = tofu::read(&files).map_err(|err| WorldError::Repository(err.to_string()))?;
    for it in &wanted.firewalls {
        let selectors = it.selectors.as_deref().unwrap_or_default();
        cloud
            .place_firewall(&it.name, &it.labels, &it.rules, selectors, now - APPLIED)
            .map_err(|err| WorldError::Repository(err.message))?;
    }
    for it in &wanted.networks {
        let subnets: Vec<&str> = it.subnets.iter().filter_map(|it| it["ip_range"].as_str()).collect();
        cloud.place_network(&it.name, &it.range, &subnets, it.labels.clone(), now - APPLIED);
    }
    Ok(())
}
