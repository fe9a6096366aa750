//! Delivery: Argo CD and Flux behind one shape.

mod decode;
mod decode_flux;
#[cfg(test)]
mod decode_test;
mod orders;
mod spec;
mod watch;

pub use orders::{refresh, sync};
pub(crate) use spec::spec;
pub use watch::delivery;
