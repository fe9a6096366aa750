//! The truth of a world: machines that can be switched on, the clusters they form, and the faults that befall them.

mod block;
mod chatter;
mod cluster;
mod descriptors;
pub mod etcd;
mod events;
#[cfg(test)]
pub mod example;
mod faults;
mod hardware;
mod journal;
pub(crate) mod life;
mod lock;
mod machine_config;
mod node;
pub(crate) mod numbers;
mod pods;
mod resources;
pub(crate) mod seeded;
mod services;
mod snapshot;

pub use cluster::Cluster;
pub use hardware::Hardware;
pub(crate) use journal::{KERNEL, Line};
pub(crate) use lock::Lock;
pub(crate) use machine_config::documents;
pub use machine_config::{ConfigError, MachineConfig, Role};
pub use node::{Installer, MachineSpec, Node, Wire, Written};
pub(crate) use pods::{ContainerOnNode, PodOnNode, pod_logs};

pub(crate) use resources::{Happened, Kind, STATIC_PODS, event, is_namespace, kind, schematic_id, tombstone};
pub(crate) use services::{ServiceState, timestamp};
pub use snapshot::NodeSnapshot;

use crate::Clock;
use crate::mutations::Mutations;
use block::Block;
use etcd::Etcd;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use wire::machine::machine_status_event::MachineStage;

/// How long news of a machine takes to the others.
const GOSSIP: Duration = Duration::from_secs(2);

/// One truth. Cheap to clone; when the last is dropped every machine goes.
#[derive(Debug, Clone)]
pub struct World {
    inner: Arc<Inner>,
    /// Ends the world with the last of those who own it.
    _end: Option<Arc<DropGuard>>,
}

#[derive(Debug)]
struct Inner {
    clock: Clock,
    seed: u64,
    block: Mutex<Block>,
    nodes: Arc<Nodes>,
    clusters: Mutex<BTreeMap<String, Arc<Cluster>>>,
    changed: Arc<watch::Sender<u64>>,
    ended: CancellationToken,
    mutations: Mutations,
}

/// The machines by name, for whoever routes between them.
#[derive(Debug, Default)]
pub struct Nodes {
    by_name: Mutex<BTreeMap<String, Arc<Node>>>,
}

impl Nodes {
    pub fn all(&self) -> Vec<Arc<Node>> {
        self.by_name.held().values().cloned().collect()
    }

    pub fn named(&self, name: &str) -> Option<Arc<Node>> {
        self.by_name.held().get(name).cloned()
    }

    /// The machine that a target of a call means: an address or a name.
    pub fn target(&self, target: &str) -> Option<Arc<Node>> {
        let nodes = self.by_name.held();
        if let Ok(address) = target.parse::<IpAddr>() {
            return nodes.values().find(|it| it.spec.address == address).cloned();
        }
        nodes.get(target).or_else(|| nodes.values().find(|it| it.hostname() == target)).cloned()
    }
}

impl World {
    /// An empty world. Must be called where a runtime runs.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self::recorded(clock, seed, Mutations::default())
    }

    /// An empty world that writes down what its machines are asked to change.
    pub(crate) fn recorded(clock: Clock, seed: u64, mutations: Mutations) -> Self {
        descriptors::allow_many();
        let ended = CancellationToken::new();
        let inner = Inner {
            clock,
            seed,
            block: Mutex::new(Block::claim()),
            nodes: Arc::default(),
            clusters: Mutex::default(),
            changed: Arc::new(watch::Sender::new(0)),
            ended: ended.clone(),
            mutations,
        };
        let inner = Arc::new(inner);
        tokio::spawn(gossip(inner.clone()));
        Self { inner, _end: Some(Arc::new(ended.drop_guard())) }
    }

    /// For those who live in the world and must not keep it going.
    pub(crate) fn passive(&self) -> Self {
        Self { inner: self.inner.clone(), _end: None }
    }

    /// Cancelled when the world ends.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.inner.ended.clone()
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub fn seed(&self) -> u64 {
        self.inner.seed
    }

    /// An address that no machine of any world on this host has.
    pub fn next_address(&self) -> IpAddr {
        self.inner.block.held().next()
    }

    /// A machine is made and starts from nothing; in about 45 s of the world's time it is up.
    pub fn power_on(&self, spec: MachineSpec) -> Result<(), ConfigError> {
        let node = self.put(spec)?;
        life::start(&node, "");
        Ok(())
    }

    /// A machine that has run for so long already; on the control plane a voter of etcd.
    pub fn place_running(&self, spec: MachineSpec, age: Duration) -> Result<(), ConfigError> {
        let node = self.put(spec)?;
        life::place(&node, age);
        Ok(())
    }

    fn put(&self, spec: MachineSpec) -> Result<Arc<Node>, ConfigError> {
        let config = Arc::new(MachineConfig::read(&spec.user_data)?);
        self.inner.block.held().take(spec.address);
        let cluster = self.cluster_of(&config);
        let seed = seeded::mix(self.inner.seed, &spec.name, spec.server_id);
        let state = node::State {
            powered: true,
            boots: 0,
            booted_at: self.inner.clock.now(),
            stage: MachineStage::Booting,
            talos_version: spec.talos_version.clone(),
            services: Vec::new(),
            active: config.clone(),
            persistent: config,
            trying: None,
            schematic: None,
            installed: None,
            installer: Installer::Idle,
            network_ready: false,
            time_synced: false,
            static_pods_ready: false,
            node_ready: None,
            etcd_member: None,
            etcd_gone: false,
            delay: Duration::ZERO,
            told: None,
            course: self.inner.ended.child_token(),
        };
        let gone = self.inner.ended.child_token();
        let node = Arc::new(Node {
            events: events::Events::new(seed),
            resources: resources::Store::new(seed),
            spec,
            seed,
            clock: self.inner.clock.clone(),
            cluster,
            state: Mutex::new(state),
            journal: journal::Journal::default(),
            wire: watch::Sender::new(Wire::Refusing),
            listens: watch::Sender::new(None),
            kubelet_pods: Mutex::default(),
            tls: tokio::sync::OnceCell::new(),
            gone: gone.clone(),
            ended: self.inner.ended.clone(),
            mutations: self.inner.mutations.clone(),
            changed: self.inner.changed.clone(),
        });
        node.cluster.joined(&node);
        self.inner.nodes.by_name.held().insert(node.spec.name.clone(), node.clone());
        let at = self.inner.block.held().listen_at(node.spec.address);
        crate::faces::talos::listen(node.clone(), self.inner.nodes.clone(), at, gone);
        Ok(node)
    }

    fn cluster_of(&self, config: &MachineConfig) -> Arc<Cluster> {
        let mut clusters = self.inner.clusters.held();
        let key = cluster::key(config);
        let seed = seeded::mix(self.inner.seed, &key, 0);
        let made = || Arc::new(Cluster::new(config, Etcd::new(self.inner.clock.clone(), seed)));
        let cluster = clusters.entry(key).or_insert_with(made).clone();
        cluster.learn(config);
        cluster
    }

    /// The plug is pulled. The machine keeps its disk.
    pub fn power_off(&self, server_id: u64) {
        if let Some(node) = self.by_server(server_id) {
            life::stop(&node, Wire::Silent);
        }
    }

    /// A machine that was off starts again from its disk.
    pub fn power_up(&self, server_id: u64) {
        if let Some(node) = self.by_server(server_id)
            && !node.state.held().powered
        {
            life::start(&node, "");
        }
    }

    /// Off and on again.
    pub fn power_cycle(&self, server_id: u64) {
        if let Some(node) = self.by_server(server_id) {
            life::stop(&node, Wire::Silent);
            life::start(&node, "");
        }
    }

    /// The machine is gone for good. Its etcd member stays on the list until somebody takes it out.
    pub fn remove(&self, server_id: u64) {
        if let Some(node) = self.by_server(server_id) {
            life::stop(&node, Wire::Silent);
            node.cluster.left(&node);
            self.inner.nodes.by_name.held().remove(&node.spec.name);
            self.inner.block.held().give_back(node.spec.address);
            node.gone.cancel();
            node.listens.send_replace(None);
            self.inner.changed.send_modify(|it| *it += 1);
        }
    }

    fn by_server(&self, server_id: u64) -> Option<Arc<Node>> {
        self.inner.nodes.all().into_iter().find(|it| it.spec.server_id == server_id)
    }

    /// The machines there are, by name.
    pub fn nodes(&self) -> Vec<Arc<Node>> {
        self.inner.nodes.all()
    }

    /// The machine of a Node object.
    pub(crate) fn node_of(&self, name: &str) -> Option<Arc<Node>> {
        self.inner.nodes.target(name)
    }

    /// A container's log up to now, each line after its RFC 3339 time and a space; empty where no machine runs it.
    pub fn pod_logs(&self, namespace: &str, pod: &str, container: &str, previous: bool) -> Vec<String> {
        let key = (namespace.to_owned(), pod.to_owned());
        let found = self.nodes().into_iter().find_map(|node| {
            let runs = node.kubelet_pods.held().get(&key).cloned()?;
            Some((node.seed, runs.since))
        });
        let Some((seed, since)) = found else { return Vec::new() };
        pods::pod_logs(seed, pod, container, previous, since, self.inner.clock.now())
    }

    /// One machine's facts at this moment.
    pub fn node(&self, name: &str) -> Option<NodeSnapshot> {
        self.inner.nodes.named(name).map(|it| NodeSnapshot::of(&it))
    }

    /// Where on this host a machine's Talos API listens: for a talosconfig's endpoints.
    pub async fn endpoint(&self, name: &str) -> Option<SocketAddr> {
        let node = self.inner.nodes.named(name)?;
        let mut listens = node.listens.subscribe();
        let found = listens.wait_for(Option::is_some).await.ok()?;
        *found
    }

    /// Wakes at each change of any machine.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// A cluster by its name; it is there from its first machine on.
    pub fn cluster(&self, name: &str) -> Option<Arc<Cluster>> {
        self.inner.clusters.held().values().find(|it| it.name == name).cloned()
    }

    /// The etcd of the only, or first, cluster.
    pub fn etcd(&self) -> Option<Etcd> {
        self.inner.clusters.held().values().next().map(|it| it.etcd.clone())
    }

    /// Whether the only, or first, cluster's etcd has a quorum. Its API server answers only while it has.
    pub fn etcd_has_quorum(&self) -> watch::Receiver<bool> {
        self.etcd().map_or_else(|| watch::Sender::new(false).subscribe(), |it| it.quorum())
    }
}

/// Discovery: whenever a cluster's list of machines changes, its machines hear of it a moment later.
async fn gossip(inner: Arc<Inner>) {
    let mut changed = inner.changed.subscribe();
    let mut known = BTreeMap::new();
    let tell = async {
        while changed.changed().await.is_ok() {
            let clusters: Vec<Arc<Cluster>> = inner.clusters.held().values().cloned().collect();
            for cluster in clusters {
                let list = cluster.discovered();
                if known.get(&cluster.id) != Some(&list) {
                    known.insert(cluster.id.clone(), list);
                    cluster.gossip();
                }
            }
            inner.clock.sleep(GOSSIP).await;
        }
    };
    inner.ended.run_until_cancelled(tell).await;
}
