//! Reboot, reset, and the old way to upgrade.

use crate::world::{Node, Written, life};
use std::sync::Arc;
use tonic::Status;
use wire::machine as w;

pub fn reboot(node: &Arc<Node>) -> String {
    life::reboot(node)
}

/// What an installer's image is of: the version in its tag, and the schematic that an image of the factory is named by.
pub fn written_by(image: &str) -> Result<Written, Status> {
    let named = image.split('@').next().unwrap_or_default();
    match named.rsplit_once(':') {
        Some((path, tag)) if tag.starts_with('v') => {
            let last = path.rsplit('/').next().unwrap_or_default();
            let is_schematic = last.len() == 64 && last.bytes().all(|it| it.is_ascii_hexdigit());
            Ok(Written { version: tag.to_owned(), schematic: is_schematic.then(|| last.to_owned()) })
        }
        _ => Err(Status::invalid_argument(format!(
            "error validating installer image \"{image}\": no version in its tag"
        ))),
    }
}

pub fn upgrade(node: &Arc<Node>, asked: &w::UpgradeRequest) -> Result<w::Upgrade, Status> {
    let written = written_by(&asked.image)?;
    if node.is_control_plane() && !asked.force && !asked.preserve {
        let members = node.cluster.etcd.members();
        if members.len() == 2 {
            return Err(Status::failed_precondition("etcd cluster is not in a healthy state: 2 members"));
        }
        if let Some(down) = members.iter().find(|it| !it.running) {
            let text = format!(
                "etcd member {:016x} is not healthy; all members must be healthy to perform an upgrade",
                down.id
            );
            return Err(Status::failed_precondition(text));
        }
    }
    let actor_id = life::upgrade(node, written, asked.stage);
    Ok(w::Upgrade { metadata: None, ack: "Upgrade request received".into(), actor_id })
}

/// Wipes the machine. With `graceful` its etcd member leaves first; what comes after is a machine without a config,
/// which this world shows as one that is off.
pub fn reset(node: &Arc<Node>, asked: w::ResetRequest) -> Result<w::Reset, Status> {
    if asked.graceful {
        life::leave_etcd(node).map_err(|why| Status::failed_precondition(why.to_string()))?;
    }
    let actor_id = life::reset(node);
    Ok(w::Reset { metadata: None, actor_id })
}
