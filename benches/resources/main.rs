//! What tens of thousands of Kubernetes objects cost: decode, hold, filter, order, draw.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

mod crowd;
mod frames;
mod held;

use std::time::{Duration, Instant};

fn main() {
    held::measure();
}

/// Run `what` often, and print the median and the 99th percentile.
fn timed(name: &str, turns: usize, mut what: impl FnMut(usize)) {
    let mut took: Vec<Duration> = (0..turns)
        .map(|turn| {
            let began = Instant::now();
            what(turn);
            began.elapsed()
        })
        .collect();
    took.sort();
    let (middle, late) = (took[turns / 2], took[turns * 99 / 100]);
    println!("{name:<56} p50 {:>9.3} ms   p99 {:>9.3} ms", milliseconds(middle), milliseconds(late));
}

fn milliseconds(it: Duration) -> f64 {
    it.as_secs_f64() * 1_000.0
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}
