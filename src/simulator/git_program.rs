//! The `git` executable, deaf to whatever the person who runs the world has configured.

use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Why Git could not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("cannot run git: {0}")]
    Absent(#[from] std::io::Error),
    #[error("git {verb}: {said}")]
    Refused { verb: String, said: String },
    #[error("the repository's own description cannot be read: {0}")]
    Description(#[from] serde_yaml::Error),
}

/// A `git` command in `dir` that asks nobody and reads no configuration but the repository's own.
pub(crate) fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_AUTHOR_DATE"] {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_MESSAGES", "C");
    command
}

/// Run it, hand it `input`, and answer what it wrote.
pub(crate) async fn run(dir: &Path, args: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>, GitError> {
    let mut command = git(dir);
    command.args(args);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let pipe = child.stdin.take();
    let feed = async {
        if let (Some(mut pipe), Some(input)) = (pipe, input) {
            // A program that ends early says why itself.
            let _ = pipe.write_all(input).await;
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    let output = output?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Refused {
        verb: args.iter().find(|it| !it.starts_with('-')).unwrap_or(&"").to_string(),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
