//! The kubelets of all machines, as one ordinary client of whatever Kubernetes API there is: one watch of pods and one
//! of nodes, one loop of heartbeats, and a task for whatever is just starting or ending.

mod announce;
mod given_up;
mod heartbeat;
mod node_object;
mod pod_status;
mod pods;
mod register;

use crate::Clock;
use crate::world::{Node, World};
use kube::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests under way at once, for a thousand machines together.
const AT_ONCE: usize = 24;

/// What every kubelet shares.
#[derive(Clone)]
struct Kubelets {
    world: World,
    client: Client,
    clock: Clock,
    turns: Arc<Semaphore>,
}

/// Let every machine's kubelet speak to this API, until the world ends.
pub fn run(world: &World, client: Client) {
    let kubelets = Kubelets {
        client,
        clock: world.clock().clone(),
        turns: Arc::new(Semaphore::new(AT_ONCE)),
        world: world.passive(),
    };
    let ended = world.ended();
    tokio::spawn(async move {
        let all = async {
            tokio::join!(
                register::keep(kubelets.clone()),
                heartbeat::keep(kubelets.clone()),
                given_up::keep(kubelets.clone()),
                pods::keep(kubelets)
            );
        };
        ended.run_until_cancelled(all).await;
    });
}

/// The Nodes of all machines as their kubelets would have left them: for the first moment of a world.
pub fn first_nodes(world: &World) -> Vec<serde_json::Value> {
    let now = world.clock().now();
    let first = |node: &Arc<Node>| {
        let since = crate::world::Lock::held(&node.state).booted_at + 52_000;
        let mut object = node_object::registered(node);
        object["status"] = node_object::status(node, now, since, None);
        object
    };
    world.nodes().iter().map(first).collect()
}

impl Kubelets {
    /// One request at a time of many: waits for a turn.
    async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Ask until the API answers; what it refuses is an answer too. Gives up when the machine's kubelet is down.
    async fn insist<T, F>(&self, node: &Node, ask: impl Fn() -> F) -> Option<Result<T, kube::Error>>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        loop {
            let turn = self.turn().await?;
            let answer = ask().await;
            drop(turn);
            match answer {
                Err(kube::Error::Api(refused)) if refused.code < 500 && refused.code != 429 => {
                    return Some(Err(kube::Error::Api(refused)));
                }
                Ok(answer) => return Some(Ok(answer)),
                Err(_) => self.clock.sleep(Duration::from_secs(2)).await,
            }
            if !is_up(node) {
                return None;
            }
        }
    }

    /// Wait until the machine's kubelet runs; false if the machine is gone.
    async fn wait_up(&self, node: &Arc<Node>) -> bool {
        let mut changed = self.world.changed();
        loop {
            changed.borrow_and_update();
            if is_up(node) {
                return true;
            }
            if self.world.node(&node.spec.name).is_none() || changed.changed().await.is_err() {
                return false;
            }
        }
    }
}

/// The machine has power and its kubelet runs.
fn is_up(node: &Node) -> bool {
    use crate::world::Lock;
    node.state.held().powered && node.runs("kubelet")
}

/// Whether an answer is that the thing is not there.
fn is_absent<T>(answer: &Result<T, kube::Error>) -> bool {
    matches!(answer, Err(kube::Error::Api(refused)) if refused.code == 404)
}

/// Whether an answer is that the thing is there already.
fn is_present<T>(answer: &Result<T, kube::Error>) -> bool {
    matches!(answer, Err(kube::Error::Api(refused)) if refused.code == 409)
}

#[cfg(test)]
mod tests;
