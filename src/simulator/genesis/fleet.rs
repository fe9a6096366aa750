//! The machines of the default world: names, numbers, addresses.

use super::workloads::Place;
use crate::world::World;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::net::IpAddr;

/// A machine that is there from the beginning.
#[derive(Debug, Clone)]
pub(crate) struct FirstMachine {
    /// Server, node and infrastructure machine alike.
    pub name: String,
    /// Hetzner's number of the server.
    pub server_id: u64,
    pub address: IpAddr,
    pub control_plane: bool,
}

/// Letters as Kubernetes makes names of.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Three machines of the control plane, the rest workers of one set.
pub(crate) fn fleet(nodes: usize, world: &World) -> Vec<FirstMachine> {
    let mut random = StdRng::seed_from_u64(world.seed() ^ 0x00f1_ee70);
    let mut word = |count: usize| -> String {
        (0..count).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
    };
    let set = word(5);
    let mut server_id = 58_410_200;
    (0..nodes.max(1))
        .map(|number| {
            let control_plane = number < 3;
            let name = if control_plane {
                format!("k8s-cp-{}", word(5))
            } else {
                format!("k8s-md-0-{set}-{}", word(5))
            };
            server_id += 7 + u64::try_from(number).unwrap_or_default() % 5;
            FirstMachine { name, server_id, address: world.next_address(), control_plane }
        })
        .collect()
}

impl FirstMachine {
    pub fn place(&self) -> Place {
        Place {
            name: self.name.clone(),
            address: self.address.to_string(),
            control_plane: self.control_plane,
        }
    }
}
