//! The life of one application: it looks when there is reason to, writes what it saw, and syncs when it should.

use super::operation::Task;
use super::refresh::Looked;
use super::status::says_the_same;
use super::{Argo, RESYNC, Watched};
use kube::api::{DeleteParams, PropagationPolicy};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
const REFRESH: &str = "argocd.argoproj.io/refresh";
/// From the push to the look that it causes; a webhook and a busy queue.
const WEBHOOK: Duration = Duration::from_millis(2_500);
/// Between seeing a difference and acting on it.
const THINKING: Duration = Duration::from_millis(2_500);
/// Before a change that nobody committed is put right.
const SELF_HEAL: Duration = Duration::from_secs(5);
/// Changes that come together are looked at together.
const BREATH: Duration = Duration::from_millis(700);

/// Live with one application until it is gone.
pub async fn live(argo: Arc<Argo>, mut watched: Watched) {
    let mut changes = argo.cache.changes();
    let name = watched.object.borrow()["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    // Applications do not all resync at one moment.
    let spread = name.bytes().fold(0_u64, |sum, it| sum.wrapping_mul(31).wrapping_add(it.into())) % 60;
    // A status that is as old as a resync is written again, so that its age tells that somebody looks.
    let mut due = false;
    loop {
        watched.object.borrow_and_update();
        let application = match argo.attend_to(&name, std::mem::take(&mut due)).await {
            Ok((_, true)) => continue,
            Ok((application, false)) => application,
            Err(_) => {
                // The API is away or somebody was faster; the next look will tell.
                argo.clock.sleep(Duration::from_secs(5)).await;
                continue;
            }
        };
        loop {
            tokio::select! {
                changed = watched.object.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    if is_asked_for(&application, &watched.object.borrow_and_update()) {
                        break;
                    }
                }
                pushed = watched.pushed.changed() => {
                    if pushed.is_err() {
                        return;
                    }
                    argo.clock.sleep(WEBHOOK + Duration::from_millis(spread * 20)).await;
                    break;
                }
                changed = changes.recv() => match changed {
                    Ok(whose) if whose != name => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => {
                        argo.clock.sleep(BREATH).await;
                        changes = changes.resubscribe();
                        break;
                    }
                    Err(RecvError::Closed) => return,
                },
                () = argo.clock.sleep(RESYNC + Duration::from_secs(spread)) => {
                    due = true;
                    break;
                }
            }
        }
    }
}

/// Whether a new version of the application is more than its own status coming back.
fn is_asked_for(before: &Value, now: &Value) -> bool {
    before["spec"] != now["spec"]
        || now["metadata"]["annotations"].get(REFRESH).is_some()
        || now["operation"].is_object()
        || now["metadata"]["deletionTimestamp"] != before["metadata"]["deletionTimestamp"]
}

impl Argo {
    /// Look, write, sync. Answers the application as it was, and whether to look again at once.
    async fn attend_to(&self, name: &str, due: bool) -> Result<(Value, bool), kube::Error> {
        let Some(application) = self.fresh(name).await? else { return Ok((Value::Null, false)) };
        let again = self.attend_to_it(name, &application, due).await?;
        Ok((application, again))
    }

    async fn attend_to_it(&self, name: &str, application: &Value, due: bool) -> Result<bool, kube::Error> {
        if application["metadata"]["deletionTimestamp"].is_string() {
            self.let_go(application).await?;
            return Ok(false);
        }
        let looked = self.look(application, None).await?;
        let refused = held_back(application, &looked);
        let looked = if refused.is_some() { self.look(application, refused.clone()).await? } else { looked };
        let asked = application["metadata"]["annotations"].get(REFRESH).is_some();
        if asked || due || !says_the_same(&application["status"], &looked.status) {
            let mut change = json!({"status": looked.status.clone()});
            for key in ["conditions"] {
                if looked.status.get(key).is_none() {
                    change["status"][key] = Value::Null;
                }
            }
            if asked {
                change["metadata"] = json!({"annotations": {REFRESH: null}});
            }
            self.write(name, change).await?;
        }
        let Some(comparison) = &looked.comparison else { return Ok(false) };
        let operation = if application["operation"].is_object() {
            application["operation"].clone()
        } else if refused.is_none()
            && let Some(operation) = automated(application, &looked)
        {
            let healing =
                application["status"]["operationState"]["syncResult"]["revision"] == looked.revision.as_str();
            self.clock.sleep(if healing { SELF_HEAL } else { THINKING }).await;
            operation
        } else {
            return Ok(false);
        };
        let mut application = application.clone();
        application["status"] = looked.status.clone();
        let task = Task {
            application: &application,
            operation,
            revision: &looked.revision,
            desired: &looked.desired,
            comparison,
        };
        self.operate(&task).await?;
        // What was applied is seen first, then looked at.
        self.clock.sleep(BREATH).await;
        Ok(true)
    }

    /// The application goes; what it put there goes first, if its finalizer says so.
    async fn let_go(&self, application: &Value) -> Result<(), kube::Error> {
        let name = application["metadata"]["name"].as_str().unwrap_or_default();
        let finalizers = application["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
        if !finalizers.iter().any(|it| it == FINALIZER) {
            return Ok(());
        }
        use super::compared::Live as _;
        let how = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            ..DeleteParams::default()
        };
        for (id, version) in self.cache.tracked(name) {
            match self.cache.api(&id, &version).await?.delete(&id.name, &how).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(err) => return Err(err),
            }
        }
        let left: Vec<&Value> = finalizers.iter().filter(|it| *it != FINALIZER).collect();
        self.write(name, json!({"metadata": {"finalizers": left}})).await
    }
}

/// The sync that automation would start now.
fn automated(application: &Value, looked: &Looked) -> Option<Value> {
    let spec = &application["spec"];
    let policy = spec["syncPolicy"]["automated"].as_object()?;
    let on = policy.get("enabled") != Some(&json!(false));
    let comparison = looked.comparison.as_ref()?;
    let prune = policy.get("prune") == Some(&json!(true));
    // What may not be pruned stays out of sync, and is no reason to try.
    let reason = comparison
        .resources
        .iter()
        .any(|it| it["status"] == "OutOfSync" && (prune || it["requiresPruning"] != true));
    if !on || comparison.synced || !reason {
        return None;
    }
    let last = &application["status"]["operationState"];
    let again = last["syncResult"]["revision"] == looked.revision.as_str();
    if again && policy.get("selfHeal") != Some(&json!(true)) {
        return None;
    }
    let mut sync = json!({"revision": looked.revision});
    if prune {
        sync["prune"] = json!(true);
    }
    if let Some(options) = spec["syncPolicy"].get("syncOptions") {
        sync["syncOptions"] = options.clone();
    }
    // Where nothing is said, automation tries five times more.
    let retry = spec["syncPolicy"].get("retry").cloned().unwrap_or(json!({"limit": 5}));
    Some(json!({"initiatedBy": {"automated": true}, "sync": sync, "retry": retry}))
}

/// A revision that failed is not tried again by automation.
fn held_back(application: &Value, looked: &Looked) -> Option<String> {
    let last = &application["status"]["operationState"];
    let comparison = looked.comparison.as_ref()?;
    let failed = last["phase"] == "Failed" || last["phase"] == "Error";
    let automated = application["spec"]["syncPolicy"]["automated"].is_object();
    let same = last["syncResult"]["revision"] == looked.revision.as_str();
    if !automated || !failed || !same || comparison.synced {
        return None;
    }
    let revision = &looked.revision;
    let message = last["message"].as_str().unwrap_or_default();
    Some(format!("Failed last sync attempt to [{revision}]: {message}"))
}
