//! Down in good order, and up again: reboot, upgrade.

use super::sequence::{REBOOT, UPGRADE};
use super::{boot, take};
use crate::world::lock::Lock;
use crate::world::machine_config::MachineConfig;
use crate::world::node::{Node, Wire, Written};
use crate::world::seeded;
use crate::world::services::ServiceState::{Finished, Starting, Stopping};
use std::sync::Arc;
use std::time::Duration;
use wire::machine::machine_status_event::MachineStage;

/// What a reboot that was asked for is called in the events that follow from it.
fn actor(node: &Node) -> String {
    let boots = node.state.held().boots;
    seeded::uuid(node.seed, "actor", boots ^ u64::try_from(node.now()).unwrap_or_default())
}

/// Stop everything and boot again; in about a minute it is up. The actor's id.
pub fn reboot(node: &Arc<Node>) -> String {
    let actor = actor(node);
    let id = actor.clone();
    take(node, |node| async move {
        node.sequence(&actor, "reboot", true);
        node.set_stage(MachineStage::Rebooting);
        down(&node, &actor, REBOOT).await;
        boot::boot(node, actor).await;
    });
    id
}

/// The old way to upgrade: write the image and reboot into it. The actor's id.
pub fn upgrade(node: &Arc<Node>, written: Written, stage: bool) -> String {
    let actor = actor(node);
    let id = actor.clone();
    take(node, |node| async move {
        let sequence = if stage { "stageUpgrade" } else { "upgrade" };
        node.sequence(&actor, sequence, true);
        node.set_stage(MachineStage::Upgrading);
        node.state.held().installed = Some(written);
        down(&node, &actor, if stage { REBOOT } else { UPGRADE }).await;
        boot::boot(node, actor).await;
    });
    id
}

/// Down and wiped: the machine has no config any more and stays away. The actor's id.
pub fn reset(node: &Arc<Node>) -> String {
    let actor = actor(node);
    let id = actor.clone();
    take(node, |node| async move {
        node.sequence(&actor, "reset", true);
        node.set_stage(MachineStage::Resetting);
        down(&node, &actor, REBOOT).await;
        super::stop(&node, Wire::Refusing);
    });
    id
}

/// A config was put in force without a reboot: the kubelet restarts where what it is told differs from before.
pub fn reconfigured(node: &Arc<Node>, before: &MachineConfig) {
    if !node.runs("kubelet") || node.config().kubelet == before.kubelet {
        return;
    }
    let node = node.clone();
    let token = node.state.held().course.clone();
    tokio::spawn(async move {
        token
            .run_until_cancelled(async {
                node.enter("kubelet", Stopping, "Sending SIGTERM to task kubelet");
                node.clock.sleep(Duration::from_secs(2)).await;
                node.enter("kubelet", Starting, "Creating service runner");
                node.clock.sleep(Duration::from_secs(2)).await;
                boot::up(&node, "kubelet");
            })
            .await;
    });
}

async fn down(node: &Arc<Node>, actor: &str, phases: &[super::sequence::Phase]) {
    for phase in phases {
        let last = phase.0 == "stopEverything";
        if phase.0.starts_with("stop") {
            let stopping =
                if last { &["apid", "cri", "containerd"][..] } else { &["kubelet", "etcd", "trustd"] };
            for id in stopping.iter().copied().filter(|id| node.runs(id)) {
                node.enter(id, Stopping, &format!("Sending SIGTERM to task {id}"));
                node.clock.sleep(Duration::from_millis(300)).await;
                let member = node.state.held().etcd_member;
                if let (true, Some(member)) = (id == "etcd", member) {
                    node.cluster.etcd.stop(member);
                }
                node.enter(id, Finished, "Service finished successfully");
                if id == "apid" {
                    node.wire.send_replace(Wire::Refusing);
                }
            }
        }
        node.phases(actor, std::slice::from_ref(phase)).await;
    }
}
