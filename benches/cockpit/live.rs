//! Pods and nodes live: from the key that asks for them to the first rows and to all of them, and what that takes.

use crate::program::{self, open_pods, processor, resident, when};
use crate::server::{NODES, Server};
use crate::{middle, say};
use app::queries::rows::grouped;
use std::time::Duration;

struct Turn {
    pressed: f64,
    first: f64,
    all: f64,
    processor: f64,
    resident: f64,
}

pub fn measure(pods: usize, turns: usize) {
    let server = Server::start(pods, 0);
    let all: Vec<Turn> = (0..turns).map(|_| turn(&server, pods)).collect();
    let of = |it: fn(&Turn) -> f64| middle(all.iter().map(it));
    say(
        &format!("{pods} pods and {NODES} nodes live"),
        &format!(
            "asked for at {:.0} ms; first rows after {:.0} ms, all after {:.0} ms; {:.0} ms of CPU; {:.0} MiB resident",
            of(|it| it.pressed) * 1e3,
            of(|it| it.first - it.pressed) * 1e3,
            of(|it| it.all - it.pressed) * 1e3,
            of(|it| it.processor),
            of(|it| it.resident)
        ),
    );
}

fn turn(server: &Server, pods: usize) -> Turn {
    let home = tempfile::tempdir().unwrap();
    let mut program = program::start(server, home.path());
    let pressed = open_pods(&mut program);
    let whole = format!("PODS {}", grouped(pods));
    let complete = |screen: &str| screen.contains(&whole) && !screen.contains("so far");
    program.until_that("all pods are there", complete);
    let processor = processor(program.id());
    std::thread::sleep(Duration::from_secs(3));
    let output = program.output();
    Turn {
        pressed,
        first: when(&output, |screen| screen.contains("service-")),
        all: when(&output, complete),
        processor,
        resident: resident(program.id()),
    }
}
