//! Why a rollout does not go on: the known deadlocks of Talos control planes, and what holds up any machine. Pure, and
//! every class comes with its proof.

mod audit;
#[cfg(test)]
mod audit_test;
mod boot_gate;
mod control_plane;
mod machines;
#[cfg(test)]
mod stuck_test;
mod verdict;

pub use verdict::{Class, NO_PROGRESS, Proof, Stuck, all, of_roller};
