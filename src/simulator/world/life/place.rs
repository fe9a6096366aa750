//! A machine that has been up for days when the world begins.

use super::{boot, take};
use crate::world::events::Told;
use crate::world::lock::Lock;
use crate::world::node::{Node, Wire};
use crate::world::services::ServiceState::{Preparing, Running, Starting};
use crate::world::services::{self, Service, is_checked};
use std::sync::Arc;
use std::time::Duration;
use wire::machine::machine_status_event::MachineStage;
use wire::machine::{SequenceEvent, ServiceStateEvent, sequence_event};

/// Put it there as it is: booted so long ago, everything running, a voter of etcd.
pub fn place(node: &Arc<Node>, age: Duration) {
    let now = node.now();
    let booted_at = now - i64::try_from(age.as_millis()).unwrap_or_default();
    let config = node.config();
    let member = config.is_control_plane().then(|| {
        let id = node.cluster.etcd.place(&node.hostname(), node.spec.address);
        node.cluster.etcd.aged(age);
        id
    });
    {
        let mut state = node.state.held();
        state.boots = 1;
        state.booted_at = booted_at;
        state.stage = MachineStage::Running;
        state.etcd_member = member;
        (state.network_ready, state.time_synced, state.static_pods_ready) = (true, true, true);
    }
    tell_sequence(node, booted_at + 8_000, "boot", sequence_event::Action::Start);
    for (index, id) in services::of(config.role).iter().enumerate() {
        let at = booted_at + 9_000 + i64::try_from(index).unwrap_or_default() * 2_300;
        let service = ran_since(node, id, at);
        let (since, _, message) = service.events.last().cloned().unwrap_or((at, Running, String::new()));
        let event = ServiceStateEvent {
            service: (*id).into(),
            action: Running.action().into(),
            message,
            health: Some(service.health()),
        };
        node.events.tell(since, "", &Told::Service(event));
        node.state.held().services.push(service);
    }
    tell_sequence(node, booted_at + 44_000, "boot", sequence_event::Action::Stop);
    node.events.tell(booted_at + 45_000, "", &Told::status(MachineStage::Running, &[]));
    node.state.held().told = Some((MachineStage::Running, Vec::new()));
    node.wire.send_replace(Wire::Answering);
    node.refresh();
    if config.is_control_plane() {
        take(node, |node| async move { super::etcd::stay(&node).await });
    }
}

fn tell_sequence(node: &Node, at: i64, name: &str, action: sequence_event::Action) {
    let event = SequenceEvent { sequence: name.into(), action: action.into(), error: None };
    node.events.tell(at, "", &Told::Sequence(event));
}

fn ran_since(node: &Node, id: &'static str, at: i64) -> Service {
    let mut service = Service::new(id);
    service.enter(at, Preparing, "Running pre state");
    service.enter(at + 600, Starting, "Creating service runner");
    let started = format!("Started task {id} (PID {}) for container {id}", boot::pid(node, id));
    service.enter(at + 1_400, Running, &started);
    if is_checked(id) {
        service.check(at + 2_400, true, "");
    }
    service
}
