//! A kustomization: when its source has news, it applies what its folder holds, waits, and prunes.

use super::Flux;
use super::apply::{Entry, manifests};
use super::status::{
    Looks, generation, is_observed, is_ready, is_requested, is_suspended, observe, set, span, unset,
};
use crate::control::{
    Condition, Event, Key, Kind, Outcome, Problem, Reconcile, deleting, key, kinds, namespace, text,
    timestamp,
};
use crate::world::seeded;
use serde_json::{Value, json};
use std::time::Duration;

/// How long it takes to fetch, build and apply.
const WORK: Duration = Duration::from_secs(2);
/// How soon one that waits for another looks again.
const DEPENDENCY: Duration = Duration::from_secs(5);
/// How often one that waits for health looks.
const HEALTH: Duration = Duration::from_secs(2);
/// What is remembered of earlier reconciliations.
const REMEMBERED: usize = 5;

pub(super) struct Kustomizations {
    flux: Flux,
    looks: Looks,
}

/// Why a reconciliation failed: reason and message.
struct Failure(&'static str, String);

/// Say that everything of a revision is applied.
pub(super) fn applied(object: &mut Value, revision: &str, inventory: &[Entry], now: i64) {
    let digest = format!(
        "sha256:{}",
        seeded::hex(0, &inventory.iter().map(|it| it.id.as_str()).collect::<String>(), 0, 64)
    );
    let status = &mut object["status"];
    status["lastAppliedRevision"] = json!(revision);
    status["lastAttemptedRevision"] = json!(revision);
    status["inventory"] = json!({"entries": inventory.iter().map(Entry::told).collect::<Vec<_>>()});
    let mut history = status["history"].as_array().cloned().unwrap_or_default();
    let at = timestamp(now);
    let same = |it: &Value| it["digest"] == digest.as_str() && it["metadata"]["revision"] == revision;
    if history.first().is_some_and(same) {
        let total = history[0]["totalReconciliations"].as_i64().unwrap_or_default();
        history[0]["totalReconciliations"] = json!(total + 1);
        history[0]["lastReconciled"] = json!(at);
    } else {
        history.insert(0, json!({
            "digest": digest, "firstReconciled": at, "lastReconciled": at, "lastReconciledDuration": "1.8s",
            "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 1,
            "metadata": {"revision": revision},
        }));
        history.truncate(REMEMBERED);
    }
    status["history"] = json!(history);
    observe(object);
    unset(object, "Reconciling");
    if object["spec"]["wait"] == true {
        set(object, &Condition::new("Healthy", "True", "Succeeded", "Health check passed in 1.2s"), now);
    }
    let message = format!("Applied revision: {revision}");
    set(object, &Condition::new("Ready", "True", "ReconciliationSucceeded", message), now);
}

impl Kustomizations {
    pub fn new(flux: &Flux) -> Self {
        Self { flux: flux.clone(), looks: Looks::new(&flux.clock) }
    }

    fn source(&self, object: &Value) -> Option<std::sync::Arc<Value>> {
        let space = text(object, "/spec/sourceRef/namespace");
        let space = if space.is_empty() { namespace(object) } else { space };
        self.flux.mirror.get(kinds::GIT_REPOSITORY, &Key::new(space, text(object, "/spec/sourceRef/name")))
    }

    /// The first of those it depends on that is not where it shall be.
    fn waits_for(&self, object: &Value, revision: &str) -> Option<String> {
        let needed = object["spec"]["dependsOn"].as_array()?;
        needed.iter().find_map(|it| {
            let space = it["namespace"].as_str().unwrap_or(namespace(object));
            let name = it["name"].as_str().unwrap_or_default();
            let found = self.flux.mirror.get(kinds::KUSTOMIZATION, &Key::new(space, name));
            let there =
                found.is_some_and(|it| is_ready(&it) && it["status"]["lastAppliedRevision"] == revision);
            (!there).then(|| format!("{space}/{name}"))
        })
    }

    async fn failed(&self, old: &Value, why: Failure, again: Duration) -> Result<Outcome, Problem> {
        let (mut new, now) = (old.clone(), self.flux.clock.now());
        observe(&mut new);
        unset(&mut new, "Reconciling");
        if why.0 == "HealthCheckFailed" {
            set(&mut new, &Condition::no("Healthy", why.0, why.1.clone()), now);
        }
        set(&mut new, &Condition::no("Ready", why.0, why.1), now);
        self.flux.mirror.write(kinds::KUSTOMIZATION, old, &new).await?;
        Ok(Outcome::Again(again))
    }

    /// Apply it, wait for it, prune what it does not hold any more.
    async fn carry_out(&self, object: &Value, id: &str, source: &Value) -> Result<Vec<Entry>, Failure> {
        let fetched = self.flux.sources.read(text(source, "/spec/url"), id).await;
        let (_, tree) = fetched.map_err(|why| Failure("ArtifactFailed", why.to_string()))?;
        let objects = manifests(&tree, object).map_err(|why| Failure("BuildFailed", why))?;
        for it in &objects {
            self.flux.hands.apply(it).await.map_err(|why| Failure("ReconciliationFailed", why))?;
        }
        let inventory: Vec<Entry> = objects.iter().map(Entry::of).collect();
        if object["spec"]["prune"] == true {
            let before = object["status"]["inventory"]["entries"].as_array().cloned().unwrap_or_default();
            for gone in before.iter().filter_map(Entry::read).filter(|it| !inventory.contains(it)) {
                self.flux.hands.prune(&gone).await.map_err(|why| Failure("PruneFailed", why))?;
            }
        }
        if object["spec"]["wait"] == true {
            self.healthy(object, &objects).await?;
        }
        Ok(inventory)
    }

    async fn healthy(&self, object: &Value, objects: &[Value]) -> Result<(), Failure> {
        let timeout = span(object, "/spec/timeout");
        let limit = self.flux.clock.now() + i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX / 2);
        loop {
            let bad = self.flux.hands.unhealthy(objects).await;
            if bad.is_empty() {
                return Ok(());
            }
            if self.flux.clock.now() > limit || bad.iter().any(|it| it.ends_with("'Failed'")) {
                let why = format!("health check failed after {}s: {}", timeout.as_secs(), bad.join(", "));
                return Err(Failure("HealthCheckFailed", why));
            }
            self.flux.clock.sleep(HEALTH).await;
        }
    }
}

impl Reconcile for Kustomizations {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::KUSTOMIZATION, kinds::GIT_REPOSITORY]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        if event.kind == kinds::KUSTOMIZATION {
            return vec![key(&event.object)];
        }
        let all = self.flux.mirror.list(kinds::KUSTOMIZATION);
        let fed =
            all.iter().filter(|it| self.source(it).is_some_and(|source| key(&source) == key(&event.object)));
        fed.map(|it| key(it)).collect()
    }

    async fn reconcile(&self, key: &Key) -> Result<Outcome, Problem> {
        let kind = kinds::KUSTOMIZATION;
        let Some(old) = self.flux.mirror.get(kind, key).filter(|it| !deleting(it) && !is_suspended(it))
        else {
            return Ok(Outcome::Settled);
        };
        let interval = span(&old, "/spec/interval");
        let source = self.source(&old);
        let revision = source.as_ref().map_or("", |it| text(it, "/status/artifact/revision")).to_owned();
        let (Some(source), Some((_, id))) = (source, revision.rsplit_once(':')) else {
            let why = Failure("ArtifactFailed", "Source artifact not found, retrying in 30s".into());
            return self.failed(&old, why, Duration::from_secs(30)).await;
        };
        let is_new = old["status"]["lastAttemptedRevision"] != revision.as_str()
            || !is_observed(&old)
            || is_requested(&old)
            || crate::control::condition(&old["status"]["conditions"], "Ready")
                .is_none_or(|it| it["reason"] == "DependencyNotReady");
        if let Some(rest) = self.looks.rest(key, interval).filter(|_| !is_new) {
            return Ok(Outcome::Again(rest));
        }
        if let Some(needed) = self.waits_for(&old, &revision) {
            let why = Failure("DependencyNotReady", format!("dependency '{needed}' is not ready"));
            return self.failed(&old, why, DEPENDENCY).await;
        }
        let mut current = Value::clone(&old);
        if old["status"]["lastAppliedRevision"] != revision.as_str() {
            let now = self.flux.clock.now();
            let told = "Reconciliation in progress";
            set(&mut current, &Condition::new("Reconciling", "True", "Progressing", told), now);
            set(&mut current, &Condition::unknown("Ready", "Progressing", told), now);
            current["status"]["observedGeneration"] = json!(generation(&old));
            current = self.flux.mirror.write(kind, &old, &current).await?;
            self.flux.clock.sleep(WORK).await;
        }
        self.looks.looked(key);
        match self.carry_out(&current, id, &source).await {
            Ok(inventory) => {
                let mut new = current.clone();
                applied(&mut new, &revision, &inventory, self.flux.clock.now());
                self.flux.mirror.write(kind, &current, &new).await?;
                Ok(Outcome::Again(interval))
            }
            Err(why) => {
                let mut attempted = current.clone();
                attempted["status"]["lastAttemptedRevision"] = json!(revision);
                let attempted = self.flux.mirror.write(kind, &current, &attempted).await?;
                let retry = if old["spec"]["retryInterval"].is_string() {
                    span(&old, "/spec/retryInterval")
                } else {
                    interval
                };
                self.failed(&attempted, why, retry).await
            }
        }
    }
}
