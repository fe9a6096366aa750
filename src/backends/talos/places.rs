//! Who is in the cluster and where each is asked, asked now: for what must not go by what was heard a while ago.

use super::Talos;
use super::cosi::{self, Type};
use super::decode::members::{self, Member};
use super::fleet::{Seeds, roster};
use super::roads::Roads;
use domain::{Link, NodeName};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a node is asked at, and what it is for, as discovery says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub at: String,
    pub control_plane: bool,
    /// All its addresses.
    pub addresses: Vec<String>,
}

/// Every node, and the roads there.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub roads: Arc<Roads>,
    pub nodes: BTreeMap<NodeName, Place>,
}

impl Talos {
    /// Ask every endpoint who is in the cluster. The error is for a person to read.
    pub(crate) async fn places(&self) -> Result<Places, String> {
        let roads = match self.roads() {
            Ok(roads) => roads,
            Err(Link::NotConfigured { .. }) => {
                self.borrow().await.map_err(|link| words(&link))?;
                self.roads().map_err(|link| words(&link))?
            }
            Err(link) => return Err(words(&link)),
        };
        let of = Type::of("cluster", "Members.cluster.talos.dev");
        let hosts: Vec<String> = roads.endpoints().iter().map(|it| it.at.host.clone()).collect();
        let asked = join_all(hosts.iter().map(|host| cosi::list(&roads, host, &of))).await;
        let mut told: Vec<Member> = Vec::new();
        let mut silent = None;
        for answer in asked {
            match answer {
                Ok(all) => told.extend(all.iter().filter_map(members::member)),
                Err(trouble) => silent = Some(trouble),
            }
        }
        if let (true, Some(trouble)) = (told.is_empty(), silent) {
            return Err(format!("no node of the cluster answers: {trouble}"));
        }
        for plane in told.iter().filter(|it| it.control_plane) {
            plane.addresses.first().into_iter().for_each(|it| roads.learn(it));
        }
        let configured: Vec<String> = roads.config.endpoints.iter().map(|it| it.host.clone()).collect();
        let seeds = Seeds {
            nodes: &roads.config.nodes,
            endpoints: &configured,
            answering: &[],
            names: &self.names(),
        };
        let nodes = roster(&seeds, told.iter()).into_iter().map(|(name, at)| {
            let member = told.iter().find(|it| it.name == name);
            let place = Place {
                control_plane: member.is_some_and(|it| it.control_plane),
                addresses: member.map(|it| it.addresses.clone()).unwrap_or_else(|| vec![at.clone()]),
                at,
            };
            (name, place)
        });
        Ok(Places { nodes: nodes.collect(), roads })
    }
}

fn words(link: &Link) -> String {
    match link {
        Link::Degraded { why, .. } | Link::Forbidden { why } | Link::NotConfigured { why } => why.clone(),
        _ => "Talos cannot be asked".into(),
    }
}
