//! A program whose lines are read as they come.

use super::PATIENCE;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Default)]
struct Said {
    lines: Vec<String>,
    ended: bool,
}

pub struct Program {
    child: Child,
    said: Arc<(Mutex<Said>, Condvar)>,
    /// Lines before this one are not looked at again.
    from: usize,
}

impl Program {
    /// Start `pilothouse` with `arguments`, these variables, and `home` for its home and working directory. It ends
    /// with this, or when its standard input does.
    pub fn start(arguments: &[&str], variables: &[(String, String)], home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilothouse"));
        command.args(arguments).current_dir(home).env_clear().env("HOME", home);
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let said = Arc::new((Mutex::new(Said::default()), Condvar::new()));
        std::thread::spawn({
            let said = Arc::clone(&said);
            move || {
                for line in stdout.lines().map_while(Result::ok) {
                    said.0.lock().unwrap().lines.push(line);
                    said.1.notify_all();
                }
                said.0.lock().unwrap().ended = true;
                said.1.notify_all();
            }
        });
        Self { child, said, from: 0 }
    }

    /// Say a line to it.
    pub fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().expect("its input"), "{line}").expect("it reads its input");
    }

    /// Wait for a line that satisfies `holds`, from the one on that was waited for last.
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let from = self.from;
        let found = |said: &Said| said.lines.iter().skip(from).position(|line| holds(line));
        let (lock, changed) = &*self.said;
        let waiting = |said: &mut Said| !said.ended && found(said).is_none();
        let (said, _) = changed.wait_timeout_while(lock.lock().unwrap(), PATIENCE, waiting).unwrap();
        let (found, all) = (found(&said), said.lines.clone());
        drop(said);
        let Some(at) = found else {
            panic!("waited in vain until {what}; it said\n{}", all.join("\n"));
        };
        self.from += at;
        all[self.from].clone()
    }

    /// Wait until it has said so many lines, or has ended. Whether it has ended first.
    pub fn has_ended_before(&mut self, lines: usize) -> bool {
        let (lock, changed) = &*self.said;
        let waiting = |said: &mut Said| !said.ended && said.lines.len() <= lines;
        let (said, waited) = changed.wait_timeout_while(lock.lock().unwrap(), PATIENCE, waiting).unwrap();
        assert!(!waited.timed_out(), "it said no more than\n{}", said.lines.join("\n"));
        said.lines.len() <= lines
    }

    /// Everything that it has said.
    pub fn lines(&self) -> Vec<String> {
        self.said.0.lock().unwrap().lines.clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
