//! The truth told in each wire's own words.

pub(crate) mod git;
pub(crate) mod hetzner;
pub mod talos;
