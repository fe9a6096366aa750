//! What world is wanted.

use std::path::PathBuf;

#[derive(Debug, Clone)]
pub struct Options {
    /// Where the world writes its configuration: `kubeconfig`, `talosconfig`, `hcloud.env`, `repo/`. Private.
    pub dir: PathBuf,
    /// Everything that looks random comes of this.
    pub seed: u64,
    /// How much faster than life the world's own waiting goes.
    pub speed: f64,
    /// Nodes in all; the control plane has three of them.
    pub nodes: usize,
    /// Pods in all, at least.
    pub pods: usize,
    /// The course the world takes.
    pub story: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { dir: PathBuf::new(), seed: 1, speed: 1.0, nodes: 6, pods: 0, story: "steady".into() }
    }
}
