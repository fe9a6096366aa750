//! Start the controllers of Cluster API, and tie the API server to its etcd.

use crate::Clock;
use crate::control::{Journals, Mirror, Naming};
use crate::faces::hetzner::HetznerFace;
use crate::kubernetes::ApiServer;
use crate::providers::caph;
use crate::stand_ins::cacppt::{self, Version};
use crate::stand_ins::{Engines, cabpt, capi};
use crate::world::World;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

pub(super) struct Running<'a> {
    pub clock: &'a Clock,
    pub journals: &'a Journals,
    pub naming: &'a Naming,
    pub engines: &'a Engines,
    pub face: &'a HetznerFace,
    pub cacppt: &'a Version,
}

impl Running<'_> {
    pub fn start(&self, tasks: &mut JoinSet<()>) {
        let (mirror, clock, naming) = (Mirror::new(self.engines.client.clone()), self.clock, self.naming);
        let journal = |name: &str| self.journals.of(&format!("{name}-controller-manager"), clock);
        cabpt::start(&mirror, clock, journal("cabpt"), naming, tasks);
        let core = capi::Core {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: journal("capi"),
            naming: naming.clone(),
        };
        capi::start(&core, tasks);
        let provider = cacppt::Provider {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: journal("cacppt"),
            naming: naming.clone(),
            version: self.cacppt.clone(),
        };
        cacppt::start(&provider, tasks);
        let address = self.engines.api.address();
        let provider = caph::Provider {
            mirror,
            clock: clock.clone(),
            journal: journal("caph"),
            hcloud: caph::Hcloud::new(&self.face.endpoint, &self.face.token),
            endpoint: (address.ip().to_string(), address.port()),
        };
        caph::start(&provider, tasks);
    }
}

/// An API server answers only while its etcd has a quorum, and takes writes only while that has space.
pub(super) fn stand_on_etcd(world: &World, api: &Arc<ApiServer>, tasks: &mut JoinSet<()>) {
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
            api.cut().await;
            if quorum.wait_for(|it| *it).await.is_err() {
                return;
            }
            while api.restore().await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    });
}
