//! The truth told in each wire's own words.

mod git;
mod hetzner;
mod talos;
