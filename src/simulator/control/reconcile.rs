//! The loop of a controller: events make keys due, each key is reconciled by one worker at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Journal, Key, Kind, Mirror, Problem};
use crate::Clock;

/// Keys that one controller works on at the same time, as the real ones do.
const WORKERS: usize = 10;

/// Back-off after a failure: the first pause, doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An object changed, or is gone.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub kind: Kind,
    pub object: Arc<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to do until something changes.
    Settled,
    /// Look again after this span of the world's time, even if nothing is heard.
    Again(Duration),
}

pub(crate) trait Reconcile: Send + Sync + 'static {
    /// What must be mirrored for it to work.
    fn kinds(&self) -> Vec<Kind>;

    /// Whom a change concerns.
    fn concerns(&self, event: &Event) -> Vec<Key>;

    /// Bring one object nearer to what it should be.
    fn reconcile(&self, key: &Key) -> impl Future<Output = Result<Outcome, Problem>> + Send;
}

/// Run a controller for as long as the mirror lives.
pub(crate) async fn run<R: Reconcile>(controller: Arc<R>, mirror: Mirror, clock: Clock, journal: Journal) {
    let kinds = controller.kinds();
    mirror.synced(&kinds).await;
    let mut events = mirror.listen(&kinds);
    let mut due: BTreeSet<Key> = BTreeSet::new();
    let mut at_work: BTreeMap<tokio::task::Id, Key> = BTreeMap::new();
    let mut failures: BTreeMap<Key, u32> = BTreeMap::new();
    // The newest timer of each key; an older one that rings is not heeded.
    let mut newest: BTreeMap<Key, u64> = BTreeMap::new();
    let mut count = 0_u64;
    let mut timers = FuturesUnordered::new();
    let mut workers: JoinSet<Result<Outcome, Problem>> = JoinSet::new();
    loop {
        while workers.len() < WORKERS
            && let Some(key) = due.iter().find(|key| !at_work.values().any(|busy| busy == *key)).cloned()
        {
            due.remove(&key);
            newest.remove(&key);
            let (controller, task) = (controller.clone(), key.clone());
            let worker = workers.spawn(async move { controller.reconcile(&task).await });
            at_work.insert(worker.id(), key);
        }
        let (key, pause) = tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { return };
                due.extend(controller.concerns(&event));
                continue;
            }
            Some((key, number)) = timers.next(), if !timers.is_empty() => {
                if newest.get(&key) == Some(&number) {
                    due.insert(key);
                }
                continue;
            }
            Some(done) = workers.join_next_with_id(), if !workers.is_empty() => {
                let (id, result) = match done {
                    Ok((id, result)) => (id, result),
                    Err(failed) => (failed.id(), Err(Problem::Other(failed.to_string()))),
                };
                let Some(key) = at_work.remove(&id) else { continue };
                match result {
                    Ok(outcome) => {
                        failures.remove(&key);
                        match outcome {
                            Outcome::Settled => continue,
                            Outcome::Again(pause) => (key, pause),
                        }
                    }
                    Err(Problem::Gone(_)) => continue,
                    Err(problem) => {
                        if !matches!(problem, Problem::Conflict) {
                            journal.error("Reconciler error", &[("object", &key.to_string()), ("err", &problem.to_string())]);
                        }
                        let failed = failures.entry(key.clone()).or_default();
                        let pause = FIRST_PAUSE.saturating_mul(1 << (*failed).min(10)).min(LONGEST_PAUSE);
                        *failed += 1;
                        (key, pause)
                    }
                }
            }
        };
        count += 1;
        newest.insert(key.clone(), count);
        let (clock, number) = (clock.clone(), count);
        timers.push(async move {
            clock.sleep(pause).await;
            (key, number)
        });
    }
}
