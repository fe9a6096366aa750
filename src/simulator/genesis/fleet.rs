//! The machines of the default world: names, numbers, addresses.

use super::machines::Founder;
use super::workloads::Place;
use crate::control::Naming;
use crate::world::World;

/// Three machines of the control plane, the rest workers of one set.
pub(crate) fn fleet(nodes: usize, world: &World, naming: &Naming) -> Vec<Founder> {
    let set = naming.letters(5);
    let mut server_id = 58_410_200;
    (0..nodes.max(1))
        .map(|number| {
            let control_plane = number < 3;
            let base = if control_plane { "k8s-cp-".to_owned() } else { format!("k8s-md-0-{set}-") };
            server_id += 7 + naming.below(60);
            Founder { name: naming.name(&base), server_id, address: world.next_address(), control_plane }
        })
        .collect()
}

impl Founder {
    /// Where its pods are.
    pub fn place(&self) -> Place {
        Place {
            name: self.name.clone(),
            address: self.address.to_string(),
            control_plane: self.control_plane,
        }
    }
}
