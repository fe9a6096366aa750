//! A world that answers on real sockets: one truth, told in every wire's own words.
//!
//! Two halves. [`stand_ins`] are played only where the real engine is not at hand: the Kubernetes API, Cluster API,
//! the Talos providers, Argo CD. Everything else is the world itself: Talos nodes, etcd, kubelets, Hetzner Cloud,
//! the Git remote and the infrastructure provider, which speak to *a* Kubernetes API as any client does.

/// No test of this crate waits longer than this for a state.
#[cfg(test)]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(240);

mod clock;
mod control;
mod engines;
mod faces;
mod genesis;
mod git_program;
pub mod kubelets;
mod mutations;
mod options;
mod patches;
pub mod pki;
mod providers;
mod serve;
mod sops;
mod stand_ins;
mod stories;
pub mod world;

pub use clock::Clock;
pub use options::{Options, WorldKind};
pub use serve::{Served, WorldError, serve};
pub use stand_ins::kubernetes;
pub use stand_ins::talhelper::run as talhelper;
pub use stand_ins::tofu::run as tofu;
pub use stories::{Story, StoryState, stories};
