//! Played only where the real engine is not at hand.

mod argo;
mod cabpt;
mod cacppt;
mod capi;
mod flux;
pub mod kubernetes;
