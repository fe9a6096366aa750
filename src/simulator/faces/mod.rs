//! The truth told in each wire's own words.

pub(crate) mod git;
mod hetzner;
pub mod talos;
