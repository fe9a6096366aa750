//! What stories do to machines.

use super::node::{Node, Wire};
use super::services::ServiceState;
use super::{World, life};
use std::sync::Arc;
use std::time::Duration;

impl World {
    /// The machine goes dark: no network, no kubelet, no etcd. It keeps its disk.
    pub fn kill(&self, name: &str) {
        self.with(name, |node| life::stop(node, Wire::Silent));
    }

    /// A machine that went dark boots again.
    pub fn revive(&self, name: &str) {
        self.with(name, |node| life::start(node, ""));
    }

    /// The etcd process of a machine ends by itself and stays down; its member stays on the list.
    pub fn stop_etcd(&self, name: &str) {
        self.with(name, |node| {
            life::stop_etcd(
                node,
                ServiceState::Failed,
                "Error running Containerd(etcd), going to restart forever",
            );
        });
    }

    /// The member of a machine leaves etcd, and nobody asked it to. Nothing happens where that is refused.
    pub fn drop_out(&self, name: &str) {
        self.with(name, |node| {
            // A cluster without a quorum refuses; then there is nothing to see either.
            let _ = life::leave_etcd(node);
        });
    }

    /// The etcd process of a machine comes back.
    pub fn start_etcd(&self, name: &str) {
        self.with(name, life::resume_etcd);
    }

    /// The database of the first cluster's etcd reaches its limit: NOSPACE, no more writes.
    pub fn fill_etcd(&self) {
        self.set_etcd_full(true);
    }

    /// Somebody compacts, defragments and disarms.
    pub fn empty_etcd(&self) {
        self.set_etcd_full(false);
    }

    fn set_etcd_full(&self, full: bool) {
        let Some(etcd) = self.etcd() else { return };
        etcd.set_full(full);
        for node in self.nodes().iter().filter(|it| it.is_control_plane() && it.runs("etcd")) {
            let words = if full { "alarm NOSPACE raised" } else { "alarm NOSPACE disarmed" };
            node.log("etcd", life::etcd_line(node.now(), "warn", "etcdserver/server.go:1867", words));
        }
    }

    /// Only the machine's Talos API goes: connections are refused.
    pub fn cut_talos(&self, name: &str) {
        self.with(name, |node| {
            node.wire.send_replace(Wire::Refusing);
        });
    }

    /// The Talos API of the machine is back.
    pub fn restore_talos(&self, name: &str) {
        self.with(name, |node| {
            node.wire.send_replace(Wire::Answering);
        });
    }

    /// Every answer of the machine's Talos API takes this much longer.
    pub fn slow_talos(&self, name: &str, delay: Duration) {
        self.with(name, |node| node.change(|state| state.delay = delay));
    }

    fn with(&self, name: &str, act: impl FnOnce(&Arc<Node>)) {
        if let Some(node) = self.inner.nodes.named(name) {
            act(&node);
        }
    }
}
