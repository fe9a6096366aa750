//! Keeping a mirror fresh: one watch for each kind.

use futures::StreamExt;
use kube::Api;
use kube::core::DynamicObject;
use kube::runtime::watcher;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Kind, Mirror};
use crate::Clock;

/// How long to wait, in the world's time, before a broken watch is tried again.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

impl Mirror {
    /// Begin to watch those of the kinds that are not watched yet.
    pub fn watch(&self, kinds: &[Kind], clock: &Clock, tasks: &mut JoinSet<()>) {
        for kind in self.claim(kinds) {
            let (mirror, clock) = (self.clone(), clock.clone());
            tasks.spawn(async move { mirror.keep(kind, &clock).await });
        }
    }

    async fn keep(&self, kind: Kind, clock: &Clock) {
        let api: Api<DynamicObject> = Api::all_with(self.client().clone(), &kind.resource());
        let events = watcher(api, watcher::Config::default());
        futures::pin_mut!(events);
        let mut listing = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => listing.clear(),
                Ok(watcher::Event::InitApply(object)) => listing.extend(plain(kind, object)),
                Ok(watcher::Event::InitDone) => self.listed(kind, std::mem::take(&mut listing)),
                Ok(watcher::Event::Apply(object)) => {
                    plain(kind, object).into_iter().for_each(|object| self.heard(kind, object));
                }
                Ok(watcher::Event::Delete(object)) => {
                    plain(kind, object).into_iter().for_each(|object| self.heard_gone(kind, object));
                }
                // The watcher takes up where it was; only the pace is ours.
                Err(_) => clock.sleep(PAUSE).await,
            }
        }
    }
}

/// The object as plain JSON, without who wrote which field. Items of a list do not say their own kind.
fn plain(kind: Kind, mut object: DynamicObject) -> Option<Value> {
    object.metadata.managed_fields = None;
    let mut value = serde_json::to_value(object).ok()?;
    value["apiVersion"] = json!(kind.api_version());
    value["kind"] = json!(kind.kind);
    Some(value)
}
