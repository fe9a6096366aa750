//! One machine: what it is, what it runs, and how it tells of itself.

use super::cluster::Cluster;
use super::events::{Events, Told};
use super::hardware::Hardware;
use super::journal::{Journal, KERNEL};
use super::lock::Lock;
use super::machine_config::{MachineConfig, Role};
use super::pods::PodsOnNode;
use super::resources::Store;
use super::seeded;
use super::services::{self, Service, ServiceState};
use crate::Clock;
use crate::mutations::Mutations;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::machine::machine_status_event::MachineStage;

/// A machine as somebody orders it.
#[derive(Debug, Clone)]
pub struct MachineSpec {
    /// The number by which whoever lets it, or its shelf, knows it; no two have the same.
    pub server_id: u64,
    /// Server name, node name and hostname, where the machine config does not say another.
    pub name: String,
    pub address: IpAddr,
    /// The Talos machine config that it boots with.
    pub user_data: String,
    /// What is written on its disk: `v1.12.2`.
    pub talos_version: String,
    pub hardware: Hardware,
}

/// How the machine's API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Nobody listens: the machine is up, apid is not.
    Refusing,
    Answering,
    /// The machine is dark: nothing comes back at all.
    Silent,
}

/// What an installer's image is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `v1.13.9`.
    pub version: String,
    pub schematic: Option<String>,
}

/// What an installer on this machine is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Installer {
    #[default]
    Idle,
    Writing,
    /// The next one will end badly.
    WillFail,
    /// One has ended badly.
    Failed,
}

/// What is true of the machine now.
#[derive(Debug)]
pub struct State {
    pub powered: bool,
    /// Counts boots; 0 before the first.
    pub boots: u64,
    /// Milliseconds since the epoch.
    pub booted_at: i64,
    pub stage: MachineStage,
    pub talos_version: String,
    pub services: Vec<Service>,
    /// In force, and on disk. They differ while a config is staged or tried.
    pub active: Arc<MachineConfig>,
    pub persistent: Arc<MachineConfig>,
    /// Set while a config is being tried; cancelling it keeps the config.
    pub trying: Option<CancellationToken>,
    /// What was built into the Talos that runs, where an installer said so.
    pub schematic: Option<String>,
    /// What an installer wrote: what the next boot runs.
    pub installed: Option<Written>,
    pub installer: Installer,
    pub network_ready: bool,
    pub time_synced: bool,
    pub static_pods_ready: bool,
    /// What the Kubernetes API says of the Node; None while no kubelet of this world is attached.
    pub node_ready: Option<bool>,
    pub etcd_member: Option<u64>,
    /// The member left or was taken out: etcd does not start again on this machine.
    pub etcd_gone: bool,
    /// Every answer of the API takes this much longer.
    pub delay: Duration,
    pub told: Option<(MachineStage, Vec<(&'static str, String)>)>,
    /// Ends whatever course the machine is on.
    pub course: CancellationToken,
}

#[derive(Debug)]
pub struct Node {
    pub spec: MachineSpec,
    pub seed: u64,
    pub clock: Clock,
    pub cluster: Arc<Cluster>,
    pub state: Mutex<State>,
    pub events: Events,
    pub journal: Journal,
    pub resources: Store,
    pub wire: watch::Sender<Wire>,
    /// Where on this host its API is listened at; known once it listens.
    pub listens: watch::Sender<Option<SocketAddr>>,
    /// What the kubelet runs here besides static pods.
    pub kubelet_pods: Mutex<PodsOnNode>,
    /// Made when somebody first connects.
    pub tls: tokio::sync::OnceCell<Arc<rustls::ServerConfig>>,
    /// The machine is taken away for good.
    pub(super) gone: CancellationToken,
    /// The world's end.
    pub(super) ended: CancellationToken,
    /// What somebody from outside asks of its Talos API is written here.
    pub(crate) mutations: Mutations,
    /// Shared by the world's machines: wakes at each change of any.
    pub(super) changed: Arc<watch::Sender<u64>>,
}

impl Node {
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    pub fn config(&self) -> Arc<MachineConfig> {
        self.state.held().active.clone()
    }

    pub fn role(&self) -> Role {
        self.config().role
    }

    pub fn is_control_plane(&self) -> bool {
        self.role() == Role::ControlPlane
    }

    pub fn hostname(&self) -> String {
        self.config().hostname.clone().unwrap_or_else(|| self.spec.name.clone())
    }

    /// `v1.12.2`.
    pub fn talos_version(&self) -> String {
        self.state.held().talos_version.clone()
    }

    /// 12 of `v1.12.2`.
    pub fn talos_minor(&self) -> u32 {
        let version = self.talos_version();
        version.split('.').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
    }

    /// Seconds since boot.
    pub fn uptime(&self) -> f64 {
        let booted_at = self.state.held().booted_at;
        (self.now() - booted_at).max(0) as f64 / 1_000.0
    }

    pub fn boot_id(&self) -> String {
        let boots = self.state.held().boots;
        seeded::uuid(self.seed, "boot", boots)
    }

    pub fn service(&self, id: &str) -> Option<Service> {
        self.state.held().services.iter().find(|it| it.id == id).cloned()
    }

    pub fn runs(&self, id: &str) -> bool {
        self.service(id).is_some_and(|it| it.state == ServiceState::Running)
    }

    pub fn log(&self, source: &str, text: impl Into<Arc<str>>) {
        self.journal.write(source, self.now(), text);
    }

    /// A line that machined writes to the kernel's log.
    pub fn say(&self, text: &str) {
        self.log(KERNEL, format!("user: warning: [{}]: [talos] {text}", rfc3339(self.now())));
        self.log("machined", format!("[talos] {} {text}", clock_text(self.now())));
    }

    pub fn tell(&self, actor: &str, told: &Told) {
        self.events.tell(self.now(), actor, told);
    }

    /// A service enters a state; everybody who should hear of it does.
    pub fn enter(&self, id: &'static str, entered: ServiceState, message: &str) {
        let at = self.now();
        let health = {
            let mut state = self.state.held();
            if !state.services.iter().any(|it| it.id == id) {
                state.services.push(Service::new(id));
            }
            let Some(service) = state.services.iter_mut().find(|it| it.id == id) else { return };
            service.enter(at, entered, message);
            service.health()
        };
        self.say(&format!("service[{id}]({}): {message}", entered.word()));
        let event = wire::machine::ServiceStateEvent {
            service: id.into(),
            action: entered.action().into(),
            message: message.into(),
            health: Some(health),
        };
        self.tell("", &Told::Service(event));
        self.refresh();
    }

    /// A service's health check answers.
    pub fn check(&self, id: &'static str, healthy: bool, message: &str) {
        let at = self.now();
        let event = {
            let mut state = self.state.held();
            let Some(service) = state.services.iter_mut().find(|it| it.id == id) else { return };
            if !service.check(at, healthy, message) {
                return;
            }
            wire::machine::ServiceStateEvent {
                service: id.into(),
                action: service.state.action().into(),
                message: if healthy {
                    "Health check successful".into()
                } else {
                    format!("Health check failed: {message}")
                },
                health: Some(service.health()),
            }
        };
        let word = self.service(id).map_or("Running", |it| it.state.word());
        self.say(&format!("service[{id}]({word}): {}", event.message));
        self.tell("", &Told::Service(event));
        self.refresh();
    }

    pub fn set_stage(&self, stage: MachineStage) {
        self.state.held().stage = stage;
        self.refresh();
    }

    /// Change facts, then tell what follows from them.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.held());
        self.refresh();
    }

    /// After any change: the machine's status if it differs, the resources that are read, whoever listens.
    pub fn refresh(&self) {
        let status = {
            let mut state = self.state.held();
            let status = (state.stage, unmet(&state, &self.spec.name));
            if state.told.as_ref() == Some(&status) {
                None
            } else {
                state.told = Some(status.clone());
                Some(status)
            }
        };
        if let Some((stage, unmet)) = status {
            let unmet: Vec<(&str, &str)> = unmet.iter().map(|(name, why)| (*name, why.as_str())).collect();
            self.tell("", &Told::status(stage, &unmet));
        }
        self.resources.refresh(self);
        self.changed.send_modify(|it| *it += 1);
    }

    /// What keeps the machine from being ready, as (condition, reason).
    pub fn unmet(&self) -> Vec<(&'static str, String)> {
        unmet(&self.state.held(), &self.spec.name)
    }
}

fn unmet(state: &State, name: &str) -> Vec<(&'static str, String)> {
    if !matches!(state.stage, MachineStage::Booting | MachineStage::Running) {
        return Vec::new();
    }
    let mut unmet = Vec::new();
    if !state.time_synced {
        unmet.push(("time", "time is not synced".to_owned()));
    }
    if !state.network_ready {
        unmet.push(("network", "waiting on: address, connectivity, hostname, etcfiles".to_owned()));
    }
    let down: Vec<&str> = services::of(state.active.role)
        .iter()
        .filter(|id| {
            let service = state.services.iter().find(|it| it.id == **id);
            !service.is_some_and(|it| it.is_up() && (!services::is_checked(id) || it.healthy == Some(true)))
        })
        .copied()
        .collect();
    if !down.is_empty() {
        let reasons: Vec<String> = down.iter().map(|id| format!("{id} not healthy")).collect();
        unmet.push(("services", reasons.join(", ")));
    }
    if state.active.is_control_plane() && !state.static_pods_ready {
        unmet.push(("staticPods", "kube-system/kube-apiserver not ready".to_owned()));
    }
    if state.node_ready == Some(false) {
        unmet.push(("nodeReady", format!("node \"{name}\" status is not available yet")));
    }
    unmet
}

/// `2026-11-21T08:34:27.123Z`.
pub fn rfc3339(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map(|it| format!("{it:.3}")).unwrap_or_default()
}

/// `2026/11/21 08:34:27`, as Go's logger writes it.
pub fn clock_text(at: i64) -> String {
    let zoned = jiff::Timestamp::from_millisecond(at).map(|it| it.to_zoned(jiff::tz::TimeZone::UTC));
    zoned.map(|it| it.strftime("%Y/%m/%d %H:%M:%S").to_string()).unwrap_or_default()
}
