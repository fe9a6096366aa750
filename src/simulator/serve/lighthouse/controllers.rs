//! Start the controllers of Cluster API.

use crate::Clock;
use crate::control::{Journals, Mirror, Naming};
use crate::faces::hetzner::HetznerFace;
use crate::mutations::OWN_AGENT;
use crate::providers::caph;
use crate::stand_ins::cacppt::{self, Version};
use crate::stand_ins::{Engines, cabpt, capi};
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
            hcloud: caph::Hcloud::new(&self.face.endpoint, &self.face.token, OWN_AGENT),
            endpoint: (address.ip().to_string(), address.port()),
        };
        caph::start(&provider, tasks);
    }
}
