//! A release of a chart: of what it would install only the status is told.

use super::Flux;
use super::status::{Looks, is_observed, is_requested, is_suspended, observe, set, span, unset};
use crate::control::{
    Condition, Event, Key, Kind, Outcome, Problem, Reconcile, deleting, key, kinds, text, timestamp,
};
use crate::world::seeded;
use serde_json::{Value, json};
use std::time::Duration;

/// How long an upgrade takes.
const UPGRADE: Duration = Duration::from_secs(12);
/// Releases that are remembered.
const REMEMBERED: usize = 5;

pub(super) struct Releases {
    flux: Flux,
    looks: Looks,
}

fn chart(object: &Value) -> (&str, &str) {
    (text(object, "/spec/chart/spec/chart"), text(object, "/spec/chart/spec/version"))
}

/// What is to be released differs from what was.
fn is_due(object: &Value) -> bool {
    let newest = &object["status"]["history"][0];
    newest["chartVersion"].as_str() != Some(chart(object).1)
        || newest["configDigest"].as_str() != Some(digest(object).as_str())
}

fn digest(object: &Value) -> String {
    format!("sha256:{}", seeded::hex(0, &object["spec"]["values"].to_string(), 0, 64))
}

/// Say that the chart is released.
pub(super) fn released(object: &mut Value, now: i64) {
    let ((chart, version), digest) = (chart(object), digest(object));
    let (chart, version) = (chart.to_owned(), version.to_owned());
    let (space, name) =
        (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned());
    let mut history = object["status"]["history"].as_array().cloned().unwrap_or_default();
    let number = history.first().and_then(|it| it["version"].as_i64()).unwrap_or_default() + 1;
    let action = if number == 1 { "install" } else { "upgrade" };
    if let Some(before) = history.first_mut() {
        before["status"] = json!("superseded");
    }
    let first = history.first().map_or(json!(timestamp(now)), |it| it["firstDeployed"].clone());
    history.insert(0, json!({
        "chartName": chart, "chartVersion": version, "appVersion": version.trim_start_matches('v'),
        "name": name, "namespace": space, "version": number, "status": "deployed", "action": action,
        "configDigest": digest, "digest": format!("sha256:{}", seeded::hex(0, &format!("{name}{number}"), 0, 64)),
        "firstDeployed": first, "lastDeployed": timestamp(now),
    }));
    history.truncate(REMEMBERED);
    let status = &mut object["status"];
    status["history"] = json!(history);
    status["helmChart"] = json!(format!("flux-system/{space}-{name}"));
    status["storageNamespace"] = json!(space);
    status["lastAttemptedRevision"] = json!(version);
    status["lastAttemptedReleaseAction"] = json!(action);
    status["lastAttemptedConfigDigest"] = json!(digest);
    let message =
        format!("Helm {action} succeeded for release {space}/{name}.v{number} with chart {chart}@{version}");
    let reason = if number == 1 { "InstallSucceeded" } else { "UpgradeSucceeded" };
    observe(object);
    unset(object, "Reconciling");
    set(object, &Condition::new("Released", "True", reason, message.clone()), now);
    set(object, &Condition::new("Ready", "True", reason, message), now);
}

impl Releases {
    pub fn new(flux: &Flux) -> Self {
        Self { flux: flux.clone(), looks: Looks::new(&flux.clock) }
    }
}

impl Reconcile for Releases {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::HELM_RELEASE]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        vec![key(&event.object)]
    }

    async fn reconcile(&self, key: &Key) -> Result<Outcome, Problem> {
        let kind = kinds::HELM_RELEASE;
        let Some(old) = self.flux.mirror.get(kind, key).filter(|it| !deleting(it) && !is_suspended(it))
        else {
            return Ok(Outcome::Settled);
        };
        let interval = span(&old, "/spec/interval");
        let due = is_due(&old);
        let idle = !due && is_observed(&old) && !is_requested(&old);
        if let Some(rest) = self.looks.rest(key, interval).filter(|_| idle) {
            return Ok(Outcome::Again(rest));
        }
        let mut current = Value::clone(&old);
        if due {
            let (now, told) = (self.flux.clock.now(), "Running 'upgrade' action");
            set(&mut current, &Condition::new("Reconciling", "True", "Progressing", told), now);
            set(&mut current, &Condition::unknown("Ready", "Progressing", told), now);
            current = self.flux.mirror.write(kind, &old, &current).await?;
            self.flux.clock.sleep(UPGRADE).await;
        }
        let mut new = current.clone();
        if due {
            released(&mut new, self.flux.clock.now());
        } else {
            observe(&mut new);
        }
        self.flux.mirror.write(kind, &current, &new).await?;
        self.looks.looked(key);
        Ok(Outcome::Again(interval))
    }
}
