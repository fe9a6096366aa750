//! What a story has in its hands: the world's faults, the people who push, and a view through the Kubernetes API.

use crate::Clock;
use crate::engines::{Api as Server, EngineError};
use crate::faces::git::{GitError, Remote};
use crate::genesis::repository::Person;
use crate::world::{Role, World};
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoryError {
    #[error("no story is called {0:?}; `pilothouse demo --list` names them")]
    Unknown(String),
    #[error("{name} is a story of another world; try `--world {world} --story {name}`")]
    Elsewhere { name: String, world: &'static str },
    #[error("{0}")]
    Broken(String),
    #[error("somebody's push: {0}")]
    Push(#[from] GitError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("this world has no {0}")]
    Missing(&'static str),
}

/// Everything there is to act on.
pub(crate) struct Stage {
    pub clock: Clock,
    pub world: World,
    pub remote: Arc<Remote>,
    pub api: Server,
    pub client: kube::Client,
}

/// How often the state that a story waits for is looked at.
const LOOK: Duration = Duration::from_secs(2);

impl Stage {
    pub async fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Somebody pushes a change of one file.
    pub async fn push(
        &self,
        who: &str,
        path: &str,
        edit: impl Fn(&str) -> String,
        why: &str,
    ) -> Result<String, StoryError> {
        let email = match who {
            "renovate[bot]" => "29139614+renovate[bot]@users.noreply.github.com".into(),
            name => {
                let first = name.split(' ').next().unwrap_or_default().to_lowercase();
                format!("{}@{}", first.replace('ê', "e"), self.remote.domain())
            }
        };
        let author = Person { name: who.into(), email };
        Ok(self.remote.commit_as(&author, path, edit, why, self.clock.now() / 1_000).await?)
    }

    /// Wait until the objects of a kind are so. An API that does not answer is waited for too.
    pub async fn until(
        &self,
        group: &str,
        version: &str,
        kind: &str,
        plural: &str,
        so: impl Fn(&[Value]) -> bool,
    ) {
        loop {
            if let Some(objects) = self.objects(group, version, kind, plural).await
                && so(&objects)
            {
                return;
            }
            self.clock.sleep(LOOK).await;
        }
    }

    /// All objects of a kind; None while the API does not answer.
    pub async fn objects(&self, group: &str, version: &str, kind: &str, plural: &str) -> Option<Vec<Value>> {
        let kind = GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk_with_plural(&kind, plural);
        let all = Api::<DynamicObject>::all_with(self.client.clone(), &resource);
        let listed = all.list(&ListParams::default()).await.ok()?;
        Some(listed.items.iter().filter_map(|it| serde_json::to_value(it).ok()).collect())
    }

    pub async fn machines(&self, so: impl Fn(&[Value]) -> bool) {
        self.until("cluster.x-k8s.io", "v1beta2", "Machine", "machines", so).await;
    }

    pub async fn application(&self, name: &str, so: impl Fn(&Value) -> bool) {
        self.until("argoproj.io", "v1alpha1", "Application", "applications", |all| {
            all.iter().any(|it| it["metadata"]["name"] == name && so(it))
        })
        .await;
    }

    /// Wait until Argo CD has applied this commit.
    pub async fn synced(&self, application: &str, commit: &str) {
        self.application(application, |it| {
            it["status"]["sync"]["revision"] == commit && it["status"]["sync"]["status"] == "Synced"
        })
        .await;
    }

    /// The `n`th machine of a role, by name.
    pub fn node(&self, role: Role, n: usize) -> Result<String, StoryError> {
        let mut names: Vec<String> =
            self.world.nodes().iter().filter(|it| it.role() == role).map(|it| it.spec.name.clone()).collect();
        names.sort();
        names.into_iter().nth(n).ok_or(StoryError::Missing("machine of that role"))
    }
}

/// Whether an object carries a label.
pub(super) fn labelled(object: &Value, key: &str) -> bool {
    object["metadata"]["labels"].get(key).is_some()
}

/// The condition of a type, in either shape.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|it| it["type"] == kind)
}
