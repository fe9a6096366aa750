//! From a key to the bytes that answer it, while a thousand pods a second change and the Talos API never answers; and
//! from a typed filter to the screen that shows its rows.

use crate::harness::Terminal;
use crate::program::{self, open_pods};
use crate::server::Server;
use crate::{middle_and_late, say};
use std::time::Duration;

const PODS: usize = 20_000;
const KEYS: usize = 600;
const FILTERS: usize = 60;

pub fn measure() {
    for changes in [0, 1_000] {
        let server = Server::start(PODS, changes);
        let home = tempfile::tempdir().unwrap();
        let mut program = program::start(&server, home.path());
        open_pods(&mut program);
        program.until_that("all pods are there", |it| it.contains("PODS 20,000") && !it.contains("so far"));
        std::thread::sleep(Duration::from_secs(2));
        let (middle, late) = moved(&mut program);
        let among = format!("{PODS} pods, {changes} changes a second");
        say(&format!("j to its bytes, {among}"), &format!("p50 {middle:.2} ms, p99 {late:.2} ms"));
        let (middle, late) = filtered(&mut program);
        say(&format!("filter to its rows, {among}"), &format!("p50 {middle:.1} ms, p99 {late:.1} ms"));
    }
}

/// Down and up again, each key when the one before it was answered. The answer holds the cursor; other frames do not,
/// for no row changes its place.
fn moved(program: &mut Terminal) -> (f64, f64) {
    let cursor = "▸";
    let line = |screen: &str| screen.lines().position(|it| it.contains(cursor));
    let mut pressed = Vec::new();
    for turn in 0..KEYS {
        let before = program.look(|it| line(&it.contents()));
        pressed.push(program.seconds());
        program.press(if turn / 20 % 2 == 0 { "j" } else { "k" });
        program.until_that("the cursor moves", |screen| line(screen) != before);
        // Keys come at any time, not in step with the changes.
        std::thread::sleep(Duration::from_micros(17_000 + (turn as u64 * 7_919) % 20_000));
    }
    let output = program.output();
    let holds = |bytes: &[u8]| bytes.windows(cursor.len()).any(|it| it == cursor.as_bytes());
    let answered: Vec<f64> = output.iter().filter(|(_, it)| holds(it)).map(|(at, _)| *at).collect();
    let took = pressed.iter().filter_map(|at| answered.iter().find(|it| *it > at).map(|it| (it - at) * 1e3));
    middle_and_late(took.collect())
}

/// A word at once, as when it is pasted, until the heading counts the rows that hold it.
fn filtered(program: &mut Terminal) -> (f64, f64) {
    let mut took = Vec::new();
    for turn in 0..FILTERS {
        // Each 40th pod is in a team's namespace.
        let team = turn % 40;
        program.press("/");
        program.until("enter keep");
        let pressed = program.seconds();
        program.type_text(&format!("team-{team}/"));
        let told = format!("filter: team-{team}/");
        program.until_that("the rows are filtered", |screen| {
            screen.contains("500 of 20,000") && screen.contains(&told)
        });
        took.push((program.seconds() - pressed) * 1e3);
        program.press("esc");
        program.until_that("all rows are back", |screen| screen.contains("PODS 20,000"));
    }
    middle_and_late(took)
}
