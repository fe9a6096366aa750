//! The cockpit in a terminal of its own, and what it has cost so far.

use crate::harness::{Output, Terminal};
use crate::server::Server;
use std::fs;
use std::path::Path;

pub const COLUMNS: u16 = 160;
pub const ROWS: u16 = 45;

/// The cockpit on a server, in a home of its own.
pub fn start(server: &Server, home: &Path) -> Terminal {
    let (kubeconfig, talosconfig) = server.files();
    Terminal::start(&["--kubeconfig", &kubeconfig, "--talosconfig", &talosconfig], (COLUMNS, ROWS), home)
}

/// Go to the pods as a person does, as soon as the server's kinds are known. Answers when the last key was pressed,
/// in seconds since the start.
pub fn open_pods(program: &mut Terminal) -> f64 {
    program.until("Bridge");
    program.type_text(":pods");
    program.until("Every Pod.");
    let pressed = program.seconds();
    program.press("enter");
    pressed
}

/// When the screen first satisfied `holds`, in seconds since the start: what came out is shown once more, on a screen
/// that takes no time of the program's.
pub fn when(output: &Output, holds: impl Fn(&str) -> bool) -> f64 {
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    for (at, bytes) in output {
        parser.process(bytes);
        if holds(&parser.screen().contents()) {
            return *at;
        }
    }
    f64::NAN
}

/// The processor time that a process has had, of all cores, in milliseconds.
pub fn processor(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    ticks as f64 * 10.0
}

/// The same of the threads that live now, exactly: for short spans of little work.
pub fn processor_exactly(id: u32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let spent = tasks.filter_map(|it| {
        let text = fs::read_to_string(it.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e6
}

/// Resident memory in MiB.
pub fn resident(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}
