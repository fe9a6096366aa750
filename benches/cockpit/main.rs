//! What the whole program costs: the binary in a terminal, keys in, bytes out, over real wires on loopback.
//!
//! `cargo bench --bench cockpit` measures everything; one of the words in [`main`] after `--` measures that alone.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

#[path = "../resources/crowd.rs"]
mod crowd;
#[path = "../../tests/it/harness/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod harness;
mod idle;
mod keys;
mod live;
mod program;
mod repository;
mod server;
mod start;
mod world;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let number = |at: usize| arguments.get(at).and_then(|it| it.parse::<usize>().ok());
    match arguments.first().map(String::as_str) {
        Some("serve") => server::serve(&arguments),
        Some("start") => start::measure(),
        Some("live") => live::measure(number(1).unwrap_or(20_000), number(2).unwrap_or(5)),
        Some("keys") => keys::measure(),
        Some("idle") => idle::measure(),
        Some("world") => world::measure(),
        Some("repository") => repository::measure(),
        _ => {
            start::measure();
            live::measure(2_000, 5);
            live::measure(20_000, 5);
            keys::measure();
            idle::measure();
            world::measure();
            repository::measure();
        }
    }
}

/// Print one measure: what it is of, and what it was.
fn say(what: &str, was: &str) {
    println!("{what:<44} {was}");
}

/// The middle one, and the one that a hundredth is beyond.
fn middle_and_late(mut all: Vec<f64>) -> (f64, f64) {
    all.sort_by(f64::total_cmp);
    let at = |part: usize| all.get(all.len() * part / 100).copied().unwrap_or(f64::NAN);
    (at(50), at(99))
}

fn middle(all: impl Iterator<Item = f64>) -> f64 {
    middle_and_late(all.collect()).0
}
