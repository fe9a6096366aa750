//! From a commit to manifests: plain YAML directories, and Kustomize where its program is at hand.

use crate::stand_ins::sources::Tree;
use serde::Deserialize as _;
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// Why a source gives no manifests. Argo CD says it in a condition of the application.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("app path does not exist: {0}")]
    NoSuchPath(String),
    #[error("Failed to unmarshal {path:?}: {why}")]
    Malformed { path: String, why: String },
    #[error("Helm charts are not rendered in this world: {0}")]
    Helm(String),
    #[error("`kustomize build {path}` failed: {why}")]
    Kustomize { path: String, why: String },
}

/// Manifests and the type of their source in Argo CD's words.
#[derive(Debug)]
pub struct Rendered {
    pub manifests: Vec<Value>,
    pub source_type: &'static str,
}

/// Read the folder that `source` (an application's `spec.source`) names.
pub async fn render(tree: &Tree, source: &Value) -> Result<Rendered, RenderError> {
    let path = source["path"].as_str().unwrap_or_default().trim_matches('/').trim_start_matches("./");
    let path = if path == "." { "" } else { path };
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let inside = |name: &str| tree.files.contains_key(&format!("{prefix}{name}"));
    if !tree.files.keys().any(|it| it.starts_with(&prefix)) {
        return Err(RenderError::NoSuchPath(path.into()));
    }
    if inside("Chart.yaml") {
        return Err(RenderError::Helm(path.into()));
    }
    if ["kustomization.yaml", "kustomization.yml", "Kustomization"].into_iter().any(inside) {
        let manifests = kustomize(tree, path).await?;
        return Ok(Rendered { manifests, source_type: "Kustomize" });
    }
    let directory = &source["directory"];
    let recurse = directory["recurse"] == true;
    let mut manifests = Vec::new();
    for (file, text) in tree.files.iter().filter(|(file, _)| file.starts_with(&prefix)) {
        let name = file.strip_prefix(&prefix).unwrap_or(file);
        let manifest = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        if !manifest || (!recurse && name.contains('/')) || !wanted(directory, name) {
            continue;
        }
        documents(file, text, &mut manifests)?;
    }
    Ok(Rendered { manifests, source_type: "Directory" })
}

fn wanted(directory: &Value, name: &str) -> bool {
    let pattern = |key: &str| directory[key].as_str().filter(|it| !it.is_empty());
    !pattern("exclude").is_some_and(|it| glob(it, name)) && pattern("include").is_none_or(|it| glob(it, name))
}

/// `*` and `?` match across folders and `{a,b}` is either, as Argo CD's matcher has it.
pub fn glob(pattern: &str, name: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((either, after)) = rest.split_once('}')
    {
        return either.split(',').any(|one| glob(&format!("{before}{one}{after}"), name));
    }
    let (mut chars, mut name_chars) = (pattern.chars(), name.chars());
    match chars.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = chars.as_str();
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| glob(rest, name.get(at..).unwrap_or_default()))
        }
        Some('?') => name_chars.next().is_some() && glob(chars.as_str(), name_chars.as_str()),
        Some(wanted) => name_chars.next() == Some(wanted) && glob(chars.as_str(), name_chars.as_str()),
    }
}

/// Every document that is an object; lists are taken apart.
pub fn documents(file: &str, text: &str, into: &mut Vec<Value>) -> Result<(), RenderError> {
    for document in serde_yaml::Deserializer::from_str(text) {
        let read = Value::deserialize(document);
        let value = read.map_err(|err| RenderError::Malformed { path: file.into(), why: err.to_string() })?;
        match value {
            Value::Null => {}
            Value::Object(mut object) if object.get("kind").and_then(Value::as_str) == Some("List") => {
                if let Some(Value::Array(items)) = object.remove("items") {
                    into.extend(items);
                }
            }
            object if object["kind"].is_string() => into.push(object),
            _ => {}
        }
    }
    Ok(())
}

async fn kustomize(tree: &Tree, path: &str) -> Result<Vec<Value>, RenderError> {
    let failed = |why: String| RenderError::Kustomize { path: path.into(), why };
    let dir = tempfile::tempdir().map_err(|err| failed(err.to_string()))?;
    for (file, text) in &tree.files {
        let place = dir.path().join(file);
        if let Some(parent) = place.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|err| failed(err.to_string()))?;
        }
        tokio::fs::write(place, text).await.map_err(|err| failed(err.to_string()))?;
    }
    let programs: [&[&str]; 2] = [&["kustomize", "build", "."], &["kubectl", "kustomize", "."]];
    for [program, args @ ..] in programs.iter().filter_map(|it| <&[&str; 3]>::try_from(*it).ok()) {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(dir.path().join(path))
            .env("KUBECONFIG", "/dev/null")
            .stdin(Stdio::null());
        match command.kill_on_drop(true).output().await {
            Ok(output) if output.status.success() => {
                let mut manifests = Vec::new();
                documents(path, &String::from_utf8_lossy(&output.stdout), &mut manifests)?;
                return Ok(manifests);
            }
            Ok(output) => return Err(failed(String::from_utf8_lossy(&output.stderr).trim().into())),
            Err(_) => {}
        }
    }
    Err(failed("neither kustomize nor kubectl is on the path".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree {
            files: files
                .iter()
                .map(|(path, text)| ((*path).into(), (*text).into()))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    #[tokio::test]
    async fn a_directory_gives_its_documents_but_for_the_excluded() {
        let tree = tree(&[
            ("apps/a/one.yaml", "kind: A\n---\nkind: B\n---\n"),
            ("apps/a/x.sops.yaml", "kind: Secret\n"),
            ("apps/a/deep/two.yaml", "kind: C\n"),
            ("apps/ab/three.yaml", "kind: D\n"),
        ]);
        let source = json!({"path": "apps/a", "directory": {"recurse": true, "exclude": "*.sops.yaml"}});
        let kinds: Vec<Value> =
            render(&tree, &source).await.unwrap().manifests.iter().map(|it| it["kind"].clone()).collect();
        assert_eq!(kinds, ["C", "A", "B"]);
        let flat = render(&tree, &json!({"path": "apps/a"})).await.unwrap();
        assert_eq!(flat.manifests.len(), 3);
        assert!(matches!(render(&tree, &json!({"path": "apps/c"})).await, Err(RenderError::NoSuchPath(_))));
    }

    #[test]
    fn patterns_match_like_those_of_argo() {
        assert!(glob("{*.sops.yaml,*.txt}", "a/b.sops.yaml"));
        assert!(!glob("*.sops.yaml", "b.yaml"));
        assert!(glob("?.yaml", "b.yaml"));
    }
}
