//! Stories of configs that are tried.

use super::stage::{Stage, StoryError};
use crate::faces::talos::try_config;
use crate::world::{Lock, Node, Role, Wire};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long the answer to the try has to get out before the node is silent.
const LAST_WORD: Duration = Duration::from_secs(1);
/// How long the other operator tries.
const TRIED: Duration = Duration::from_secs(600);

fn is_trying(node: &Node) -> bool {
    node.state.held().trying.is_some()
}

fn control_planes(stage: &Stage) -> Vec<Arc<Node>> {
    stage.world.nodes().into_iter().filter(|it| it.role() == Role::ControlPlane).collect()
}

/// What is known of the nodes while nothing is tried on them.
pub struct Watched {
    changed: watch::Receiver<u64>,
    before: BTreeMap<String, String>,
}

/// Look at the nodes before anybody else does.
pub fn look(stage: &Stage) -> Watched {
    let changed = stage.world.changed();
    let before = control_planes(stage).into_iter().map(|it| (it.spec.name.clone(), it.config().text.clone()));
    Watched { changed, before: before.collect() }
}

pub async fn reverts(stage: &Stage, watched: Watched) -> Result<(), StoryError> {
    let Watched { mut changed, mut before } = watched;
    let mut tried = BTreeSet::new();
    let second = loop {
        changed.borrow_and_update();
        let mut second = None;
        for node in control_planes(stage) {
            let name = node.spec.name.clone();
            if !is_trying(&node) {
                before.insert(name, node.config().text.clone());
            } else if tried.insert(name) && tried.len() == 2 {
                second = Some(node);
            }
        }
        if let Some(second) = second {
            break second;
        }
        if changed.changed().await.is_err() {
            return Ok(());
        }
    };
    stage.clock.sleep(LAST_WORD).await;
    second.wire.send_replace(Wire::Silent);
    while is_trying(&second) {
        if changed.changed().await.is_err() {
            return Ok(());
        }
        changed.borrow_and_update();
    }
    let was = before.get(&second.spec.name);
    if was != Some(&second.config().text) {
        let why = format!("{} did not go back to the config that it had before the try", second.spec.name);
        return Err(StoryError::Broken(why));
    }
    second.wire.send_replace(Wire::Answering);
    Ok(())
}

/// What the other operator has begun before anybody looks.
pub struct Pending {
    node: Arc<Node>,
    before: String,
    tried: String,
    boots: u64,
}

/// Let the other operator begin.
pub fn begin(stage: &Stage) -> Result<Pending, StoryError> {
    let node = control_planes(stage).pop().ok_or(StoryError::Missing("control plane"))?;
    let before = node.config().text.clone();
    let boots = node.state.held().boots;
    let tried = before.replacen("event-ttl: 3h", "event-ttl: 8h", 1);
    if tried == before {
        return Err(StoryError::Missing("event-ttl in the config of its control plane"));
    }
    try_config(&node, &tried, TRIED).map_err(StoryError::Broken)?;
    Ok(Pending { node, before, tried, boots })
}

pub async fn pending(stage: &Stage, begun: Pending) -> Result<(), StoryError> {
    let Pending { node, before, tried, boots } = begun;
    let mut changed = stage.world.changed();
    while is_trying(&node) && node.config().text == tried {
        if changed.changed().await.is_err() {
            return Ok(());
        }
        changed.borrow_and_update();
    }
    let now = node.config().text.clone();
    let why = match now {
        _ if node.state.held().boots != boots => "was rebooted while another operator tried a config on it",
        now if now == before => return Ok(()),
        now if now == tried => {
            "keeps the config that another operator only tried: somebody cancelled the try"
        }
        _ => "was given another config while an operator tried one on it",
    };
    Err(StoryError::Broken(format!("{} {why}", node.spec.name)))
}
