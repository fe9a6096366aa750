//! Running a renderer shut in: in its own folder, with nothing of the environment but what it needs, without input,
//! in a process group of its own that ends with its time, and without a network where the machine can do that.

use super::folder::Folder;
use super::{RenderFailure, Tools, said};
use crate::program;
use domain::RepoPath;
use sha2::{Digest, Sha256};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// What opens the locked files.
pub(super) enum Key {
    File(PathBuf),
    /// `$SOPS_AGE_KEY` itself.
    Text(OsString),
    None,
}

impl Key {
    pub(super) fn find(tools: &Tools) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        if let Some(path) = tools.age_key_file.clone().or_else(|| set("SOPS_AGE_KEY_FILE").map(PathBuf::from))
        {
            return Key::File(std::path::absolute(&path).unwrap_or(path));
        }
        if let Some(text) = set("SOPS_AGE_KEY") {
            return Key::Text(text);
        }
        let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.or_else(|| std::env::home_dir().map(|it| it.join(".config")));
        let usual = config.map(|it| it.join("sops/age/keys.txt")).filter(|it| it.exists());
        usual.map_or(Key::None, Key::File)
    }

    pub(super) fn digest(&self) -> Vec<u8> {
        let bytes = match self {
            // What can be read but once, such as the shell's `<(…)`, is for the renderer.
            Key::File(path) if !path.is_file() => path.as_os_str().as_encoded_bytes().to_vec(),
            Key::File(path) => std::fs::read(path).unwrap_or_default(),
            Key::Text(text) => text.as_encoded_bytes().to_vec(),
            Key::None => Vec::new(),
        };
        Sha256::digest(bytes).to_vec()
    }
}

/// A program to run in the tree.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// What it is called: "talhelper".
    pub program: String,
    /// Its arguments; `{out}` is the folder that it writes to, `{home}` one of its own.
    pub arguments: Vec<String>,
    /// The file or folder that the rendering begins at.
    pub from: RepoPath,
    /// The folder it is run in, from the root of the tree; empty for the root.
    pub inside: String,
}

/// Run it to its end. Answers how well it was shut in, in words.
pub(super) async fn run(
    job: &Job,
    folder: &Folder,
    tools: &Tools,
    key: &Key,
    patience: Duration,
) -> Result<String, RenderFailure> {
    let inside = folder.tree().join(&job.inside);
    let path = program::search_path(tools.folder.as_deref());
    let found_at = locate(&job.program, &inside, &path)
        .ok_or_else(|| RenderFailure::NoProgram(job.program.clone(), job.from.0.clone()))?;
    let cut = no_network(&path).await;
    let (out, home) = (folder.out(), folder.home());
    let arguments = job.arguments.iter().map(|it| match it.strip_prefix("{home}/") {
        _ if it == "{out}" => out.clone().into_os_string(),
        Some(rest) => home.join(rest).into_os_string(),
        None => OsString::from(it),
    });
    let said = File::create(folder.said()).map_err(|err| RenderFailure::Folder(err.to_string()))?;
    let mut command = match cut {
        Some(unshare) => {
            let mut command = Command::new(unshare.program);
            command.args(unshare.options).arg("--").arg(&found_at);
            command
        }
        None => Command::new(&found_at),
    };
    command
        .args(arguments)
        .current_dir(&inside)
        .env_clear()
        .env("PATH", &path)
        .env("HOME", folder.home())
        .stdin(Stdio::null())
        .stdout(Stdio::from(said))
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    match key {
        Key::File(file) => _ = command.env("SOPS_AGE_KEY_FILE", file),
        Key::Text(text) => _ = command.env("SOPS_AGE_KEY", text),
        Key::None => {}
    }
    let failed = |said: String| RenderFailure::Failed { program: job.program.clone(), said };
    let child = command.spawn().map_err(|err| failed(err.to_string()))?;
    // Whatever it started ends with it, also where nobody waits for the answer any more.
    let _group = program::Group::of(&child);
    let output = tokio::time::timeout(patience, child.wait_with_output())
        .await
        .map_err(|_| RenderFailure::Slow { program: job.program.clone(), seconds: patience.as_secs() })?
        .map_err(|err| failed(err.to_string()))?;
    if !output.status.success() {
        let why = folder.placeless(&String::from_utf8_lossy(&output.stderr));
        return Err(failed(said::masked(&why)));
    }
    Ok(match cut {
        Some(_) => "without a network".into(),
        None => "with the network there is: this machine cannot take it away".into(),
    })
}

/// The program by its name on the path, or by its path within the tree.
fn locate(name: &str, inside: &Path, path: &OsStr) -> Option<PathBuf> {
    match name.contains('/') {
        true => Some(inside.join(name)).filter(|it| program::runs(it)),
        false => program::on_search_path(name, path),
    }
}

/// How this machine takes the network away from a program.
#[derive(Debug, Clone, Copy)]
struct Unshare {
    program: &'static str,
    options: &'static [&'static str],
}

/// Tried once: a namespace of one's own takes root, or a system that lets its users have some.
async fn no_network(path: &OsStr) -> Option<Unshare> {
    static KNOWN: OnceCell<Option<Unshare>> = OnceCell::const_new();
    let tried = async {
        for options in [&["--net"][..], &["--user", "--map-current-user", "--net"]] {
            let mut command = Command::new("unshare");
            command.args(options).args(["--", "true"]).env("PATH", path).kill_on_drop(true);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let ended = tokio::time::timeout(Duration::from_secs(3), command.status()).await;
            if ended.is_ok_and(|it| it.is_ok_and(|it| it.success())) {
                return Some(Unshare { program: "unshare", options });
            }
        }
        None
    };
    *KNOWN.get_or_init(|| tried).await
}
