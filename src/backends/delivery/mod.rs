//! Delivery: Argo CD and Flux behind one shape.

mod decode;
mod decode_flux;
#[cfg(test)]
mod decode_test;
mod orders;
mod watch;

pub use orders::{refresh, sync};
pub use watch::delivery;
