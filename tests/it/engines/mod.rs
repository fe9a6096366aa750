//! The same on real engines: Kubernetes, Cluster API, Argo CD, Gitea as `tests/engines` builds and starts them. Every
//! test below here is ignored, for `cargo test` needs no Go; `.ci/engines` runs them.

mod agreed;
mod gitea;
mod merged;
mod played;
mod pull_requests;
mod pushes;
mod running;

pub use running::Engines;
