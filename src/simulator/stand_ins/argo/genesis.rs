//! Argo CD after months of work: every application of the repository, synced, with its history.

use super::compared::{Live, compare};
use super::operation_told::{done, lines};
use super::render::{RenderError, Rendered, documents, render};
use super::resource::{Desired, ResourceId, tracked_by};
use super::sets::{self, directories, generated};
use super::status::{Found, deployed, moment, status};
use crate::faces::git::Committed;
use crate::stand_ins::sources::Tree;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What Argo CD has worked from.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub files: BTreeMap<String, String>,
    /// The main branch, newest first.
    pub commits: Vec<Committed>,
    /// Milliseconds since the epoch.
    pub now: i64,
}

/// An application and the manifests it keeps applied.
#[derive(Debug)]
pub(crate) struct Planned {
    application: Value,
    source_type: &'static str,
    desired: Vec<Desired>,
}

/// Kinds without a namespace that such a repository has.
const CLUSTER_WIDE: [&str; 8] = [
    "Namespace",
    "StorageClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PriorityClass",
    "IngressClass",
    "CSIDriver",
];

impl Beginning {
    /// Every application that the folder `argocd/` leads to.
    pub async fn plan(&self) -> Result<Vec<Planned>, RenderError> {
        let tree = Tree { files: self.files.clone() };
        let mut written = Vec::new();
        for (path, text) in self.files.iter().filter(|(path, _)| path.starts_with("argocd/")) {
            documents(path, text, &mut written)?;
        }
        let mut applications: Vec<Value> =
            written.iter().filter(|it| it["kind"] == "Application").cloned().collect();
        for set in written.iter().filter(|it| it["kind"] == "ApplicationSet") {
            let set = with_uid(set.clone());
            for generator in set["spec"]["generators"].as_array().into_iter().flatten() {
                let paths = directories(&tree, &generator["git"]["directories"]);
                applications.extend(paths.iter().map(|path| generated(&set, path)));
            }
        }
        let mut planned = Vec::new();
        for application in applications {
            let name = application["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let namespace =
                application["spec"]["destination"]["namespace"].as_str().unwrap_or_default().to_owned();
            let Rendered { manifests, source_type } = render(&tree, &application["spec"]["source"]).await?;
            let wide = |object: &Value| CLUSTER_WIDE.iter().any(|it| object["kind"] == *it);
            let desired = manifests.into_iter().filter_map(|object| {
                let namespaced = !wide(&object);
                Desired::of(object, &name, &namespace, namespaced)
            });
            let desired = desired.collect();
            planned.push(Planned { application, source_type, desired });
        }
        Ok(planned)
    }

    /// Argo CD's own objects at the first moment. `live` is everything else that the cluster has.
    pub fn objects(&self, planned: &[Planned], live: &[Value]) -> Vec<Value> {
        let mut seeded = Seeded(BTreeMap::new());
        for object in live {
            seeded.put(object);
        }
        let mut own: Vec<Value> =
            planned.iter().flat_map(Planned::manifests).filter(is_argos).map(with_uid).collect();
        for application in planned.iter().map(|it| &it.application) {
            if !own.iter().any(|it| {
                it["kind"] == "Application" && it["metadata"]["name"] == application["metadata"]["name"]
            }) {
                own.push(application.clone());
            }
        }
        own.iter().for_each(|object| seeded.put(object));
        let made: BTreeMap<String, Value> = own
            .iter()
            .filter(|it| it["metadata"]["ownerReferences"].is_array())
            .filter_map(|it| Some((it["metadata"]["name"].as_str()?.to_owned(), it.clone())))
            .collect();
        for object in &mut own {
            if object["kind"] == "ApplicationSet" {
                object["status"] = sets::status(&Value::Null, &made, None, &moment(self.now - 86_400_000));
            }
            let plan =
                planned.iter().find(|it| it.application["metadata"]["name"] == object["metadata"]["name"]);
            if let (true, Some(plan)) = (object["kind"] == "Application", plan) {
                object["status"] = self.status(plan, &seeded);
            }
        }
        own
    }

    fn status(&self, plan: &Planned, live: &Seeded) -> Value {
        let application = &plan.application;
        let source = &application["spec"]["source"];
        let folder = format!("{}/", source["path"].as_str().unwrap_or_default());
        let head = self.commits.first().map(|it| it.id.as_str()).unwrap_or_default();
        let comparison = compare(application, &plan.desired, live);
        let found = Found {
            revision: head,
            source_type: plan.source_type,
            comparison: Some(&comparison),
            conditions: Vec::new(),
        };
        let by = json!({"automated": true});
        let touching = self.commits.iter().filter(|it| it.paths.iter().any(|path| path.starts_with(&folder)));
        let mut touching: Vec<&Committed> = touching.collect();
        let count = i64::try_from(touching.len()).unwrap_or_default();
        touching.truncate(10);
        let started = |commit: &Committed| (commit.at + 140) * 1_000;
        let history: Vec<Value> = touching
            .iter()
            .rev()
            .zip(count - i64::try_from(touching.len()).unwrap_or_default()..)
            .map(|(it, id)| deployed(id, &it.id, source, started(it), started(it) + 2_000, &by))
            .collect();
        let last = touching.first().copied();
        // Healthy since the last roll was through.
        let since = last.map_or(self.now - 86_400_000, |it| (started(it) + 45_000).min(self.now));
        let mut status = status(application, &found, since);
        status["reconciledAt"] = json!(moment(self.now - 20_000));
        status["history"] = json!(history);
        if let Some(last) = last {
            let mut operation = json!({"initiatedBy": by, "sync": {"revision": last.id, "prune": true}});
            if let Some(retry) = application["spec"]["syncPolicy"].get("retry") {
                operation["retry"] = retry.clone();
            }
            status["operationState"] =
                done(&operation, &last.id, source, started(last), lines(&plan.desired));
        }
        status
    }
}

impl Planned {
    /// Its manifests as applied: with namespace and tracking mark.
    pub fn manifests(&self) -> impl Iterator<Item = Value> + '_ {
        self.desired.iter().map(|it| it.object.clone())
    }

    pub fn name(&self) -> &str {
        self.application["metadata"]["name"].as_str().unwrap_or_default()
    }
}

/// What Argo CD keeps of itself rather than of others.
pub(crate) fn is_argos(object: &Value) -> bool {
    object["apiVersion"].as_str().is_some_and(|it| it.starts_with("argoproj.io/"))
}

/// An id that depends on nothing but the name, so that what refers to the object can say it beforehand.
fn with_uid(mut object: Value) -> Value {
    if object["kind"] == "ApplicationSet" {
        object["metadata"]["uid"] = json!("5e7a9c10-0f52-4b6d-9d3c-6a1f2c84b7e0");
    }
    object
}

/// The seed as a comparison sees it.
struct Seeded(BTreeMap<ResourceId, (String, Arc<Value>)>);

impl Seeded {
    fn put(&mut self, object: &Value) {
        if let Some((id, version)) = ResourceId::of(object) {
            self.0.insert(id, (version, Arc::new(object.clone())));
        }
    }
}

impl Live for Seeded {
    fn get(&self, id: &ResourceId) -> Option<Arc<Value>> {
        self.0.get(id).map(|(_, object)| object.clone())
    }

    fn tracked(&self, application: &str) -> Vec<(ResourceId, String)> {
        let mine = self.0.iter().filter(|(_, (_, it))| tracked_by(it) == Some(application));
        mine.map(|(id, (version, _))| (id.clone(), version.clone())).collect()
    }
}
