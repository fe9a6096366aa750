//! The configuration files that anybody needs to look at a world. All of them are private.

use super::WorldError;
use super::ground::Ground;
use crate::engines::Engines;
use crate::faces::git::Remote;
use crate::pki::{PkiError, talosconfig, write_private};
use std::path::Path;

/// The port that a talosconfig need not name.
const APID: u16 = 50_000;

/// Name and text of the files that every world has. `cluster` is the context of the talosconfigs.
pub(super) async fn written(
    ground: &Ground<'_>,
    cluster: &str,
    engines: &Engines,
    remote: &Remote,
) -> Result<Vec<(&'static str, String)>, WorldError> {
    let (mut endpoints, mut nodes) = (Vec::new(), Vec::new());
    let mut machines = ground.world.nodes();
    machines.sort_by_key(|it| it.spec.server_id);
    for node in machines {
        nodes.push(node.spec.address.to_string());
        // Workers too: whoever is told that the world is ready may ask any of them.
        let endpoint = ground.world.endpoint(&node.spec.name).await;
        if node.is_control_plane() {
            endpoints.extend(
                endpoint.map(|it| if it.port() == APID { it.ip().to_string() } else { it.to_string() }),
            );
        }
    }
    let talos = &ground.talos;
    let config = |role: &str| -> Result<String, PkiError> {
        Ok(talosconfig(cluster, talos.cert_pem(), &talos.client("", &[role])?, &endpoints, &nodes))
    };
    Ok(vec![
        ("kubeconfig", engines.admin.clone()),
        ("kubeconfig-limited", engines.limited.clone()),
        ("talosconfig", config("os:admin")?),
        ("talosconfig-reader", config("os:reader")?),
        ("git.env", format!("GIT_REMOTE_FILE={}\nGIT_REMOTE_HTTP={}\n", remote.url(), remote.http_url())),
    ])
}

pub(super) fn write(dir: &Path, files: Vec<(&'static str, String)>) -> std::io::Result<()> {
    files.into_iter().try_for_each(|(name, text)| write_private(&dir.join(name), &text))
}

/// A folder that only its owner may enter.
pub(super) async fn private(dir: &Path) -> std::io::Result<()> {
    tokio::fs::create_dir_all(dir).await?;
    #[cfg(unix)]
    tokio::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).await?;
    Ok(())
}
