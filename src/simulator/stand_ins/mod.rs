//! Played only where the real engine is not at hand.

pub(crate) mod argo;
pub(crate) mod cabpt;
pub(crate) mod cacppt;
pub(crate) mod capi;
mod definition;
pub(crate) mod flux;
mod health;
pub mod kubernetes;
mod sources;
pub mod talhelper;
pub mod tofu;
