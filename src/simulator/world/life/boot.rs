//! From power to ready, in about 45 s of the world's time.

use super::etcd;
use super::sequence::{BOOT, INITIALIZE};
use crate::world::events::Told;
use crate::world::journal::KERNEL;
use crate::world::lock::Lock;
use crate::world::node::{Installer, Node, Wire};
use crate::world::services::ServiceState::{Preparing, Running, Starting};
use crate::world::services::{self, is_checked};
use std::sync::Arc;
use std::time::Duration;
use wire::machine::machine_status_event::MachineStage;

/// Firmware, boot loader and kernel, until machined begins.
const KERNEL_TIME: Duration = Duration::from_secs(8);
/// Images of the kubelet and etcd are pulled.
const PULL: Duration = Duration::from_secs(5);

/// Boot and, on the control plane, stay with etcd for as long as the machine is up.
pub async fn boot(node: Arc<Node>, actor: String) {
    let at = node.now();
    node.events.clear();
    node.journal.forget(KERNEL);
    node.resources.forget();
    node.wire.send_replace(Wire::Silent);
    {
        let mut state = node.state.held();
        state.powered = true;
        state.boots += 1;
        state.booted_at = at;
        state.services.clear();
        state.stage = MachineStage::Booting;
        (state.network_ready, state.time_synced, state.static_pods_ready) = (false, false, false);
        state.node_ready = state.node_ready.map(|_| false);
        state.active = state.persistent.clone();
        if let Some(trying) = state.trying.take() {
            trying.cancel();
        }
        if let Some(written) = state.installed.take() {
            state.talos_version = written.version;
            state.schematic = written.schematic.or(state.schematic.take());
        }
        state.installer = Installer::Idle;
    }
    node.refresh();
    node.clock.sleep(KERNEL_TIME).await;
    node.wire.send_replace(Wire::Refusing);

    node.sequence(&actor, "initialize", true);
    let (early, rest) = INITIALIZE.split_at(3);
    node.phases(&actor, early).await;
    for id in ["machined", "udevd", "syslogd", "containerd"] {
        up(&node, id);
    }
    node.phases(&actor, rest).await;
    up(&node, "auditd");
    up(&node, "dashboard");
    node.sequence(&actor, "initialize", false);

    node.sequence(&actor, "boot", true);
    node.change(|state| state.network_ready = true);
    let addresses = vec![node.spec.address.to_string()];
    node.tell("", &Told::Address(wire::machine::AddressEvent { hostname: node.hostname(), addresses }));
    node.phases(&actor, BOOT).await;
    node.change(|state| state.time_synced = true);
    node.phase(&actor, "startEverything", true);
    node.task(&actor, "startAllServices", true);
    services_up(&node).await;
    node.task(&actor, "startAllServices", false);
    node.phase(&actor, "startEverything", false);
    node.sequence(&actor, "boot", false);
    node.set_stage(MachineStage::Running);
    if node.is_control_plane() {
        etcd::stay(&node).await;
    }
}

async fn services_up(node: &Arc<Node>) {
    node.enter("apid", Preparing, "Running pre state");
    node.enter("apid", Starting, "Creating service runner");
    node.clock.sleep(Duration::from_secs(2)).await;
    up(node, "apid");
    node.wire.send_replace(Wire::Answering);
    up(node, "cri");
    if node.is_control_plane() {
        up(node, "trustd");
    }
    node.enter("kubelet", Preparing, "Running pre state");
    node.clock.sleep(PULL).await;
    node.enter("kubelet", Starting, "Creating service runner");
    node.clock.sleep(Duration::from_secs(2)).await;
    up(node, "kubelet");
    if node.is_control_plane() {
        etcd::join(node).await;
        node.clock.sleep(Duration::from_secs(6)).await;
        node.change(|state| state.static_pods_ready = true);
    }
}

/// A service that comes up without a story of its own.
pub fn up(node: &Node, id: &'static str) {
    let pid = pid(node, id);
    let message = match id {
        "machined" => "Service started as goroutine".to_owned(),
        "kubelet" | "etcd" | "apid" | "trustd" => format!("Started task {id} (PID {pid}) for container {id}"),
        _ => format!("Process Process([\"/usr/bin/{id}\"]) started with PID {pid}"),
    };
    node.enter(id, Running, &message);
    if is_checked(id) {
        node.check(id, true, "");
    }
}

/// The same each time it is asked for, until the next boot.
pub fn pid(node: &Node, id: &str) -> u64 {
    let boots = node.state.held().boots;
    let place = services::of(node.role()).iter().position(|it| *it == id).unwrap_or_default() as u64;
    900 + place * 140 + crate::world::seeded::mix(node.seed, id, boots) % 130
}
