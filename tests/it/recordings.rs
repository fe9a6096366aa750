//! Demos are tests: every `demo-recordings/*.story.toml` is played against the simulated world and must reach its
//! last step. `RECORD=1 cargo test --test it recordings` writes the recording (asciicast 2) and the picture anew.

use crate::harness::Terminal;
use crate::picture;
use serde::Deserialize;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Script {
    title: String,
    /// What `pilothouse` is started with.
    arguments: Vec<String>,
    /// Columns and rows.
    size: (u16, u16),
    steps: Vec<Step>,
}

/// One thing a person does or waits for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What a viewer is told here; a marker in the recording.
    say: Option<String>,
    /// Keys by their words, parted by spaces.
    press: Option<String>,
    /// Text that is typed.
    r#type: Option<String>,
    /// Wait until the screen says this.
    until: Option<String>,
    /// Wait until the screen says this no more.
    gone: Option<String>,
    /// The picture is taken after this step.
    #[serde(default)]
    picture: bool,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-recordings")
}

fn scripts() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".story.toml"))
        .collect();
    found.sort();
    found
}

/// Play a script by its name, with more arguments than it has.
pub fn play(name: &str, more: &[&str]) {
    play_file(&folder().join(format!("{name}.story.toml")), more);
}

fn play_file(path: &Path, more: &[&str]) {
    let script: Script =
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|err| panic!("{err}"));
    let home = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> =
        script.arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let mut terminal = Terminal::start(&arguments, script.size, home.path());
    let mut markers = Vec::new();
    let mut drawn = None;
    for step in &script.steps {
        if let Some(keys) = &step.press {
            terminal.press(keys);
        }
        if let Some(text) = &step.r#type {
            terminal.type_text(text);
        }
        if let Some(text) = &step.until {
            terminal.until(text);
        }
        if let Some(text) = &step.gone {
            terminal.until_that(&format!("{text:?} is gone"), |screen| !screen.contains(text.as_str()));
        }
        if let Some(say) = &step.say {
            markers.push((terminal.seconds(), say.clone()));
        }
        if step.picture {
            drawn = Some(terminal.look(|screen| picture::svg(screen, &script.title)));
        }
    }
    terminal.press("ctrl-c");
    assert_eq!(terminal.end(), 0, "{} ends cleanly", path.display());
    if std::env::var_os("RECORD").is_some() {
        let stem = path.to_string_lossy().trim_end_matches(".story.toml").to_owned();
        fs::write(format!("{stem}.cast"), cast(&script, &terminal.output(), &markers)).unwrap();
        if let Some(drawn) = drawn {
            fs::write(format!("{stem}.svg"), drawn).unwrap();
        }
    }
}

/// asciicast 2: a header, then one line for what came out, when.
fn cast(script: &Script, output: &[(f64, Vec<u8>)], markers: &[(f64, String)]) -> String {
    let (width, height) = script.size;
    let mut text =
        serde_json::json!({ "version": 2, "width": width, "height": height, "title": script.title })
            .to_string();
    text.push('\n');
    let mut events: Vec<(f64, &str, String)> =
        markers.iter().map(|(at, say)| (*at, "m", say.clone())).collect();
    // A character may be cut between two reads; what is incomplete waits for the next.
    let mut rest: Vec<u8> = Vec::new();
    for (at, bytes) in output {
        rest.extend(bytes);
        let whole = match std::str::from_utf8(&rest) {
            Ok(_) => rest.len(),
            Err(err) => err.valid_up_to(),
        };
        let said: Vec<u8> = rest.drain(..whole).collect();
        events.push((*at, "o", String::from_utf8(said).unwrap()));
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, kind, data) in events {
        let _ = writeln!(text, "{}", serde_json::json!([(at * 1000.0).round() / 1000.0, kind, data]));
    }
    text
}

#[test]
fn every_recording_plays_to_its_end() {
    for script in scripts() {
        play_file(&script, &[]);
    }
}
