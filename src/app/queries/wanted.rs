//! What a node shall be, as far as Cluster API and Git say, and what it is to the rest of the world.

use super::source_map;
use crate::Model;
use domain::{DeclaredNode, Machine, Node};
use std::collections::HashMap;

/// Versions with their `v`; `None` where nothing says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    pub talos: Option<String>,
    pub kubelet: Option<String>,
    /// The name of its Machine.
    pub machine: Option<String>,
    /// Its server: number and type.
    pub server: Option<String>,
    /// The Machine is being deleted.
    pub leaving: bool,
}

/// Machines by what a node can know of them; made once for a whole list.
#[derive(Debug, Clone, Default)]
pub struct Machines<'a> {
    by_node: HashMap<&'a str, &'a Machine>,
    by_address: HashMap<&'a str, &'a Machine>,
}

impl<'a> Machines<'a> {
    pub fn of(model: &'a Model) -> Self {
        let mut all = Self::default();
        for machine in model.world.capi.machines.iter() {
            all.by_node.extend(machine.node.iter().map(|it| (it.0.as_str(), machine)));
            all.by_address.extend(machine.addresses.iter().map(|it| (it.address.as_str(), machine)));
        }
        all
    }

    /// The Machine that a node is: by its Kubernetes name, else by an address.
    pub fn of_node(&self, node: &Node) -> Option<&'a Machine> {
        let kubernetes = node.kubernetes.as_ref().map_or(node.name.0.as_str(), |it| it.name.as_str());
        let addresses = std::iter::once(&node.address).chain(&node.addresses);
        let by_address = || addresses.into_iter().find_map(|it| self.by_address.get(it.as_str()));
        self.by_node.get(kubernetes).or_else(by_address).copied()
    }
}

pub fn wanted(model: &Model, machines: &Machines<'_>, node: &Node) -> Wanted {
    let Some(machine) = machines.of_node(node) else {
        // Not of Cluster API: what a talconfig says of it.
        let declared = source_map::declared_node(model, &node.name);
        let version = |of: fn(&DeclaredNode) -> &Option<(String, u32)>| {
            declared.and_then(|it| of(it).as_ref()).map(|(version, _)| version.clone())
        };
        return Wanted {
            talos: version(|it| &it.talos),
            kubelet: version(|it| &it.kubernetes),
            ..Wanted::default()
        };
    };
    let capi = &model.world.capi;
    let plane = capi.control_plane_of_machine(machine);
    let deployment = capi.deployment_of(machine);
    let version =
        plane.and_then(|it| it.version.clone()).or_else(|| deployment.and_then(|it| it.version.clone()));
    let template =
        plane.and_then(|it| it.template.as_ref()).or(deployment.and_then(|it| it.template.as_ref()));
    let image = template
        .and_then(|it| capi.machine_templates.get(it))
        .and_then(|it| it.image.as_deref())
        .or_else(|| capi.infra_of(machine).and_then(|it| it.image.as_deref()));
    let kind = capi.infra_of(machine).and_then(|it| it.server_type.clone());
    let number = machine.provider_id.as_deref().and_then(|it| it.rsplit('/').next()).map(str::to_owned);
    Wanted {
        talos: image.and_then(version_in),
        kubelet: version.or_else(|| machine.version.clone()),
        machine: Some(machine.id.name.clone()),
        server: number.map(|it| kind.map_or(it.clone(), |kind| format!("{it} {kind}"))),
        leaving: machine.meta.deleted.is_some(),
    }
}

/// The version in an image's name: "talos-amd64-v1.12.2" says v1.12.2.
fn version_in(image: &str) -> Option<String> {
    image.match_indices('v').find_map(|(at, _)| {
        let rest = image.get(at + 1..)?;
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let number = rest.get(..end)?.trim_end_matches('.');
        (number.split('.').filter(|it| !it.is_empty()).count() == 3).then(|| format!("v{number}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_name_tells_its_version() {
        assert_eq!(version_in("talos-amd64-v1.12.2").as_deref(), Some("v1.12.2"));
        assert_eq!(version_in("dev-v2-talos-v1.12.2-hcloud").as_deref(), Some("v1.12.2"));
        assert_eq!(version_in("ubuntu-24.04"), None);
    }
}
