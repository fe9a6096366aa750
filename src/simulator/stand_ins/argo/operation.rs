//! A sync: apply what is wanted, prune what is not, and write down how it went.

use super::Argo;
use super::compare::MANAGER;
use super::compared::Comparison;
use super::operation_told::line;
use super::resource::{Desired, ResourceId};
use super::status::{deployed, moment};
use kube::api::{DeleteParams, Patch, PatchParams, PropagationPolicy};
use serde_json::{Value, json};
use std::time::Duration;

/// What a sync stands on.
pub struct Task<'a> {
    pub application: &'a Value,
    /// The `operation` as it was asked for, or made by automation.
    pub operation: Value,
    pub revision: &'a str,
    pub desired: &'a [Desired],
    pub comparison: &'a Comparison,
}

/// Deployments that `status.history` remembers.
const REMEMBERED: usize = 10;

impl Argo {
    /// Carry a sync out, retrying as the operation allows.
    pub(super) async fn operate(&self, task: &Task<'_>) -> Result<(), kube::Error> {
        let name = task.application["metadata"]["name"].as_str().unwrap_or_default();
        let started = self.clock.now();
        let source = &task.application["spec"]["source"];
        let mut state = json!({
            "operation": task.operation,
            "phase": "Running",
            "startedAt": moment(started),
            "syncResult": {"revision": task.revision, "source": source, "resources": null},
            "finishedAt": null,
            "message": "waiting for completion of tasks",
        });
        self.write(name, json!({"operation": task.operation, "status": {"operationState": state}})).await?;
        let limit = task.operation["retry"]["limit"].as_i64().unwrap_or(0);
        let mut attempt = 0;
        loop {
            self.clock.sleep(Duration::from_millis(1_500)).await;
            let (resources, failed) = self.carry_out(task).await?;
            state["syncResult"]["resources"] = json!(resources);
            let Some(why) = failed else { break };
            state["message"] = json!(why);
            if attempt >= limit {
                state["phase"] = json!("Failed");
                break;
            }
            attempt += 1;
            let pause = pause(&task.operation["retry"]["backoff"], attempt);
            let again = moment(self.clock.now() + i64::try_from(pause.as_millis()).unwrap_or_default());
            state["retryCount"] = json!(attempt);
            state["message"] = json!(format!("{why}. Retrying attempt #{attempt} at {again}."));
            self.write(name, json!({"status": {"operationState": state}})).await?;
            self.clock.sleep(pause).await;
        }
        let ended = self.clock.now();
        state["finishedAt"] = json!(moment(ended));
        let mut status = json!({});
        if state["phase"] == "Running" {
            state["phase"] = json!("Succeeded");
            state["message"] = json!("successfully synced (all tasks run)");
            if task.operation["sync"]["dryRun"] != true {
                let mut history =
                    task.application["status"]["history"].as_array().cloned().unwrap_or_default();
                let id = history.last().and_then(|it| it["id"].as_i64()).map_or(0, |id| id + 1);
                history.push(deployed(
                    id,
                    task.revision,
                    source,
                    started,
                    ended,
                    &task.operation["initiatedBy"],
                ));
                history.drain(..history.len().saturating_sub(REMEMBERED));
                status["history"] = json!(history);
            }
        }
        status["operationState"] = state;
        self.write(name, json!({"operation": null, "status": status})).await
    }

    /// One attempt: a line for every resource, and what went wrong.
    async fn carry_out(&self, task: &Task<'_>) -> Result<(Vec<Value>, Option<String>), kube::Error> {
        let mut lines = Vec::new();
        let mut failures = Vec::new();
        let only: Option<&Vec<Value>> =
            task.operation["sync"]["resources"].as_array().filter(|it| !it.is_empty());
        let mut wanted: Vec<&Desired> =
            task.desired.iter().filter(|it| only.is_none_or(|only| chosen(only, &it.id))).collect();
        wanted.sort_by_key(|it| rank(&it.id.kind));
        self.create_namespace(task).await?;
        for desired in wanted {
            let told = self.apply(desired, task.operation["sync"]["dryRun"] == true).await;
            lines.push(line(&desired.id, &desired.version, told.as_ref().err()));
            if let Err(why) = told {
                failures.push(why);
            }
        }
        if task.operation["sync"]["prune"] == true && failures.is_empty() {
            for (id, version) in
                task.comparison.to_prune.iter().filter(|(id, _)| only.is_none_or(|only| chosen(only, id)))
            {
                lines.push(self.prune(id, version).await);
            }
        }
        let failed = (!failures.is_empty())
            .then(|| format!("one or more objects failed to apply, reason: {}", failures.join(",")));
        Ok((lines, failed))
    }

    async fn create_namespace(&self, task: &Task<'_>) -> Result<(), kube::Error> {
        let spec = &task.application["spec"];
        let asked = spec["syncPolicy"]["syncOptions"]
            .as_array()
            .is_some_and(|it| it.iter().any(|it| it == "CreateNamespace=true"));
        let name = spec["destination"]["namespace"].as_str().unwrap_or_default();
        if !asked || name.is_empty() {
            return Ok(());
        }
        let id = ResourceId {
            group: String::new(),
            kind: "Namespace".into(),
            namespace: String::new(),
            name: name.into(),
        };
        let api = self.cache.api(&id, "v1").await?;
        if api.get_opt(name).await?.is_none() {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            api.patch(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&namespace)).await?;
        }
        Ok(())
    }

    async fn apply(&self, desired: &Desired, dry_run: bool) -> Result<(), String> {
        let id = &desired.id;
        let refused = |err: kube::Error| match err {
            kube::Error::Api(status) => status.message.clone(),
            other => other.to_string(),
        };
        let api = self.cache.api(id, &desired.version).await.map_err(refused)?;
        let how = PatchParams { dry_run, ..PatchParams::apply(MANAGER).force() };
        let applied = api.patch(&id.name, &how, &Patch::Apply(&desired.object)).await.map_err(refused)?;
        if !dry_run {
            self.cache.keep(&desired.version, &applied);
        }
        Ok(())
    }

    async fn prune(&self, id: &ResourceId, version: &str) -> Value {
        let how = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Foreground),
            ..DeleteParams::default()
        };
        let done = match self.cache.api(id, version).await {
            Ok(api) => api.delete(&id.name, &how).await.map(drop),
            Err(err) => Err(err),
        };
        let mut line = line(id, version, None);
        match done {
            Ok(()) => {
                line["status"] = json!("Pruned");
                line["message"] = json!("pruned");
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                self.cache.forget(id);
                line["status"] = json!("Pruned");
                line["message"] = json!("pruned");
            }
            Err(err) => {
                line["status"] = json!("SyncFailed");
                line["message"] = json!(err.to_string());
            }
        }
        line
    }
}

fn chosen(only: &[Value], id: &ResourceId) -> bool {
    only.iter().any(|it| {
        it["kind"] == id.kind.as_str()
            && it["name"] == id.name.as_str()
            && it["group"].as_str().unwrap_or_default() == id.group
    })
}

/// What others stand on comes first.
fn rank(kind: &str) -> usize {
    let first = [
        "Namespace",
        "CustomResourceDefinition",
        "StorageClass",
        "ServiceAccount",
        "Secret",
        "ConfigMap",
        "Service",
    ];
    first.iter().position(|it| *it == kind).unwrap_or(first.len())
}

/// `duration × factor^(attempt - 1)`, up to `maxDuration`.
fn pause(backoff: &Value, attempt: i64) -> Duration {
    let span = |key: &str, otherwise: u64| {
        let text = backoff[key].as_str().unwrap_or_default();
        let split = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(split).unwrap_or_default();
        let unit = match unit {
            "m" => 60,
            "h" => 3_600,
            _ => 1,
        };
        number.parse::<u64>().map_or(otherwise, |it| it * unit)
    };
    let factor = backoff["factor"].as_u64().unwrap_or(2);
    let power = factor.saturating_pow(u32::try_from(attempt - 1).unwrap_or(0));
    Duration::from_secs(span("duration", 5).saturating_mul(power).min(span("maxDuration", 180)))
}
