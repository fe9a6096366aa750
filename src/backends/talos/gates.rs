//! What must hold after a node has taken a config, asked again and again until all of it holds at once.

use super::before::{self, Before, failed, passed, skipped};
use super::places::{Place, Places};
use super::roads::Client;
use super::{release, running, signs};
use crate::kubernetes::{Cluster, Trouble as KubeTrouble};
use domain::{Digest, GateReport, GateState, Node, NodeName, Release, RollGate, Running, Stage};
use serde_json::Value;
use wire::machine as pb;

/// Entries of etcd's log that a member may be behind: they are written while they are counted.
const BEHIND: u64 = 200;

/// The gates of one node, and what they are held against.
pub(super) struct Gates<'a> {
    pub places: &'a Places,
    pub kubernetes: &'a Cluster,
    pub name: &'a NodeName,
    pub place: &'a Place,
    pub before: &'a Before,
    /// The config that it shall run.
    pub wanted: &'a Digest,
    /// The Talos that it shall run, where another was written.
    pub release: Option<&'a Release>,
    /// It has booted since: its etcd may have to catch up.
    pub rebooted: bool,
}

/// One round: every gate in its order, each with what it saw. The first that does not hold waits, and those after it
/// are not asked.
pub(super) struct Round {
    pub gates: Vec<GateReport>,
    /// What the node runs, where it says.
    pub runs: Option<Running>,
    /// It booted anew, and came back with the Talos that it had.
    pub fell_back: bool,
}

impl Round {
    /// Whether every gate holds.
    pub(super) fn holds(&self) -> bool {
        self.waits().is_none()
    }

    /// The gate that does not.
    pub(super) fn waits(&self) -> Option<&GateReport> {
        self.gates.iter().find(|it| it.state == GateState::Waiting)
    }
}

fn waiting(gate: RollGate, saw: impl Into<String>) -> GateReport {
    GateReport { gate, state: GateState::Waiting, saw: saw.into() }
}

impl Gates<'_> {
    pub(super) async fn round(&self) -> Round {
        let mut gates = Vec::new();
        let runs = self.gather(&mut gates).await;
        let other = |it: &&GateReport| it.gate == RollGate::Release && it.state == GateState::Waiting;
        let fell_back = self.before.boot.is_some() && gates.iter().any(|it| other(&it));
        Round { gates, runs, fell_back }
    }

    /// Ask in order until one does not hold.
    async fn gather(&self, gates: &mut Vec<GateReport>) -> Option<Running> {
        let (roads, at) = (&self.places.roads, self.place.at.as_str());
        let answers = match self.before.itself {
            true => signs::answers_itself(roads, at).await,
            false => {
                roads.ask(at, |it: Client| async move { it.machine().version(()).await }).await.map(|_| ())
            }
        };
        match answers {
            Ok(()) if self.before.itself => gates.push(passed(RollGate::Answers, "directly")),
            Ok(()) => gates.push(passed(
                RollGate::Answers,
                "through another node: from here it never answered directly",
            )),
            Err(trouble) => {
                gates.push(waiting(RollGate::Answers, trouble.to_string()));
                return None;
            }
        }
        let runs = running::running(roads, at).await.ok().map(|it| it.digests());
        let node = match signs::signs(roads, self.name, at).await {
            Ok(node) => node,
            Err(trouble) => {
                gates.push(waiting(RollGate::Running, trouble.to_string()));
                return runs;
            }
        };
        for gate in [Some(self.stage(&node)), self.release().await, Some(self.services(&node))] {
            let Some(gate) = gate else { continue };
            let stop = gate.state == GateState::Waiting;
            gates.push(gate);
            if stop {
                return runs;
            }
        }
        for gate in [self.etcd(&node).await, self.kubernetes().await, self.live(runs.as_ref())] {
            let stop = gate.state == GateState::Waiting;
            gates.push(gate);
            if stop {
                break;
            }
        }
        runs
    }

    fn stage(&self, node: &Node) -> GateReport {
        let unmet: Vec<String> = node.unmet.iter().map(|(what, why)| format!("{what}: {why}")).collect();
        match (node.stage, node.ready) {
            (Stage::Running, true) => passed(RollGate::Running, "running, ready"),
            (Stage::Running, false) if unmet.is_empty() => waiting(RollGate::Running, "running, not ready"),
            (Stage::Running, false) => waiting(RollGate::Running, unmet.join(", ")),
            (stage, _) => waiting(RollGate::Running, stage.word()),
        }
    }

    /// The Talos that was written is the one that runs.
    async fn release(&self) -> Option<GateReport> {
        let wished = self.release?;
        let gate = RollGate::Release;
        Some(match release::release(&self.places.roads, &self.place.at).await.map(|it| it.release) {
            Ok(is) if is.is(wished) => passed(gate, is.words()),
            Ok(is) => waiting(gate, format!("it came back with {}: Talos went back to it", is.words())),
            Err(trouble) => waiting(RollGate::Answers, trouble.to_string()),
        })
    }

    /// Every service that was well before is well again.
    fn services(&self, node: &Node) -> GateReport {
        let well = |name: &String| node.services.iter().any(|it| it.name == *name && signs::is_well(it));
        let ill: Vec<&str> = self.before.well.iter().filter(|it| !well(it)).map(String::as_str).collect();
        match ill.is_empty() {
            true => {
                passed(RollGate::Services, format!("{} of {}", self.before.well.len(), node.services.len()))
            }
            false => waiting(RollGate::Services, format!("{} not", ill.join(", "))),
        }
    }

    /// Its member answers for itself, has a leader, and is on its own list as a voter.
    async fn etcd(&self, node: &Node) -> GateReport {
        if !self.place.control_plane {
            return skipped(RollGate::Etcd, "it is no member");
        }
        let (roads, at) = (&self.places.roads, self.place.at.as_str());
        let (status, members) = tokio::join!(
            roads.ask(at, |it: Client| async move { it.machine().etcd_status(()).await }),
            roads.ask(at, |it: Client| async move {
                it.machine().etcd_member_list(pb::EtcdMemberListRequest::default()).await
            })
        );
        let (status, members) = match (status, members) {
            (Ok(status), Ok(members)) => (status, super::decode::etcd::members(members)),
            (Err(trouble), _) | (_, Err(trouble)) => return waiting(RollGate::Etcd, trouble.to_string()),
        };
        let Some(status) = super::decode::etcd::status(status) else {
            return waiting(RollGate::Etcd, "it says nothing of itself");
        };
        if let Some(error) = status.errors.first() {
            return waiting(RollGate::Etcd, error.clone());
        }
        if status.leader.is_none() {
            return waiting(RollGate::Etcd, "it has no leader");
        }
        if self.before.member.or(node.etcd).is_some_and(|it| it != status.id) {
            return waiting(RollGate::Etcd, format!("it is member {} now", status.id));
        }
        if self.rebooted {
            // Nobody goes down next before this one has what the others have.
            let (etcd, _) = before::ask_etcd(self.places).await;
            let behind = etcd.members.iter().find(|it| it.id == status.id).and_then(|it| it.lag);
            if let Some(behind) = behind.filter(|it| *it > BEHIND) {
                return waiting(RollGate::Etcd, format!("it is {behind} entries behind"));
            }
        }
        match members.iter().find(|it| it.id == status.id) {
            Some(it) if !it.learner => passed(RollGate::Etcd, format!("one of {}", members.len())),
            Some(_) => waiting(RollGate::Etcd, "it is still learning"),
            None => waiting(RollGate::Etcd, "it is not on its own list"),
        }
    }

    async fn kubernetes(&self) -> GateReport {
        if let Some(why) = &self.before.no_kubernetes {
            return skipped(RollGate::Kubernetes, why.clone());
        }
        match kube_ready(self.kubernetes, self.name).await {
            Ok(true) => passed(RollGate::Kubernetes, "ready"),
            Ok(false) => waiting(RollGate::Kubernetes, "not ready"),
            Err(why) => waiting(RollGate::Kubernetes, why),
        }
    }

    fn live(&self, runs: Option<&Running>) -> GateReport {
        match runs {
            Some(runs) if runs.active == *self.wanted => {
                passed(RollGate::Live, format!("runs {}", runs.active.short()))
            }
            Some(runs) => waiting(RollGate::Live, format!("it runs {}", runs.active.short())),
            None => waiting(RollGate::Live, "it does not say what it runs"),
        }
    }
}

/// Whether Kubernetes holds the node ready. The error says why it cannot be asked.
pub(super) async fn kube_ready(kubernetes: &Cluster, name: &NodeName) -> Result<bool, String> {
    let path = format!("/api/v1/nodes/{name}");
    let read = kubernetes.read::<Value>(&path);
    let patience = tokio::time::timeout(std::time::Duration::from_secs(5), read);
    let node = match patience.await {
        Ok(Ok(node)) => node,
        Ok(Err(KubeTrouble::Missing(_))) => return Err("Kubernetes does not know it".into()),
        Ok(Err(trouble)) => return Err(format!("Kubernetes cannot be asked: {trouble}")),
        Err(_) => return Err("Kubernetes does not answer".into()),
    };
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|it| it["type"] == "Ready");
    Ok(ready.is_some_and(|it| it["status"] == "True"))
}

/// A gate whose time is over.
pub(super) fn given_up(waits: &GateReport, seconds: u64) -> GateReport {
    failed(waits.gate, format!("{} for {seconds} s", waits.saw))
}
