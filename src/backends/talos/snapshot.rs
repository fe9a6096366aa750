//! A snapshot of etcd, streamed to a file of its own: a read, and the one thing Talos writes to our disk.

use super::Talos;
use super::roads::Client;
use super::trouble::Trouble;
use domain::NodeName;
use std::path::{Path, PathBuf};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use wire::machine as pb;

/// Write a snapshot from `node` to `path`, which must not be there yet. Answers how many bytes it has. The file is
/// readable by its owner alone: it holds every secret of the cluster.
pub(super) async fn save(talos: &Talos, node: &NodeName, path: &Path) -> Result<u64, String> {
    let roads = talos.roads().map_err(|_| "there is no talosconfig to ask with".to_owned())?;
    let at = talos.address(node).ok_or_else(|| format!("{node} is not known to Talos"))?;
    let call = |it: Client| async move { it.machine().etcd_snapshot(pb::EtcdSnapshotRequest {}).await };
    let mut stream = roads.stream(&at, call).await.map_err(|it| words(&roads.config.roles(), &it))?;
    let partial = partial(path);
    let written = async {
        if tokio::fs::try_exists(path).await.unwrap_or(false) {
            return Err(format!("{} is there already", path.display()));
        }
        let mut file = create(&partial).await?;
        let mut bytes = 0_u64;
        while let Some(chunk) =
            stream.message().await.map_err(|it| words(&roads.config.roles(), &it.into()))?
        {
            file.write_all(&chunk.bytes).await.map_err(|err| err.to_string())?;
            bytes += chunk.bytes.len() as u64;
        }
        if bytes == 0 {
            return Err("the snapshot was empty".into());
        }
        file.sync_all().await.map_err(|err| err.to_string())?;
        tokio::fs::rename(&partial, path).await.map_err(|err| format!("{}: {err}", path.display()))?;
        Ok(bytes)
    };
    let result = written.await;
    if result.is_err() {
        let _ = tokio::fs::remove_file(&partial).await;
    }
    result
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

async fn create(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await.map_err(|err| format!("{}: {err}", path.display()))
}

fn words(roles: &str, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Forbidden(_) => {
            format!("a snapshot takes the role os:etcd:backup, os:operator or os:admin; ours is {roles}")
        }
        trouble => trouble.to_string(),
    }
}
