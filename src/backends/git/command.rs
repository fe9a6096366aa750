//! Running the `git` program: it never asks, never touches the terminal and takes no locks it does not need.

use super::failure::GitFailure;
use super::text::{clean, masked};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// What a run of git said.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub ok: bool,
    pub out: String,
    /// Lines of its error stream, cleaned and without passwords.
    pub lines: Vec<String>,
}

impl Said {
    /// What the server itself said.
    pub fn remote(&self) -> Vec<String> {
        self.lines.iter().filter_map(|it| it.strip_prefix("remote:")).map(|it| it.trim().to_owned()).collect()
    }

    /// The lines that say why, without chatter.
    pub fn why(&self) -> String {
        let telling =
            |it: &&String| it.starts_with("fatal:") || it.starts_with("error:") || it.starts_with("ssh:");
        let found = self.lines.iter().find(telling).or_else(|| self.lines.iter().rfind(|it| !it.is_empty()));
        found.cloned().unwrap_or_else(|| "git gave no reason".into())
    }
}

/// Run git in `folder` and wait for it, `patience` at most.
pub(super) async fn run(folder: &Path, args: &[&str], patience: Duration) -> Result<Said, GitFailure> {
    let ssh = std::env::var("GIT_SSH_COMMAND").unwrap_or_else(|_| "ssh".into());
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(["-c", "submodule.recurse=false", "-c", "color.ui=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_SSH_COMMAND", format!("{ssh} -o BatchMode=yes"))
        .env("LC_MESSAGES", "C")
        .env_remove("LC_ALL")
        .env_remove("LANGUAGE")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let asked = tokio::time::timeout(patience, command.output());
    let output = match asked.await {
        Ok(output) => output.map_err(|err| GitFailure::NoGit(err.to_string()))?,
        Err(_) => {
            let line = format!("fatal: no answer from the remote for {} s", patience.as_secs());
            return Ok(Said { ok: false, out: String::new(), lines: vec![line] });
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Said {
        ok: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        // A progress line is overwritten by carriage returns; the last state of it is what counts.
        lines: said.lines().map(|it| masked(&clean(it.rsplit('\r').next().unwrap_or(it)))).collect(),
    })
}
