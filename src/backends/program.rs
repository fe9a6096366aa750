//! Programs of the person's own, run where they can ask nobody and cannot outlive their time.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::process::{Child, Command};

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

/// `$PATH` with a folder before it; only its absolute folders, so that none of them is another one elsewhere.
pub fn search_path(first: Option<&Path>) -> OsString {
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let folders = first.map(Path::to_owned).into_iter().chain(std::env::split_paths(&usual));
    std::env::join_paths(folders.filter(|it| it.is_absolute())).unwrap_or(usual)
}

/// The first program of a name in the folders of a search path that can be run.
pub fn on_search_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|it| it.join(name)).find(|it| runs(it))
}

/// Whether a file can be run.
pub(crate) fn runs(file: &Path) -> bool {
    file.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// A program that leads a process group, and all that it started: they end when this is dropped.
pub(crate) struct Group(Option<u32>);

impl Group {
    /// Of a program that was started by [`without_terminal`], or as the leader of a group.
    pub(crate) fn of(child: &Child) -> Self {
        Self(child.id())
    }

    /// It has come to its end by itself: what it left to go on in the background may.
    pub(crate) fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|it| i32::try_from(it).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // It may be gone by now.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
pub(crate) mod trial {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    /// No test of this crate waits longer than this for a state.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

    /// Write a program of shell. A child of ours writes it: what this process has open for writing cannot be run
    /// while a process that another test forks meanwhile has it open too ("Text file busy").
    pub(crate) fn script(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        let writes = "printf '#!/bin/sh\n%s\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
        let done = Command::new("sh").args(["-c", writes]).arg(path).arg(text).status();
        assert!(done.is_ok_and(|it| it.success()), "{} cannot be written", path.display());
    }

    /// Wait until a process is no more. Where there is no /proc it cannot be told.
    pub(crate) async fn gone(id: &str) {
        let stat = format!("/proc/{id}/stat");
        let is = || std::fs::read_to_string(&stat).map_or(true, |it| it.contains(") Z "));
        let waiting = async {
            while Path::new("/proc/self").exists() && !is() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("what it started is ended");
    }
}
