//! How long a big simulated world takes until it answers.

use crate::program::{processor, resident};
use crate::say;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

const TURNS: usize = 3;

pub fn measure() {
    for (nodes, pods) in [("7", "0"), ("1000", "20000")] {
        let all: Vec<[f64; 3]> = (0..TURNS).map(|_| turn(nodes, pods)).collect();
        let of = |at: usize| crate::middle(all.iter().map(|it| it[at]));
        say(
            &format!("world of {nodes} nodes and {pods} more pods ready"),
            &format!("{:.2} s, {:.2} s of CPU, {:.0} MiB resident", of(0), of(1), of(2)),
        );
    }
}

fn turn(nodes: &str, pods: &str) -> [f64; 3] {
    let dir = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let mut world = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .args(["demo", "--until-eof", "--nodes", nodes, "--pods", pods, "--serve"])
        .arg(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(world.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let was = [began.elapsed().as_secs_f64(), processor(world.id()) / 1e3, resident(world.id())];
    drop(world.stdin.take());
    world.wait().unwrap();
    was
}
