//! The etcd members as far as the join needs them.

use crate::World;
use domain::first_label;

/// One member, by the name of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenMember {
    /// The first label of its name, in lower case; empty where it has not started.
    pub host: String,
    pub leader: bool,
    pub learner: bool,
    pub healthy: bool,
}

impl SeenMember {
    pub fn word(&self) -> &'static str {
        match (self.leader, self.learner) {
            (true, _) => "leader",
            (_, true) => "learner",
            _ => "member",
        }
    }
}

/// What is known of etcd: its members, how many nodes answer, and whether they agree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeenEtcd {
    pub members: Vec<SeenMember>,
    /// Nodes that answered with a list.
    pub witnesses: usize,
    pub agree: bool,
}

impl SeenEtcd {
    pub fn member(&self, host: &str) -> Option<&SeenMember> {
        let host = first_label(host);
        self.members.iter().find(|it| it.host == host)
    }

    /// Whether the list can be argued from.
    pub fn known(&self) -> bool {
        !self.members.is_empty()
    }
}

/// A member that has not started has no name yet, only addresses.
fn host(name: &str) -> String {
    let first = name.split(' ').next().unwrap_or(name);
    if first.parse::<std::net::IpAddr>().is_ok() { String::new() } else { first_label(name) }
}

pub fn seen(world: &World) -> SeenEtcd {
    let etcd = domain::Etcd::of(world.etcd.iter());
    SeenEtcd {
        members: etcd
            .members
            .iter()
            .map(|it| SeenMember {
                host: host(&it.name),
                leader: it.leader,
                learner: it.learner,
                healthy: it.healthy,
            })
            .collect(),
        witnesses: world.etcd.iter().filter(|it| it.answers && !it.members.is_empty()).count(),
        agree: etcd.disagreements.is_empty(),
    }
}
