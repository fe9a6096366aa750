//! Start the controllers of Cluster API.

use crate::Clock;
use crate::control::{Journal, Journals, Mirror, Naming};
use crate::engines::Engines;
use crate::faces::hetzner::HetznerFace;
use crate::mutations::OWN_AGENT;
use crate::providers::caph;
use crate::stand_ins::cacppt::{self, Version};
use crate::stand_ins::{cabpt, capi};
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
        let mirror = Mirror::new(self.engines.client.clone());
        if !self.engines.api.is_real() {
            self.stand_in(&mirror, tasks);
        }
        let address = self.engines.address;
        let provider = caph::Provider {
            mirror,
            clock: self.clock.clone(),
            journal: self.journal("caph"),
            hcloud: caph::Hcloud::new(&self.face.endpoint, &self.face.token, OWN_AGENT),
            endpoint: (address.ip().to_string(), address.port()),
        };
        caph::start(&provider, tasks);
    }

    fn journal(&self, name: &str) -> Journal {
        self.journals.of(&format!("{name}-controller-manager"), self.clock)
    }

    /// Cluster API and the providers for Talos, where the real ones are not at hand.
    fn stand_in(&self, mirror: &Mirror, tasks: &mut JoinSet<()>) {
        let (clock, naming) = (self.clock, self.naming);
        cabpt::start(mirror, clock, self.journal("cabpt"), naming, tasks);
        let core = capi::Core {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: self.journal("capi"),
            naming: naming.clone(),
        };
        capi::start(&core, tasks);
        let provider = cacppt::Provider {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: self.journal("cacppt"),
            naming: naming.clone(),
            version: self.cacppt.clone(),
        };
        cacppt::start(&provider, tasks);
    }
}
