//! What world is wanted.

use std::path::PathBuf;
use tokio::sync::watch;

/// The worlds there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WorldKind {
    /// Cluster API on Hetzner Cloud, delivered by Argo CD.
    #[default]
    Default,
    /// Machines of one's own, configured by talhelper, delivered by Flux.
    Talhelper,
}

impl WorldKind {
    /// As `--world` spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Talhelper => "talhelper",
        }
    }

    /// How many nodes it has where nobody says.
    pub fn usual_nodes(self) -> usize {
        match self {
            Self::Default => 6,
            Self::Talhelper => 5,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Options {
    /// Where the world writes its configuration: `kubeconfig`, `talosconfig`, `repo/` and what else its kind has.
    /// Private.
    pub dir: PathBuf,
    pub world: WorldKind,
    /// Everything that looks random comes of this.
    pub seed: u64,
    /// How much faster than life the world's own waiting goes.
    pub speed: f64,
    /// The folder of real engines that run; None is the stand-ins.
    pub engines: Option<PathBuf>,
    /// Nodes in all; the control plane has three of them.
    pub nodes: usize,
    /// Pods in all, at least.
    pub pods: usize,
    /// The `pilothouse` that plays the stand-ins for programs; None is the program that runs now.
    pub program: Option<PathBuf>,
    /// The course the world takes.
    pub story: String,
    /// When that begins: as soon as this is true. None is at once.
    pub begins: Option<watch::Receiver<bool>>,
}

impl Default for Options {
    fn default() -> Self {
        let world = WorldKind::default();
        Self {
            dir: PathBuf::new(),
            world,
            seed: 1,
            speed: 1.0,
            engines: None,
            nodes: world.usual_nodes(),
            pods: 0,
            program: None,
            story: "steady".into(),
            begins: None,
        }
    }
}
