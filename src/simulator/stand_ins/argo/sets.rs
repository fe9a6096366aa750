//! Application sets: one application for every directory that matches.

use super::status::moment;
use super::template::fill;
use super::{Argo, NAMESPACE, RESYNC, Watched};
use crate::stand_ins::sources::Tree;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// From the push to the look that it causes.
const WEBHOOK: Duration = Duration::from_millis(1_500);

/// Live with one application set until it is gone.
pub async fn live(argo: Arc<Argo>, mut watched: Watched) {
    loop {
        let set = watched.object.borrow_and_update().clone();
        if argo.generate(&set).await.is_err() {
            argo.clock.sleep(Duration::from_secs(5)).await;
            continue;
        }
        loop {
            tokio::select! {
                changed = watched.object.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    if watched.object.borrow_and_update()["spec"] != set["spec"] {
                        break;
                    }
                }
                pushed = watched.pushed.changed() => {
                    if pushed.is_err() {
                        return;
                    }
                    argo.clock.sleep(WEBHOOK).await;
                    break;
                }
                () = argo.clock.sleep(RESYNC) => break,
            }
        }
    }
}

impl Argo {
    async fn generate(&self, set: &Value) -> Result<(), kube::Error> {
        let name = set["metadata"]["name"].as_str().unwrap_or_default();
        let mut wanted = BTreeMap::new();
        let mut failed = None;
        for generator in set["spec"]["generators"].as_array().into_iter().flatten() {
            let git = &generator["git"];
            if !git["directories"].is_array() {
                failed = Some("only the git generator of directories is played in this world".to_owned());
                continue;
            }
            let (url, revision) =
                (git["repoURL"].as_str().unwrap_or_default(), git["revision"].as_str().unwrap_or_default());
            match self.sources.read(url, revision).await {
                Ok((_, tree)) => {
                    let made =
                        directories(&tree, &git["directories"]).into_iter().map(|path| generated(set, &path));
                    wanted.extend(
                        made.filter_map(|it| Some((it["metadata"]["name"].as_str()?.to_owned(), it))),
                    );
                }
                Err(err) => failed = Some(err.to_string()),
            }
        }
        if failed.is_none() {
            self.bring_about(name, &wanted).await?;
        }
        let status = status(&set["status"], &wanted, failed.as_deref(), &moment(self.clock.now()));
        if status != set["status"] {
            let change = Patch::Merge(json!({"status": status}));
            let how = PatchParams::default();
            match self.sets.patch_status(name, &how, &change).await {
                Err(kube::Error::Api(answer)) if answer.code == 404 => {
                    self.sets.patch(name, &how, &change).await.map(drop)?
                }
                other => other.map(drop)?,
            }
        }
        Ok(())
    }

    /// Create what is missing, change what differs, delete what no directory stands for any more.
    async fn bring_about(&self, set: &str, wanted: &BTreeMap<String, Value>) -> Result<(), kube::Error> {
        let mut present = BTreeSet::new();
        for application in self.applications.list(&ListParams::default()).await? {
            let Ok(live) = serde_json::to_value(&application) else { continue };
            let mut owners = live["metadata"]["ownerReferences"].as_array().into_iter().flatten();
            if !owners.any(|it| it["kind"] == "ApplicationSet" && it["name"] == set) {
                continue;
            }
            let name = live["metadata"]["name"].as_str().unwrap_or_default();
            present.insert(name.to_owned());
            match wanted.get(name) {
                Some(it) if it["spec"] != live["spec"] => {
                    self.write(name, json!({"spec": it["spec"]})).await?
                }
                Some(_) => {}
                None => self.applications.delete(name, &DeleteParams::default()).await.map(drop)?,
            }
        }
        for (_, application) in wanted.iter().filter(|(name, _)| !present.contains(*name)) {
            if let Ok(object) = serde_json::from_value(application.clone()) {
                self.applications.create(&PostParams::default(), &object).await?;
            }
        }
        Ok(())
    }
}

/// The directories that some pattern matches and no excluding one; `*` does not cross a slash.
pub fn directories(tree: &Tree, patterns: &Value) -> Vec<String> {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for file in tree.files.keys() {
        let mut path = file.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            all.insert(parent);
            path = parent;
        }
    }
    let patterns: Vec<(&str, bool)> = patterns
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["path"].as_str().map(|path| (path, it["exclude"] == true)))
        .collect();
    let hit = |path: &str, excluding: bool| {
        patterns.iter().any(|(it, exclude)| *exclude == excluding && fits(it, path))
    };
    all.into_iter()
        .filter(|path| !path.split('/').any(|it| it.starts_with('.')) && hit(path, false) && !hit(path, true))
        .map(str::to_owned)
        .collect()
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(pattern, part)| super::render::glob(pattern, part))
}

/// The application that a set makes of a directory.
pub fn generated(set: &Value, path: &str) -> Value {
    let mut application = fill(&set["spec"]["template"], path);
    application["apiVersion"] = json!("argoproj.io/v1alpha1");
    application["kind"] = json!("Application");
    application["metadata"]["namespace"] = json!(NAMESPACE);
    application["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    application["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": set["metadata"]["name"],
        "uid": set["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }]);
    application
}

/// A set's status: conditions that keep their time while they say the same, and what it made.
pub fn status(before: &Value, wanted: &BTreeMap<String, Value>, failed: Option<&str>, at: &str) -> Value {
    let rows = [
        ("ErrorOccurred", failed.is_some(), "Successfully generated parameters for all Applications"),
        ("ParametersGenerated", failed.is_none(), "Successfully generated parameters for all Applications"),
        ("ResourcesUpToDate", failed.is_none(), "All applications have been generated successfully"),
    ];
    let conditions: Vec<Value> = rows
        .into_iter()
        .map(|(kind, yes, said)| {
            let word = if yes { "True" } else { "False" };
            let message = failed.unwrap_or(said);
            let mut old = before["conditions"].as_array().into_iter().flatten();
            let same = old.find(|it| it["type"] == kind && it["status"] == word && it["message"] == message);
            same.cloned().unwrap_or_else(|| {
                let reason = match (kind, failed) {
                    (_, Some(_)) => "ApplicationGenerationFromParamsError",
                    ("ResourcesUpToDate", None) => "ApplicationSetUpToDate",
                    ("ErrorOccurred", None) => "ApplicationSetUpToDate",
                    _ => "ParametersGenerated",
                };
                json!({"type": kind, "status": word, "reason": reason, "message": message, "lastTransitionTime": at})
            })
        })
        .collect();
    let resources: Vec<Value> = wanted
        .keys()
        .map(|name| json!({"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": NAMESPACE, "name": name}))
        .collect();
    json!({"conditions": conditions, "resources": resources, "resourcesCount": resources.len()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_match_part_by_part() {
        let files = [
            "apps/ory/hydra/a.yaml",
            "apps/ory/x-disabled/a.yaml",
            "apps/top.yaml",
            "apps/.git/x/y",
            "apps/a/b/c/d",
        ];
        let tree = Tree { files: files.iter().map(|it| ((*it).to_owned(), String::new())).collect() };
        let patterns = json!([{"path": "apps/*/*"}, {"path": "apps/*/*-disabled", "exclude": true}]);
        assert_eq!(directories(&tree, &patterns), ["apps/a/b", "apps/ory/hydra"]);
    }
}
