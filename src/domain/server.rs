//! What stands at the cloud provider: servers, load balancers and the project they are in.

use crate::{Entity, Moment, ServerId};
use std::collections::BTreeMap;

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Server {
    pub id: ServerId,
    pub name: String,
    /// The provider's own word: running, initializing, off, deleting …
    pub status: String,
    /// Its size, as `cx33`.
    pub kind: String,
    pub location: String,
    pub created: Option<Moment>,
    pub labels: BTreeMap<String, String>,
    /// Name or description of the image it was made of.
    pub image: Option<String>,
    pub public_ip: Option<String>,
    pub private_ip: Option<String>,
    pub locked: bool,
}

impl Entity for Server {
    type Id = ServerId;
    fn id(&self) -> &ServerId {
        &self.id
    }
}

/// A load balancer and how its targets fare.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LoadBalancer {
    pub name: String,
    pub kind: String,
    pub location: String,
    pub public_ip: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// round_robin or least_connections.
    pub algorithm: String,
    pub services: Vec<LoadBalancerService>,
    pub targets: Vec<LoadBalancerTarget>,
}

impl Entity for LoadBalancer {
    type Id = String;
    fn id(&self) -> &String {
        &self.name
    }
}

/// What a load balancer listens for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct LoadBalancerService {
    pub protocol: String,
    pub listens: u16,
    /// The port of the targets.
    pub sends: u16,
}

/// Where a load balancer sends to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LoadBalancerTarget {
    pub server: Option<ServerId>,
    /// An address, where the target is none of the project's servers.
    pub ip: Option<String>,
    /// Port it listens on, and whether what answers there is well; none while it is not known.
    pub ports: Vec<(u16, Option<bool>)>,
}

/// What is known of the project as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct CloudProject {
    /// What the servers and load balancers cost an hour, net, in thousandths of a cent, where every price is known.
    pub cost_per_hour: Option<u64>,
    pub currency: String,
    /// Calls that are left in this hour, and how many there are; shared by all who use the project.
    pub calls_left: Option<(u32, u32)>,
    /// Things that were sent but could not be read, and so are missing here.
    pub unread: u32,
}
