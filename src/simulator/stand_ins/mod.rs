//! Played only where the real engine is not at hand.

pub(crate) mod argo;
pub(crate) mod cabpt;
pub(crate) mod cacppt;
pub(crate) mod capi;
mod engines;
pub mod kubernetes;
pub mod talhelper;

pub(crate) use engines::{EngineError, Engines};
