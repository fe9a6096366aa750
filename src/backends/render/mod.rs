//! Rendering: a command that turns a tree into one machine config for each node, or a folder of it into the objects that
//! are delivered. It is the person's own tool, run on an export of a commit in a private folder. What it writes is secret: nothing of it leaves the hands but digests
//! and masked differences.

mod config;
mod folder;
mod helm;
mod layout;
mod objects;
mod said;
mod shut_in;
mod talconfig;
#[cfg(test)]
mod trial;

pub(crate) use config::{MachineConfig, digest_of};
pub(crate) use helm::source;
pub(crate) use objects::{Manifests, objects};
pub(crate) use said::masked;

use crate::git::{Tree, is_locked};
use crate::{Sources, program};
use domain::{Digest, Rendered};
use folder::Folder;
use layout::Found;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How long a renderer may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What of the machine may be used to render.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tools {
    /// Searched before `$PATH`.
    pub folder: Option<PathBuf>,
    pub age_key_file: Option<PathBuf>,
    /// Commands of a repository's own that the person allows.
    pub allowed: Vec<String>,
    /// What charts may ask of the cluster that they are rendered for.
    pub capabilities: Capabilities,
}

/// What a server is able to do, as charts ask for it. Empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// `v1.35.2`.
    pub version: String,
    /// Every `group/version` and `group/version/Kind`.
    pub apis: Vec<String>,
}

impl Tools {
    pub(crate) fn of(sources: &Sources) -> Self {
        Self {
            folder: sources.tools.clone(),
            age_key_file: sources.age_key_file.clone(),
            allowed: sources.allowed_renderers.clone(),
            capabilities: Capabilities::default(),
        }
    }

    /// What changes when talhelper or the file of keys does.
    pub(crate) fn stamp(&self) -> Vec<Option<SystemTime>> {
        let path = program::search_path(self.folder.as_deref());
        let key = match shut_in::Key::find(self) {
            shut_in::Key::File(path) => Some(path),
            _ => None,
        };
        let files = [program::on_search_path("talhelper", &path), key];
        files.into_iter().map(|it| it?.metadata().ok()?.modified().ok()).collect()
    }
}

/// What is known of the live cluster, to tell which of several declared ones it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Live {
    /// Names of its nodes, and its own where it is known.
    pub names: Vec<String>,
    pub addresses: Vec<String>,
}

/// The config of one node, and how the repository knows it.
#[derive(Debug, Clone)]
pub(crate) struct RenderedNode {
    pub name: String,
    /// Where the repository says that it is; may be empty.
    pub addresses: Vec<String>,
    pub config: MachineConfig,
}

/// What a tree was rendered to.
#[derive(Debug, Clone)]
pub(crate) struct Rendering {
    pub rendered: Rendered,
    pub nodes: Vec<RenderedNode>,
    /// Of the locked files and the key that went into it.
    pub secrets: Digest,
}

/// Why there is no rendering. The text holds nothing that was rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RenderFailure {
    #[error(
        "nothing here is rendered to machine configs: there is no talconfig.yaml, and .pilothouse.toml names no renderer"
    )]
    NoRenderer,
    #[error("none of {0} is of the cluster that is looked at")]
    OtherClusters(String),
    #[error("{path} cannot be read: {why}")]
    Unreadable { path: String, why: String },
    #[error("{0} is not found on PATH, so {1} cannot be rendered here")]
    NoProgram(String, String),
    #[error("`{command}`, which .pilothouse.toml names, is not run: config.toml does not allow it")]
    NotAllowed { command: String },
    #[error("{0} has no secrets beside it: talhelper would make new ones, and every node would be another's")]
    NoSecrets(String),
    #[error("{program} failed: {said}")]
    Failed { program: String, said: String },
    #[error("{program} did not end within {seconds} s, and was ended")]
    Slow { program: String, seconds: u64 },
    #[error("{program} wrote no config for {nodes}")]
    Missing { program: String, nodes: String },
    #[error("{file}, which {by} names, is not in the repository")]
    NoValues { file: String, by: String },
    #[error("{by} names {said}, which helm would take for more than one thing")]
    Several { said: String, by: String },
    #[error("the private folder to render in: {0}")]
    Folder(String),
}

impl RenderFailure {
    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoProgram(program, _) => format!("install {program}, or have its folder in PATH"),
            Self::NotAllowed { command } => {
                format!("to allow it: renderers = [{command:?}] in config.toml; read first what it does")
            }
            Self::OtherClusters(_) => "look at the cluster by its own talosconfig".into(),
            Self::NoSecrets(_) => "commit talsecret.sops.yaml beside it".into(),
            _ => return None,
        })
    }

    pub(crate) fn told(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }
}

/// Export the tree, run the renderer that its layout names, and read what it wrote.
pub(crate) async fn render(tree: &Tree, tools: &Tools, live: &Live) -> Result<Rendering, RenderFailure> {
    let (found, folder, key) = aside({
        let (tree, tools, live) = (tree.clone(), tools.clone(), live.clone());
        move || {
            let found = layout::find(&tree, &tools, &live)?;
            let folder = Folder::make().map_err(|err| RenderFailure::Folder(err.to_string()))?;
            folder.export(&tree).map_err(|err| RenderFailure::Folder(err.to_string()))?;
            Ok((found, folder, shut_in::Key::find(&tools)))
        }
    })
    .await?;
    let isolation = shut_in::run(&found.job, &folder, tools, &key, PATIENCE).await?;
    let tree = tree.clone();
    aside(move || {
        let nodes = found.read(&folder.out())?;
        let secrets = secrets(&tree, &found, &key);
        let rendered =
            Rendered { by: found.job.program, from: found.job.from, cluster: found.cluster, isolation };
        Ok(Rendering { rendered, nodes, secrets })
    })
    .await
}

/// Work with files, off the threads that must not wait.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RenderFailure> + Send + 'static,
) -> Result<T, RenderFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|err| Err(RenderFailure::Folder(err.to_string())))
}

/// sha256 over the locked files beside the source and the key that opens them.
fn secrets(tree: &Tree, found: &Found, key: &shut_in::Key) -> Digest {
    let mut hash = Sha256::new();
    let folder = found.folder();
    for (path, leaf) in tree.leaves().iter().filter(|(path, _)| path.0.starts_with(&folder)) {
        if let crate::git::Leaf::File { bytes, .. } = leaf
            && std::str::from_utf8(bytes).is_ok_and(is_locked)
        {
            hash.update(format!("{}\0{}\0", path.0, bytes.len()));
            hash.update(bytes);
        }
    }
    hash.update(key.digest());
    digest_of(&hash.finalize())
}
