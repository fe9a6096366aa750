//! Delivery: Argo CD and Flux behind one shape.
