//! Stories in which something stops answering.

use super::stage::{Stage, StoryError, condition};
use crate::world::Role;
use serde_json::Value;

pub async fn node_down(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(6).await;
    let name = stage.node(Role::Worker, 0)?;
    stage.world.kill(&name);
    let ready = |all: &[Value], wanted: &[&str]| {
        let node = all.iter().find(|it| it["metadata"]["name"] == name.as_str());
        let ready = node.and_then(|it| condition(it, "Ready"));
        ready.is_some_and(|it| wanted.iter().any(|word| it["status"] == *word))
    };
    stage.until("", "v1", "Node", "nodes", |all| ready(all, &["Unknown", "False"])).await;
    stage.wait(140).await;
    stage.world.revive(&name);
    stage.until("", "v1", "Node", "nodes", |all| ready(all, &["True"])).await;
    Ok(())
}

pub async fn api_server_down(stage: &Stage) -> Result<(), StoryError> {
    stage.wait(8).await;
    stage.api.cut().await?;
    stage.wait(90).await;
    // Its port may be taken for a moment; nobody else wants it for long.
    while stage.api.restore().await.is_err() {
        stage.wait(1).await;
    }
    stage.until("", "v1", "Node", "nodes", |all| !all.is_empty()).await;
    Ok(())
}
