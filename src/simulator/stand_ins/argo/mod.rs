//! Argo CD: applications and application sets.
//!
//! An ordinary client of a Kubernetes API and of Git. [`refresh`] compares one application, [`operation`] syncs it,
//! [`sets`] makes applications of directories; [`genesis`] is the state after months of having done so.

mod application;
mod cache;
mod compare;
mod compared;
mod definitions;
mod genesis;
mod operation;
mod operation_told;
mod refresh;
mod render;
mod resource;
mod sets;
mod status;
mod template;

pub(crate) use definitions::definitions;
pub(crate) use genesis::{Beginning, Planned, is_argos};

use crate::Clock;
use crate::stand_ins::sources::Sources;
use cache::Cache;
use futures::StreamExt as _;
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

const NAMESPACE: &str = "argocd";
/// How long an application is left alone when nothing is heard.
const RESYNC: Duration = Duration::from_secs(180);

/// What every application's task needs.
struct Argo {
    cache: Cache,
    sources: Sources,
    clock: Clock,
    applications: Api<DynamicObject>,
    sets: Api<DynamicObject>,
}

/// Run Argo CD on this API for as long as the answer lives. `folder` is for its copies of repositories; `pushed`
/// changes when a repository has news, as a webhook would say. What a branch points at is believed for `fresh`.
pub(crate) fn start(
    client: Client,
    clock: Clock,
    folder: PathBuf,
    pushed: watch::Receiver<String>,
    fresh: Duration,
) -> JoinSet<()> {
    let api = |kind: &str, plural: &str| {
        let kind = GroupVersionKind::gvk("argoproj.io", "v1alpha1", kind);
        Api::namespaced_with(client.clone(), NAMESPACE, &ApiResource::from_gvk_with_plural(&kind, plural))
    };
    let argo = Arc::new(Argo {
        applications: api("Application", "applications"),
        sets: api("ApplicationSet", "applicationsets"),
        cache: Cache::new(client),
        sources: Sources::new(folder, fresh),
        clock,
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(attend(argo.clone(), argo.applications.clone(), pushed.clone(), application::live));
    tasks.spawn(attend(argo.clone(), argo.sets.clone(), pushed, sets::live));
    tasks
}

/// One object as its own task sees it: the newest version, and news of the repositories.
struct Watched {
    object: watch::Receiver<Arc<Value>>,
    pushed: watch::Receiver<String>,
}

/// Keep one task for every object of a kind.
async fn attend<F, Fut>(argo: Arc<Argo>, api: Api<DynamicObject>, pushed: watch::Receiver<String>, live: F)
where
    F: Fn(Arc<Argo>, Watched) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut known: BTreeMap<String, (watch::Sender<Arc<Value>>, tokio::task::AbortHandle)> = BTreeMap::new();
    let mut events = watcher::watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut listed: Vec<String> = Vec::new();
    while let Some(event) = events.next().await {
        let object = match event {
            Ok(Event::Init) => {
                listed.clear();
                continue;
            }
            Ok(Event::InitDone) => {
                known.retain(|name, (_, task)| {
                    listed.contains(name) || {
                        task.abort();
                        false
                    }
                });
                continue;
            }
            Ok(Event::Delete(object)) => {
                if let Some((_, task)) = object.metadata.name.and_then(|name| known.remove(&name)) {
                    task.abort();
                }
                continue;
            }
            Ok(Event::InitApply(object)) => {
                listed.extend(object.metadata.name.clone());
                object
            }
            Ok(Event::Apply(object)) => object,
            // The watcher waits and tries again by itself.
            Err(_) => continue,
        };
        let Some(name) = object.metadata.name.clone() else { continue };
        let Ok(value) = serde_json::to_value(&object) else { continue };
        let value = Arc::new(value);
        if let Some((tell, _)) = known.get(&name) {
            tell.send_replace(value);
        } else {
            let (tell, object) = watch::channel(value);
            let task = tasks.spawn(live(argo.clone(), Watched { object, pushed: pushed.clone() }));
            known.insert(name, (tell, task));
        }
        while tasks.try_join_next().is_some() {}
    }
}

impl Argo {
    /// Merge something into an application. Applications have no status subresource.
    async fn write(&self, application: &str, change: Value) -> Result<(), kube::Error> {
        self.applications.patch(application, &PatchParams::default(), &Patch::Merge(change)).await.map(drop)
    }

    /// An application as it is now, whatever the watch has told so far.
    async fn fresh(&self, application: &str) -> Result<Option<Value>, kube::Error> {
        let found = self.applications.get_opt(application).await?;
        Ok(found.and_then(|it| serde_json::to_value(it).ok()))
    }
}
