//! Stories of installers that write another Talos.

use super::stage::{Stage, StoryError};
use crate::world::{Installer, Lock, Node, Role};
use std::sync::Arc;

fn second(stage: &Stage) -> Result<Arc<Node>, StoryError> {
    let planes = stage.world.nodes().into_iter().filter(|it| it.role() == Role::ControlPlane);
    planes.into_iter().nth(1).ok_or(StoryError::Missing("second control plane"))
}

/// The next installer there will end badly; so before anybody looks.
pub fn begin(stage: &Stage) -> Result<(), StoryError> {
    second(stage)?.change(|state| state.installer = Installer::WillFail);
    Ok(())
}

pub async fn fails(stage: &Stage) -> Result<(), StoryError> {
    let node = second(stage)?;
    let mut changed = stage.world.changed();
    let boots = node.state.held().boots;
    let version = node.talos_version();
    while node.state.held().installer != Installer::Failed {
        if node.state.held().boots != boots {
            let why = format!("{} was rebooted before its installer had failed", node.spec.name);
            return Err(StoryError::Broken(why));
        }
        if changed.changed().await.is_err() {
            return Ok(());
        }
        changed.borrow_and_update();
    }
    match node.talos_version() == version {
        true => Ok(()),
        false => Err(StoryError::Broken(format!("{} runs another Talos by now", node.spec.name))),
    }
}

/// What the machines run, and what Git says.
const OLD: &str = "v1.12.6";
const WISHED: &str = "v1.13.2";

/// Nobody has upgraded the machines; so before anybody looks.
pub fn fall_behind(stage: &Stage) {
    for node in stage.world.nodes() {
        node.change(|state| state.talos_version = OLD.to_owned());
    }
}

pub async fn catch_up(stage: &Stage) -> Result<(), StoryError> {
    let mut changed = stage.world.changed();
    while !stage.world.nodes().iter().all(|it| it.talos_version() == WISHED) {
        if changed.changed().await.is_err() {
            return Ok(());
        }
        changed.borrow_and_update();
    }
    Ok(())
}
