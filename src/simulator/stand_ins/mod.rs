//! Played only where the real engine is not at hand.

mod argo;
pub(crate) mod cabpt;
pub(crate) mod cacppt;
pub(crate) mod capi;
mod flux;
pub mod kubernetes;
