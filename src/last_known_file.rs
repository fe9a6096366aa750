//! The last known state on disk: private, without secrets, one file for each set of sources.

use backends::Sources;
use domain::LastKnown;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

#[derive(Debug, Clone, Default)]
pub struct LastKnownFile {
    /// None where there is no folder for state.
    path: Option<PathBuf>,
}

impl LastKnownFile {
    /// The file for these sources; other clusters have other files.
    pub fn of(sources: &Sources) -> Self {
        let mut hasher = DefaultHasher::new();
        (&sources.kubeconfig, &sources.kube_context, &sources.talosconfig, &sources.talos_context)
            .hash(&mut hasher);
        (&sources.repository, &sources.branch, std::env::current_dir().ok()).hash(&mut hasher);
        let name = format!("{:016x}.json", hasher.finish());
        Self { path: sources.state_dir.as_ref().map(|dir| dir.join("last-known").join(name)) }
    }

    /// What was kept; none where nothing was, or where another version wrote what this one cannot read.
    pub fn read(&self) -> Option<LastKnown> {
        let text = fs::read(self.path.as_ref()?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keep it. A disk that is full loses the memory and nothing else.
    pub fn write(&self, known: &LastKnown) {
        if let Some(path) = &self.path
            && !known.feeds.iter().all(|(_, heard)| heard.is_none())
        {
            let _ = replace(path, known);
        }
    }
}

/// Written beside and moved over, so that a crash leaves the old one.
fn replace(path: &std::path::Path, known: &LastKnown) -> io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let beside = path.with_extension("new");
    let mut file =
        fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec(known)?)?;
    file.sync_data()?;
    fs::rename(beside, path)
}
