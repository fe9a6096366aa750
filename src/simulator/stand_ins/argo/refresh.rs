//! Look at one application: what its source says now, and whether the cluster is so.

use super::Argo;
use super::compared::{Comparison, compare};
use super::render::{Rendered, render};
use super::resource::Desired;
use super::status::{Found, status};
use serde_json::Value;

/// What a look found.
pub struct Looked {
    pub revision: String,
    pub desired: Vec<Desired>,
    /// None where the source gave no manifests.
    pub comparison: Option<Comparison>,
    /// The status as it should read now.
    pub status: Value,
}

impl Argo {
    /// Compare. `skipped` is why automation holds still, for the conditions.
    pub(super) async fn look(
        &self,
        application: &Value,
        skipped: Option<String>,
    ) -> Result<Looked, kube::Error> {
        let mut conditions: Vec<(&'static str, String)> =
            skipped.map(|why| ("SyncError", why)).into_iter().collect();
        let (revision, rendered) = match self.manifests(application).await {
            Ok(found) => found,
            Err(why) => {
                conditions.push(("ComparisonError", why));
                let found = Found { revision: "", source_type: "", comparison: None, conditions };
                let status = status(application, &found, self.clock.now());
                return Ok(Looked { revision: String::new(), desired: Vec::new(), comparison: None, status });
            }
        };
        let name = application["metadata"]["name"].as_str().unwrap_or_default();
        let namespace = application["spec"]["destination"]["namespace"].as_str().unwrap_or_default();
        let mut desired = Vec::new();
        for object in rendered.manifests {
            let (api_version, kind) =
                (text(&object, "apiVersion").to_owned(), text(&object, "kind").to_owned());
            let served = match self.cache.served(&api_version, &kind).await {
                Ok(served) => served,
                Err(kube::Error::Api(_) | kube::Error::Discovery(_)) => {
                    let why = format!(
                        "The Kubernetes API could not find {api_version}/{kind} for requested resource. Make sure the {kind:?} CRD is installed on the destination cluster."
                    );
                    conditions.push(("SyncError", why));
                    continue;
                }
                Err(err) => return Err(err),
            };
            desired.extend(Desired::of(object, name, namespace, served.namespaced));
        }
        self.cache.follow(&desired).await?;
        let comparison = compare(application, &desired, &self.cache);
        let found = Found {
            revision: &revision,
            source_type: rendered.source_type,
            comparison: Some(&comparison),
            conditions,
        };
        let status = status(application, &found, self.clock.now());
        Ok(Looked { revision, desired, comparison: Some(comparison), status })
    }

    async fn manifests(&self, application: &Value) -> Result<(String, Rendered), String> {
        let source = &application["spec"]["source"];
        if source.is_null() {
            return Err("applications of several sources are not played in this world".into());
        }
        let failed = |why: String| {
            format!(
                "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = {why}"
            )
        };
        // A sync to a revision asks for that one; everything else for what is tracked.
        let (url, revision) = (text(source, "repoURL"), text(source, "targetRevision"));
        let (id, tree) = self.sources.read(url, revision).await.map_err(|err| failed(err.to_string()))?;
        let rendered = render(&tree, source).await.map_err(|err| failed(err.to_string()))?;
        Ok((id, rendered))
    }
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}
