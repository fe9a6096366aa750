//! Played only where the real engine is not at hand.

pub(crate) mod argo;
pub(crate) mod cabpt;
pub(crate) mod cacppt;
pub(crate) mod capi;
mod definition;
mod engines;
pub(crate) mod flux;
mod health;
pub mod kubernetes;
mod sources;
pub mod talhelper;
pub mod tofu;

pub(crate) use engines::{EngineError, Engines};
