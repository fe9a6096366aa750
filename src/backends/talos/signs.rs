//! Signs of life of one node, asked now: its stage, its services, its member of etcd, when it booted.

use super::cosi::{self, Told, Type};
use super::decode::node::{Kind, Known};
use super::node::unheard;
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use domain::{Node, NodeName, Service};

/// What of a node tells how it fares.
const KINDS: [Kind; 4] = [Kind::MachineStatus, Kind::Services, Kind::EtcdMember, Kind::NodeStatus];

/// Ask for all of them.
pub(super) async fn signs(roads: &Roads, name: &NodeName, at: &str) -> Result<Node, Trouble> {
    let mut known = Known::default();
    for kind in KINDS {
        match cosi::list(roads, at, &kind.of()).await {
            Ok(all) => known.hear(kind, Told::All(all)),
            Err(trouble) if trouble.is_silence() => return Err(trouble),
            Err(trouble) => known.hear(kind, Told::Withheld(trouble)),
        }
    }
    let mut node = unheard(name, at);
    known.write(&mut node);
    Ok(node)
}

/// Whether a service does what it should.
pub(super) fn is_well(service: &Service) -> bool {
    service.running && service.healthy != Some(false)
}

/// Which boot this is: the id of it where Talos tells one, else when it was.
pub(super) async fn boot(roads: &Roads, at: &str) -> Result<String, Trouble> {
    let ids = cosi::list(roads, at, &Type::of("runtime", "BootIDs.runtime.talos.dev")).await;
    match ids {
        Ok(all) if !all.is_empty() => return Ok(all.iter().map(|it| it.yaml.clone()).collect()),
        Err(trouble) if trouble.is_silence() => return Err(trouble),
        _ => {}
    }
    let answer =
        roads.ask(at, |client: Client| async move { client.machine().system_stat(()).await }).await?;
    let booted = answer.messages.first().map(|it| it.boot_time).unwrap_or_default();
    Ok(format!("booted at {booted}"))
}

/// Whether the node's own server answers, nobody in between.
pub(super) async fn answers_itself(roads: &Roads, at: &str) -> Result<(), Trouble> {
    let endpoint = roads.itself(at)?;
    roads
        .ask_at(&endpoint, |client: Client| async move { client.machine().version(()).await })
        .await
        .map(|_| ())
}
