//! Programs of the person's own, run where they can ask nobody and cannot outlive their time.

use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A program in a session of its own has no terminal to ask or to write on. Where that cannot be had, a process group
/// of its own keeps it from reading what is typed.
pub(crate) fn without_terminal(program: &Path) -> Command {
    match on_path("setsid") {
        Some(setsid) => {
            let mut command = Command::new(setsid);
            command.arg(program);
            command
        }
        None => {
            let mut command = Command::new(program);
            command.process_group(0);
            command
        }
    }
}

/// Where a program is found; none where it is not.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|it| it.is_file());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|it| it.is_file())
}

/// End a program that was started by [`without_terminal`], and all that it started.
pub(crate) fn end(id: Option<u32>) {
    let group = id.and_then(|it| i32::try_from(it).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may be gone by now.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}
