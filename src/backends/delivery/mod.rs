//! Delivery: Argo CD and Flux behind one shape.

mod decode;
mod decode_flux;
#[cfg(test)]
mod decode_test;
mod watch;

pub use watch::delivery;
