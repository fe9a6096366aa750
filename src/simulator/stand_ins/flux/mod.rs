//! Flux: kustomizations and sources.
