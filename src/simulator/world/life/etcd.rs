//! etcd on one machine: it joins, starts again, stays, leaves, stops.

use super::boot::up;
use super::take;
use crate::world::etcd::EtcdError;
use crate::world::lock::Lock;
use crate::world::node::{Node, rfc3339};
use crate::world::services::ServiceState::{self, Failed, Finished, Preparing, Starting, Stopping};
use std::sync::Arc;
use std::time::Duration;

/// Between attempts to join or to be promoted.
const RETRY: Duration = Duration::from_secs(5);
/// A learner copies the database.
const CATCH_UP: Duration = Duration::from_secs(7);

/// Become a voter: from what is on disk, by joining, or, in a new cluster, after a bootstrap.
pub async fn join(node: &Arc<Node>) {
    if node.state.held().etcd_gone {
        return;
    }
    let etcd = &node.cluster.etcd;
    node.enter("etcd", Preparing, "Running pre state");
    if etcd.members().is_empty() && node.state.held().etcd_member.is_none() {
        node.say(
            "etcd is waiting to join the cluster, if this node is the first node in the cluster, \
             please run `talosctl bootstrap` against one of the following IPs:",
        );
        let mut changed = etcd.changed();
        while etcd.members().is_empty() {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
    node.clock.sleep(Duration::from_secs(4)).await;
    let known = node.state.held().etcd_member;
    let id = match known {
        Some(id) => id,
        None => loop {
            match etcd.add_learner(&node.spec.name, node.spec.address) {
                Ok(id) => break id,
                Err(why) => node.say(&format!("failed to join etcd cluster: {why}, will retry")),
            }
            node.clock.sleep(RETRY).await;
        },
    };
    node.change(|state| state.etcd_member = Some(id));
    node.enter("etcd", Starting, "Creating service runner");
    node.clock.sleep(Duration::from_secs(2)).await;
    if let Err(why) = etcd.start(id, &node.hostname()) {
        removed(node, why);
        return;
    }
    up(node, "etcd");
    node.log(
        "etcd",
        etcd_line(node.now(), "info", "membership/cluster.go:392", "set initial cluster version"),
    );
    if etcd.member(id).is_some_and(|it| it.learner) {
        node.clock.sleep(CATCH_UP).await;
        while let Err(why) = etcd.promote(id) {
            if why == EtcdError::NoSuchMember {
                removed(node, why);
                return;
            }
            node.log("etcd", etcd_line(node.now(), "warn", "etcdserver/server.go:1444", &why.to_string()));
            node.clock.sleep(RETRY).await;
        }
        node.say("successfully promoted etcd member");
    }
}

/// For as long as the machine is up: its etcd is as healthy as the cluster, and ends when it is taken out.
pub async fn stay(node: &Arc<Node>) {
    let mut changed = node.cluster.etcd.changed();
    loop {
        changed.borrow_and_update();
        look(node);
        if changed.changed().await.is_err() {
            return;
        }
    }
}

fn look(node: &Arc<Node>) {
    let Some(id) = node.state.held().etcd_member else { return };
    if !node.runs("etcd") {
        return;
    }
    if node.cluster.etcd.member(id).is_none() {
        removed(node, EtcdError::NoSuchMember);
        return;
    }
    let quorum = *node.cluster.etcd.quorum().borrow();
    node.check("etcd", quorum, if quorum { "" } else { "context deadline exceeded" });
    if node.state.held().static_pods_ready != quorum {
        node.change(|state| state.static_pods_ready = quorum);
    }
}

/// Somebody took this member out.
fn removed(node: &Arc<Node>, why: EtcdError) {
    node.log(
        "etcd",
        etcd_line(node.now(), "warn", "etcdserver/server.go:1137", "server has been removed; shutting down"),
    );
    node.change(|state| {
        state.etcd_member = None;
        state.etcd_gone = true;
    });
    node.enter("etcd", Failed, &format!("Failed to run etcd: {why}"));
}

/// The first member of a new cluster. Fails with words where there is one already.
pub fn bootstrap(node: &Arc<Node>) -> Result<(), &'static str> {
    let etcd = &node.cluster.etcd;
    if !etcd.members().is_empty() || node.state.held().etcd_member.is_some() {
        return Err("etcd data directory is not empty");
    }
    let id = etcd.place(&node.hostname(), node.spec.address);
    node.change(|state| state.etcd_member = Some(id));
    node.say("bootstrap request received");
    Ok(())
}

/// This machine's member leaves, and its etcd is not started again.
pub fn leave_etcd(node: &Arc<Node>) -> Result<(), EtcdError> {
    let Some(id) = node.state.held().etcd_member else { return Ok(()) };
    node.cluster.etcd.forfeit(id)?;
    node.enter("etcd", Stopping, "Sending SIGTERM to task etcd");
    // Before the member is gone, so that whoever looks does not think that somebody else took it out.
    node.change(|state| {
        state.etcd_member = None;
        state.etcd_gone = true;
    });
    if let Err(why) = node.cluster.etcd.remove(id) {
        node.change(|state| {
            state.etcd_member = Some(id);
            state.etcd_gone = false;
        });
        up(node, "etcd");
        return Err(why);
    }
    node.enter("etcd", Finished, "Service finished successfully");
    Ok(())
}

/// The process ends; the member stays on the list.
pub fn stop_etcd(node: &Arc<Node>, state: ServiceState, message: &str) {
    let Some(id) = node.state.held().etcd_member else { return };
    node.log(
        "etcd",
        etcd_line(node.now(), "fatal", "etcdmain/etcd.go:204", "discovery failed: walpb: crc mismatch"),
    );
    node.enter("etcd", state, message);
    node.cluster.etcd.stop(id);
}

/// The process comes back and finds its data.
pub fn resume_etcd(node: &Arc<Node>) {
    take(node, |node| async move {
        join(&node).await;
        stay(&node).await;
    });
}

/// A line as etcd's logger writes it.
pub fn etcd_line(at: i64, level: &str, caller: &str, message: &str) -> String {
    format!(
        "{{\"level\":\"{level}\",\"ts\":\"{}\",\"caller\":\"{caller}\",\"msg\":\"{message}\"}}",
        rfc3339(at)
    )
}
