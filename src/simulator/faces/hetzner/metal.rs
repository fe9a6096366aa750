//! The metal behind the servers: what a cloud asks of whoever really runs the machines.

use std::net::IpAddr;

use crate::world::{Hardware, MachineSpec, World};

/// A machine that is to be switched on for the first time.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub server_id: u64,
    pub name: String,
    pub address: IpAddr,
    pub user_data: String,
    /// From the image: `v1.12.2`.
    pub talos_version: String,
    pub region: String,
}

pub(crate) trait Metal: Send + Sync + 'static {
    /// An address that nobody has.
    fn next_address(&self) -> IpAddr;
    /// Switch a new machine on. The error is what the machine says of its user data.
    fn power_on(&self, machine: Machine) -> Result<(), String>;
    /// Switch on again what was switched off.
    fn power_up(&self, server_id: u64);
    fn power_off(&self, server_id: u64);
    fn power_cycle(&self, server_id: u64);
    fn remove(&self, server_id: u64);
    /// Whether something answers on the port of the Kubernetes API.
    fn answers(&self, server_id: u64) -> bool;
}

impl Metal for World {
    fn next_address(&self) -> IpAddr {
        Self::next_address(self)
    }

    fn power_on(&self, machine: Machine) -> Result<(), String> {
        let Machine { server_id, name, address, user_data, talos_version, region } = machine;
        let hardware = Hardware::Hetzner { region };
        let spec = MachineSpec { server_id, name, address, user_data, talos_version, hardware };
        Self::power_on(self, spec).map_err(|error| error.to_string())
    }

    fn power_up(&self, server_id: u64) {
        Self::power_up(self, server_id);
    }

    fn power_off(&self, server_id: u64) {
        Self::power_off(self, server_id);
    }

    fn power_cycle(&self, server_id: u64) {
        Self::power_cycle(self, server_id);
    }

    fn remove(&self, server_id: u64) {
        Self::remove(self, server_id);
    }

    fn answers(&self, server_id: u64) -> bool {
        let node = self.nodes().into_iter().find(|it| it.spec.server_id == server_id);
        node.and_then(|it| self.node(&it.spec.name)).is_some_and(|it| it.powered && it.kubelet && it.ready)
    }
}
