//! What a cockpit does that has nothing to do: half a minute on a list where nothing changes, and on the Bridge.

use crate::harness::Terminal;
use crate::program::{self, open_pods, processor_exactly};
use crate::say;
use crate::server::Server;
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(30);

pub fn measure() {
    let server = Server::start(20_000, 0);
    let home = tempfile::tempdir().unwrap();
    let mut program = program::start(&server, home.path());
    open_pods(&mut program);
    program.until_that("all pods are there", |it| it.contains("PODS 20,000") && !it.contains("so far"));
    watched(&program, "30 s idle on 20000 pods");
    program.press("1");
    program.until("ETCD");
    watched(&program, "30 s idle on the Bridge");
}

fn watched(program: &Terminal, what: &str) {
    std::thread::sleep(Duration::from_secs(3));
    let (before, began) = (program.output().len(), processor_exactly(program.id()));
    std::thread::sleep(SPAN);
    let spent = processor_exactly(program.id()) - began;
    let output = program.output();
    let pieces = output.get(before..).unwrap_or_default();
    let bytes: usize = pieces.iter().map(|(_, it)| it.len()).sum();
    say(what, &format!("{spent:.0} ms of CPU, {bytes} bytes in {} pieces", pieces.len()));
}
