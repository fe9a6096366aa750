//! A person at a terminal: the real binary in a pseudo-terminal, keys in, a screen out. It waits for states, never
//! for a time; one patience bounds every wait.

pub mod cockpit;
pub mod go;
pub mod home;
mod lines;
pub mod talosctl;

pub use lines::Program;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Nobody waits longer than this for a state.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Write a program of shell. A child of ours writes it: what this process has open for writing cannot be run while a
/// process that another test forks meanwhile has it open too ("Text file busy").
pub fn script(path: &std::path::Path, text: &str) {
    let writes = "printf '#!/bin/sh\n%s\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
    let done = std::process::Command::new("sh").args(["-c", writes]).arg(path).arg(text).status();
    assert!(done.unwrap().success(), "{} cannot be written", path.display());
}

/// What came out of the program, and when, in seconds since it was started.
pub type Output = Vec<(f64, Vec<u8>)>;

struct Shared {
    parser: vt100::Parser,
    output: Output,
    ended: bool,
}

pub struct Terminal {
    began: Instant,
    shared: Arc<(Mutex<Shared>, Condvar)>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Start `pilothouse` with `arguments` in a terminal of `columns` by `rows` cells and a home of its own.
    pub fn start(arguments: &[&str], size: (u16, u16), home: &std::path::Path) -> Self {
        Self::start_with(arguments, size, home, &[])
    }

    /// The same with variables beside the usual ones, or in place of them.
    pub fn start_with(
        arguments: &[&str],
        (columns, rows): (u16, u16),
        home: &std::path::Path,
        variables: &[(&str, &str)],
    ) -> Self {
        let began = Instant::now();
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pilothouse"));
        command.args(arguments);
        command.env_clear();
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LANG", "C.UTF-8");
        variables.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let parser = vt100::Parser::new(rows, columns, 0);
        let shared = Shared { parser, output: Vec::new(), ended: false };
        let shared = Arc::new((Mutex::new(shared), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let writer = pair.master.take_writer().expect("its input");
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let mut bytes = [0; 65_536];
                loop {
                    let read = reader.read(&mut bytes).unwrap_or(0);
                    let at = began.elapsed().as_secs_f64();
                    let (lock, changed) = &*shared;
                    let mut state = lock.lock().unwrap();
                    if read == 0 {
                        state.ended = true;
                        changed.notify_all();
                        return;
                    }
                    state.parser.process(&bytes[..read]);
                    state.output.push((at, bytes[..read].to_vec()));
                    changed.notify_all();
                }
            }
        });
        Self { began, shared, writer, child, master: pair.master }
    }

    /// Seconds since the program was started.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Press keys by their words, parted by spaces: "4", "enter", "ctrl-c".
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let bytes = match key {
                "enter" => "\r".to_owned(),
                "esc" => "\x1b".into(),
                "tab" => "\t".into(),
                "space" => " ".into(),
                "backspace" => "\x7f".into(),
                "up" => "\x1b[A".into(),
                "down" => "\x1b[B".into(),
                "right" => "\x1b[C".into(),
                "left" => "\x1b[D".into(),
                "end" => "\x1b[F".into(),
                _ => match key.strip_prefix("ctrl-").and_then(|it| it.chars().next()) {
                    Some(letter) => char::from(letter as u8 & 0x1f).to_string(),
                    None => key.to_owned(),
                },
            };
            self.type_text(&bytes);
        }
    }

    pub fn type_text(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).expect("the program reads its input");
        self.writer.flush().expect("the program reads its input");
    }

    /// Wait until the screen says `text`.
    pub fn until(&self, text: &str) {
        self.until_that(&format!("the screen says {text:?}"), |screen| screen.contains(text));
    }

    /// Wait until what is on the screen satisfies `holds`.
    pub fn until_that(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let (lock, changed) = &*self.shared;
        let state = lock.lock().unwrap();
        let waiting = |state: &mut Shared| !state.ended && !holds(&state.parser.screen().contents());
        let (state, out) = changed.wait_timeout_while(state, PATIENCE, waiting).unwrap();
        let screen = state.parser.screen().contents();
        assert!(!out.timed_out() && holds(&screen), "waited in vain until {what}; the screen is\n{screen}");
    }

    /// Wait until the program has ended, and say how.
    pub fn end(&mut self) -> u32 {
        let (lock, changed) = &*self.shared;
        let state = lock.lock().unwrap();
        let (state, out) = changed.wait_timeout_while(state, PATIENCE, |state| !state.ended).unwrap();
        assert!(
            !out.timed_out(),
            "the program did not end; the screen is\n{}",
            state.parser.screen().contents()
        );
        drop(state);
        self.child.wait().expect("its exit status").exit_code()
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.0.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the terminal takes another size");
    }

    /// Look at the screen with its colours.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.shared.0.lock().unwrap().parser.screen())
    }

    pub fn output(&self) -> Output {
        self.shared.0.lock().unwrap().output.clone()
    }

    /// Wait until the program has said something `pieces` times more, or a state is on the screen.
    pub fn hear(&self, pieces: usize, or: impl Fn(&str) -> bool) {
        let (lock, changed) = &*self.shared;
        let state = lock.lock().unwrap();
        let enough = state.output.len() + pieces;
        let waiting = |state: &mut Shared| {
            !state.ended && state.output.len() < enough && !or(&state.parser.screen().contents())
        };
        let (state, out) = changed.wait_timeout_while(state, PATIENCE, waiting).unwrap();
        drop(state);
        assert!(!out.timed_out(), "the program said nothing more");
    }

    /// Kill the program where it stands, and answer the last screen that it drew.
    pub fn kill(mut self) -> String {
        let kill = std::process::Command::new("kill").args(["-9", &self.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        self.child.wait().expect("its end");
        self.shared.0.lock().unwrap().parser.screen().contents()
    }

    /// The program's process id, for signals.
    pub fn id(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind; the world ends with its cockpit.
        let _ = self.child.kill();
    }
}
