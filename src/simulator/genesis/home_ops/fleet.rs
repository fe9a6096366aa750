//! The machines on the shelves: names, numbers, addresses, and what they boot with.

use super::{CLUSTER, SECRETS, TALCONFIG};
use crate::genesis::repository::Repository;
use crate::genesis::workloads::Place;
use crate::sops::Identity;
use crate::stand_ins::talhelper::{RenderError, Tree, render};
use crate::world::{ConfigError, Hardware, MachineSpec, World};
use std::io::{Error, ErrorKind};
use std::net::IpAddr;
use std::time::Duration;

/// What is written on their disks.
const TALOS: &str = "v1.13.2";
const DAY: u64 = 86_400;

/// A machine that is there from the beginning.
#[derive(Debug, Clone)]
pub(crate) struct Shelved {
    pub name: String,
    pub number: u64,
    pub address: IpAddr,
    pub control_plane: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FleetError {
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("{0}: {1}")]
    Config(String, ConfigError),
}

/// Three machines of the control plane, the rest workers.
pub(crate) fn fleet(nodes: usize, world: &World) -> Vec<Shelved> {
    let machine = |number: usize| {
        let control_plane = number < 3;
        let name = if control_plane {
            format!("{CLUSTER}-cp-{}", number + 1)
        } else {
            format!("{CLUSTER}-wk-{}", number - 2)
        };
        Shelved { name, number: number as u64 + 1, address: world.next_address(), control_plane }
    };
    (0..nodes.max(1)).map(machine).collect()
}

impl Shelved {
    /// Where its pods are.
    pub fn place(&self) -> Place {
        Place {
            name: self.name.clone(),
            address: self.address.to_string(),
            control_plane: self.control_plane,
        }
    }
}

/// Put the machines into the world as they run: each on what the stand-in for talhelper renders of the newest commit,
/// byte for byte.
pub(crate) fn place(
    machines: &[Shelved],
    repository: &Repository,
    keeper: &Identity,
    world: &World,
) -> Result<(), FleetError> {
    let head = repository.head();
    let read = |path: &str| head.get(path).map(|it| (*it).to_owned()).ok_or(Error::from(ErrorKind::NotFound));
    let identities = std::slice::from_ref(keeper);
    let tree = Tree { config: TALCONFIG, read: &read, identities, variable: &|_| None };
    let rendered = render(&tree, SECRETS)?;
    for (machine, config) in machines.iter().zip(rendered) {
        let spec = MachineSpec {
            server_id: machine.number,
            name: machine.name.clone(),
            address: machine.address,
            user_data: config.text,
            talos_version: TALOS.to_owned(),
            hardware: Hardware::Metal,
        };
        // They were rolled one evening after the other.
        let age = Duration::from_secs(12 * DAY - machine.number * 1_260);
        let wrong = |err| FleetError::Config(machine.name.clone(), err);
        world.place_running(spec, age).map_err(wrong)?;
    }
    Ok(())
}
