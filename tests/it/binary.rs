//! The binary in a terminal: it starts, draws, resizes, and gives the terminal back whatever happens.

use crate::harness::Terminal;
use std::process::Command;

/// Sent when the alternate screen is left.
const GIVEN_BACK: &[u8] = b"\x1b[?1049l";

fn said(terminal: &Terminal, bytes: &[u8]) -> bool {
    let all: Vec<u8> = terminal.output().into_iter().flat_map(|(_, bytes)| bytes).collect();
    all.windows(bytes.len()).any(|it| it == bytes)
}

#[test]
fn it_starts_with_nothing_configured_and_leaves_cleanly() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], (100, 30), home.path());
    terminal.until("PROBLEMS");
    terminal.press("2");
    terminal.until_that("the Nodes screen is shown", |screen| {
        screen.contains("talos") && !screen.contains("PROBLEMS")
    });
    terminal.resize(80, 24);
    terminal.press("1");
    terminal.until("PROBLEMS");
    terminal.press("ctrl-c");
    assert_eq!(terminal.end(), 0);
    assert!(said(&terminal, GIVEN_BACK));
}

#[test]
fn a_termination_gives_the_terminal_back() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], (80, 24), home.path());
    terminal.until("PROBLEMS");
    assert!(Command::new("kill").arg(terminal.id().to_string()).status().unwrap().success());
    assert_eq!(terminal.end(), 0);
    assert!(said(&terminal, GIVEN_BACK));
}

#[test]
fn leaving_is_asked_for_and_can_be_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], (80, 24), home.path());
    terminal.until("PROBLEMS");
    terminal.press("q");
    terminal.until("leave the cockpit");
    terminal.press("esc");
    terminal.until_that("the question is gone", |screen| !screen.contains("leave the cockpit"));
    terminal.press("q");
    terminal.until("leave the cockpit");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_wrong_keymap_is_told_with_its_line_and_starts_nothing() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/pilothouse");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("keymap.toml"), "[global]\n\"j\" = \"dwn\"\n").unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .arg("keys")
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(2));
    let said = String::from_utf8(told.stderr).unwrap();
    assert!(said.contains("keymap.toml:2: `global.\"j\"` names no action: `dwn`"), "{said}");
}

#[test]
fn a_status_of_nothing_says_that_it_could_not_look() {
    let home = tempfile::tempdir().unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .args(["status", "-o", "json"])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(2), "{}", String::from_utf8_lossy(&told.stderr));
    let said: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(said["exit"], 2);
}
