//! A machine's load over time, by its seed: numbers that move believably and counters that never fall.

use super::node::Node;
use super::seeded;

/// Hetzner's cx33.
pub const CORES: u32 = 4;
/// KiB.
pub const MEMORY: u64 = 7_952_328;
/// Bytes.
pub const DISK: u64 = 81_923_145_728;

/// Shares of one machine, each from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub cpu: f64,
    pub memory: f64,
    pub disk: f64,
}

/// What a busy share is at rest and how far it swings.
fn habit(node: &Node) -> (f64, f64) {
    let base = if node.is_control_plane() { 0.12 } else { 0.08 };
    let low = base + seeded::fraction(node.seed, "cpu-low", 0) * 0.15;
    (low, 0.1 + seeded::fraction(node.seed, "cpu-swing", 0) * 0.35)
}

pub fn load(node: &Node) -> Load {
    let up = node.uptime();
    let (low, swing) = habit(node);
    let warm = (up / 240.0).min(1.0);
    let memory = seeded::between(node.seed, "memory", 0, 0.38, 0.68);
    let disk = seeded::between(node.seed, "disk", 0, 0.12, 0.46);
    Load {
        cpu: low + swing * seeded::wave(node.seed, "cpu", up),
        memory: memory * (0.4 + 0.6 * warm) + 0.05 * seeded::wave(node.seed, "memory", up),
        disk: disk * (0.7 + 0.3 * warm) + (up / 86_400.0 * 0.001).min(0.2),
    }
}

/// Busy seconds of all cores since boot.
pub fn busy_seconds(node: &Node) -> f64 {
    let up = node.uptime();
    let (low, swing) = habit(node);
    f64::from(CORES) * (low * up + swing * seeded::wave_area(node.seed, "cpu", up))
}

/// A counter since boot that grows by about `per_second`.
pub fn counter(node: &Node, name: &str, per_second: f64) -> u64 {
    let habit = seeded::between(node.seed, name, 1, 0.5, 1.6);
    (2.0 * per_second * habit * seeded::wave_area(node.seed, name, node.uptime())) as u64
}
