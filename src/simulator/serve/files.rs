//! The configuration files that anybody needs to look at a world. All of them are private.

use super::WorldError;
use crate::faces::git::Remote;
use crate::faces::hetzner::HetznerFace;
use crate::genesis::machines::Founder;
use crate::pki::{Authority, PkiError, talosconfig, write_private};
use crate::stand_ins::Engines;
use crate::world::World;
use std::path::Path;

/// The port that a talosconfig need not name.
const APID: u16 = 50_000;

/// Name and text of each file.
pub(super) async fn written(
    dir: &Path,
    engines: &Engines,
    remote: &Remote,
    talos: &Authority,
    face: &HetznerFace,
    world: &World,
    machines: &[Founder],
) -> Result<Vec<(&'static str, String)>, WorldError> {
    let mut endpoints = Vec::new();
    for machine in machines.iter().filter(|it| it.control_plane) {
        let endpoint = world.endpoint(&machine.name).await;
        endpoints
            .extend(endpoint.map(|it| if it.port() == APID { it.ip().to_string() } else { it.to_string() }));
    }
    let nodes: Vec<String> = machines.iter().map(|it| it.address.to_string()).collect();
    let config = |role: &str| -> Result<String, PkiError> {
        Ok(talosconfig("k8s", talos.cert_pem(), &talos.client("", &[role])?, &endpoints, &nodes))
    };
    Ok(vec![
        ("kubeconfig", engines.admin.clone()),
        ("kubeconfig-limited", engines.limited.clone()),
        ("talosconfig", config("os:admin")?),
        ("talosconfig-reader", config("os:reader")?),
        ("hcloud.env", format!("HCLOUD_TOKEN={}\nHCLOUD_ENDPOINT={}\n", face.read_token, face.endpoint)),
        (
            "git.env",
            format!("GIT_REMOTE_FILE={}\nGIT_REMOTE_HTTP={}\n", Remote::file_url(dir), remote.http_url()),
        ),
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
