//! What tens of thousands of Kubernetes objects cost: decode, hold, filter, draw; and live over real wires.
//!
//! `cargo bench --bench resources` prints one line a measure. `cargo bench --bench resources -- live 20000` measures
//! the live part with so many pods.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

mod crowd;
mod held;
mod live;

use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => live::serve(&arguments),
        Some("live") => live::measure(arguments.get(1).and_then(|it| it.parse().ok()).unwrap_or(20_000)),
        _ => {
            held::measure();
            live::measure(2_000);
            live::measure(20_000);
        }
    }
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
