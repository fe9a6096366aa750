//! One binary for every test that crosses rooms: one link, one harness.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod applied;
mod attacked;
mod binary;
mod declared;
mod drift_configs;
mod edit_set;
mod engines;
mod face;
mod harness;
mod headless_road;
mod house;
mod inspect;
mod killed;
mod killed_roll;
mod manifests;
mod picture;
mod recordings;
mod rendered;
mod resources;
mod resources_face;
mod sealed;
mod served;
mod stories;
mod talhelper;
mod talos_client;
mod talos_configs;
mod talos_messages;
mod upgraded;
mod wire;
