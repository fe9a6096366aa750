//! The courses a machine takes: it boots, reboots, is upgraded, goes dark; its etcd joins, leaves and stops.

mod boot;
mod etcd;
mod place;
mod sequence;
mod shutdown;

pub use etcd::{bootstrap, etcd_line, leave_etcd, resume_etcd, stop_etcd};
pub use place::place;
pub use shutdown::{reboot, reconfigured, reset, upgrade};

use super::lock::Lock;
use super::node::{Node, Wire};
use std::future::Future;
use std::sync::Arc;

/// Let the machine take another course; whatever it was on ends here.
fn take<F: Future<Output = ()> + Send + 'static>(node: &Arc<Node>, course: impl FnOnce(Arc<Node>) -> F) {
    let token = node.ended.child_token();
    std::mem::replace(&mut node.state.held().course, token.clone()).cancel();
    let course = course(node.clone());
    tokio::spawn(async move {
        token.run_until_cancelled(course).await;
    });
}

/// Boot. `actor` is the id of the call that asked for it, if any did.
pub fn start(node: &Arc<Node>, actor: &str) {
    let actor = actor.to_owned();
    take(node, |node| boot::boot(node, actor));
}

/// The power is gone at once.
pub fn stop(node: &Arc<Node>, wire: Wire) {
    let member = {
        let mut state = node.state.held();
        state.course.cancel();
        state.powered = false;
        state.etcd_member
    };
    node.wire.send_replace(wire);
    if let Some(member) = member {
        node.cluster.etcd.stop(member);
    }
    node.refresh();
}
