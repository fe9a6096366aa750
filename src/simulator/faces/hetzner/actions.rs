//! Actions: what the cloud is asked to do, and how far it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::cloud::{Cloud, State};

impl State {
    /// A new action that runs; answers it.
    pub fn begin(&mut self, command: &str, resources: &[(&str, u64)], now: &str) -> Value {
        let id = self.next_id();
        let resources: Vec<Value> =
            resources.iter().map(|(kind, id)| json!({"id": id, "type": kind})).collect();
        let action = json!({"id": id, "command": command, "status": "running", "progress": 0, "started": now,
            "finished": null, "resources": resources, "error": null});
        self.actions.insert(id, action.clone());
        action
    }

    /// The action is over; the error is its code and message.
    pub fn end(&mut self, action: &Value, error: Option<(&str, &str)>, now: &str) {
        let Some(action) = action["id"].as_u64().and_then(|id| self.actions.get_mut(&id)) else { return };
        action["status"] = json!(if error.is_some() { "error" } else { "success" });
        action["progress"] = json!(100);
        action["finished"] = json!(now);
        action["error"] =
            error.map_or(Value::Null, |(code, message)| json!({"code": code, "message": message}));
    }

    /// The actions that concern a resource of a kind, or this one, or (kind empty) all of them.
    pub fn actions_of(&self, kind: &str, id: Option<u64>) -> Vec<Value> {
        let concerns = |action: &&Value| {
            action["resources"].as_array().is_some_and(|all| {
                all.iter()
                    .any(|it| (kind.is_empty() || it["type"] == kind) && id.is_none_or(|id| it["id"] == id))
            })
        };
        self.actions.values().filter(concerns).cloned().collect()
    }
}

impl Cloud {
    /// Begin an action, and let `after` do it when `span` of the world's time has passed.
    pub(super) fn later(
        &self,
        command: &str,
        resources: &[(&str, u64)],
        span: Duration,
        after: impl FnOnce(&Self) + Send + 'static,
    ) -> Value {
        let now = self.now();
        let action = self.state().begin(command, resources, &now);
        let (cloud, begun) = (self.clone(), action.clone());
        tokio::spawn(async move {
            cloud.inner.clock.sleep(span).await;
            after(&cloud);
            let now = cloud.now();
            cloud.state().end(&begun, None, &now);
            cloud.tell();
        });
        action
    }

    /// An action that is over at once.
    pub(super) fn at_once(&self, command: &str, resources: &[(&str, u64)]) -> Value {
        let now = self.now();
        let mut state = self.state();
        let action = state.begin(command, resources, &now);
        state.end(&action, None, &now);
        let done = action["id"].as_u64().and_then(|id| state.actions.get(&id).cloned());
        drop(state);
        self.tell();
        done.unwrap_or(action)
    }
}
