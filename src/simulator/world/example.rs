//! A small cluster for tests: its authority, its machine configs, its machines.

use super::{Hardware, MachineSpec, World};
use crate::Clock;
use crate::mutations::Mutations;
use crate::pki::{Authority, KeyKind, as_talos};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

pub struct Example {
    pub world: World,
    pub authority: Authority,
    made: u64,
}

impl Example {
    pub fn new(speed: f64) -> Self {
        Self::recorded(speed, Mutations::default())
    }

    /// One that writes down what it is asked to change.
    pub(crate) fn recorded(speed: f64, mutations: Mutations) -> Self {
        let authority = Authority::new("talos", KeyKind::Ed25519).unwrap();
        Self { world: World::recorded(Clock::running(speed), 7, mutations), authority, made: 0 }
    }

    pub fn config(&self, role: &str) -> String {
        let key = if role == "controlplane" {
            STANDARD.encode(as_talos(&self.authority.key_pem()))
        } else {
            String::new()
        };
        format!(
            "version: v1alpha1 # the only one\nmachine:\n  type: {role}\n  token: abc.def\n  ca:\n    crt: {}\n    key: {key:?}\n  \
             kubelet:\n    image: ghcr.io/siderolabs/kubelet:v1.35.0\n  install:\n    image: ghcr.io/siderolabs/installer:v1.12.2\ncluster:\n  \
             id: abc=\n  clusterName: k8s\n  controlPlane:\n    endpoint: https://127.0.0.1:6443\n",
            STANDARD.encode(self.authority.cert_pem()),
        )
    }

    pub fn spec(&mut self, name: &str, role: &str) -> MachineSpec {
        self.made += 1;
        MachineSpec {
            server_id: self.made,
            name: name.into(),
            address: self.world.next_address(),
            user_data: self.config(role),
            talos_version: "v1.12.2".into(),
            hardware: Hardware::Hetzner { region: "nbg1".into() },
        }
    }

    /// Machines that have been up for twelve days; those whose names begin with `cp` are the control plane.
    pub fn place(&mut self, names: &[&str]) {
        for name in names {
            let role = if name.starts_with("cp") { "controlplane" } else { "worker" };
            let spec = self.spec(name, role);
            self.world.place_running(spec, Duration::from_secs(12 * 86_400)).unwrap();
        }
    }

    /// Wait for a state of the world, with the one patience of tests.
    pub async fn until(&self, what: &str, state: impl Fn(&World) -> bool) {
        let mut changed = self.world.changed();
        let waiting = async {
            while !state(&self.world) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(crate::PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}
