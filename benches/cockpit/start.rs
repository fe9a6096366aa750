//! From the start of the process to the first frame.

use crate::harness::Terminal;
use crate::program::{self, when};
use crate::server::Server;
use crate::{middle_and_late, say};

const TURNS: usize = 25;

pub fn measure() {
    let server = Server::start(100, 0);
    let all = (0..TURNS).map(|_| {
        let home = tempfile::tempdir().unwrap();
        let program: Terminal = program::start(&server, home.path());
        program.until("Bridge");
        when(&program.output(), |screen| screen.contains("Bridge")) * 1e3
    });
    let (middle, late) = middle_and_late(all.collect());
    say("process start to first frame", &format!("p50 {middle:.0} ms, worst of {TURNS} {late:.0} ms"));
}
