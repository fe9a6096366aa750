//! machined's services: which a machine has, and the course each takes.

use super::machine_config::Role;
use wire::machine::service_state_event::Action;
use wire::machine::{ServiceEvent, ServiceEvents, ServiceHealth, ServiceInfo};

/// As many of a service's own events as Talos keeps.
const EVENTS: usize = 64;

/// A service's state, by Talos's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    Preparing,
    Waiting,
    Starting,
    Running,
    Stopping,
    Finished,
    Failed,
}

impl ServiceState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "Preparing",
            Self::Waiting => "Waiting",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Stopping => "Stopping",
            Self::Finished => "Finished",
            Self::Failed => "Failed",
        }
    }

    pub fn action(self) -> Action {
        match self {
            Self::Preparing => Action::Preparing,
            Self::Waiting => Action::Waiting,
            Self::Starting => Action::Starting,
            Self::Running => Action::Running,
            Self::Stopping => Action::Stopping,
            Self::Finished => Action::Finished,
            Self::Failed => Action::Failed,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Service {
    pub id: &'static str,
    pub state: ServiceState,
    /// When, in what state, with which words; oldest first.
    pub events: Vec<(i64, ServiceState, String)>,
    /// None while nobody has looked.
    pub healthy: Option<bool>,
    pub health_message: String,
    pub health_since: i64,
}

impl Service {
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            state: ServiceState::Waiting,
            events: Vec::new(),
            healthy: None,
            health_message: String::new(),
            health_since: 0,
        }
    }

    /// Enter a state. Health is unknown again until it is looked at.
    pub fn enter(&mut self, at: i64, state: ServiceState, message: &str) {
        self.state = state;
        self.events.push((at, state, message.to_owned()));
        if self.events.len() > EVENTS {
            self.events.remove(0);
        }
        if state != ServiceState::Running {
            (self.healthy, self.health_message, self.health_since) = (None, String::new(), at);
        }
    }

    /// The health check's answer; whether it differs from the last.
    pub fn check(&mut self, at: i64, healthy: bool, message: &str) -> bool {
        if self.healthy == Some(healthy) {
            return false;
        }
        (self.healthy, self.health_message, self.health_since) = (Some(healthy), message.to_owned(), at);
        true
    }

    pub fn is_up(&self) -> bool {
        self.state == ServiceState::Running && self.healthy != Some(false)
    }

    pub fn health(&self) -> ServiceHealth {
        ServiceHealth {
            unknown: self.healthy.is_none(),
            healthy: self.healthy == Some(true),
            last_message: self.health_message.clone(),
            last_change: Some(timestamp(self.health_since)),
        }
    }

    pub fn info(&self) -> ServiceInfo {
        let events = self.events.iter().map(|(at, state, msg)| ServiceEvent {
            msg: msg.clone(),
            state: state.word().into(),
            ts: Some(timestamp(*at)),
        });
        ServiceInfo {
            id: self.id.into(),
            state: self.state.word().into(),
            events: Some(ServiceEvents { events: events.collect() }),
            health: Some(self.health()),
        }
    }
}

/// Those that have a health check in Talos; of the others it is never known.
pub fn is_checked(id: &str) -> bool {
    matches!(
        id,
        "apid" | "containerd" | "cri" | "etcd" | "kubelet" | "machined" | "trustd" | "udevd" | "syslogd"
    )
}

/// What runs on a machine of this role, in the order in which it starts.
pub fn of(role: Role) -> &'static [&'static str] {
    match role {
        Role::ControlPlane => &[
            "machined",
            "udevd",
            "syslogd",
            "containerd",
            "auditd",
            "dashboard",
            "apid",
            "cri",
            "trustd",
            "kubelet",
            "etcd",
        ],
        Role::Worker => {
            &["machined", "udevd", "syslogd", "containerd", "auditd", "dashboard", "apid", "cri", "kubelet"]
        }
    }
}

pub fn timestamp(at: i64) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.div_euclid(1_000),
        nanos: i32::try_from(at.rem_euclid(1_000)).unwrap_or(0) * 1_000_000,
    }
}
