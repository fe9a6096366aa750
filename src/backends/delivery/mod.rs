//! Delivery: Argo CD and Flux behind one shape.

pub(crate) mod decode;
pub(crate) mod decode_flux;

#[cfg(test)]
mod decode_test;
