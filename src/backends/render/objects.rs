//! The objects that a folder of the repository is rendered to before they are delivered: by kustomize or helm, where the
//! folder is theirs.

use super::folder::Folder;
use super::shut_in::{self, Job, Key};
use super::{PATIENCE, RenderFailure, Tools, aside, helm, layout};
use crate::git::Tree;
use crate::program;
use domain::{DeliveredFolder, Rendered, RepoPath};
use serde_json::Value;
use std::fmt;

const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Objects as a renderer wrote them. There may be secrets among them: it does not print.
pub(crate) struct Manifests {
    pub text: String,
    pub rendered: Rendered,
    /// What the engine puts in and is not in it, so that it cannot be taken for what is delivered.
    pub lacks: Option<String>,
}

impl fmt::Debug for Manifests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifests({} bytes by {})", self.text.len(), self.rendered.by)
    }
}

/// What is run for a folder.
pub(super) struct Means {
    pub job: Job,
    /// Values that stand in the object which delivers the folder: files in the renderer's home, by name.
    pub files: Vec<(String, String)>,
    /// What is not as the engine would do it.
    pub notes: Vec<String>,
    /// Of this what makes it something else than what is delivered.
    pub lacks: Option<String>,
}

/// Render a folder as it is delivered. None where nothing renders it. `spec` is that of the object which delivers it.
pub(crate) async fn objects(
    tree: &Tree,
    tools: &Tools,
    of: &DeliveredFolder,
    spec: &Value,
) -> Result<Option<Manifests>, RenderFailure> {
    let Some(means) = means(tree, tools, of, spec)? else { return Ok(None) };
    let Means { job, files, notes, lacks } = means;
    let folder = aside({
        let tree = tree.clone();
        move || {
            let broken = |err: std::io::Error| RenderFailure::Folder(err.to_string());
            let folder = Folder::make().map_err(broken)?;
            folder.export(&tree).map_err(broken)?;
            for (name, text) in files {
                std::fs::write(folder.home().join(name), text).map_err(broken)?;
            }
            Ok(folder)
        }
    })
    .await?;
    // Nothing sealed is opened for this: what SOPS has locked stays locked in what is compared.
    let isolation = shut_in::run(&job, &folder, tools, &Key::None, PATIENCE).await?;
    let failed =
        RenderFailure::Failed { program: job.program.clone(), said: "it wrote no text, or too much".into() };
    let text =
        aside(move || Ok(layout::written(&folder.said()).and_then(|it| String::from_utf8(it).ok()))).await?;
    let words: Vec<String> = std::iter::once(isolation).chain(notes).collect();
    let rendered =
        Rendered { by: job.program, from: job.from, cluster: String::new(), isolation: words.join(", ") };
    Ok(Some(Manifests { text: text.ok_or(failed)?, rendered, lacks }))
}

fn means(
    tree: &Tree,
    tools: &Tools,
    of: &DeliveredFolder,
    spec: &Value,
) -> Result<Option<Means>, RenderFailure> {
    let at = |name: &str| match of.folder.as_str() {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    if let Some(file) = KUSTOMIZATIONS.iter().map(|it| at(it)).find(|it| tree.bytes(it).is_some()) {
        let path = program::search_path(tools.folder.as_deref());
        let has = |name: &str| program::on_search_path(name, &path).is_some();
        // kubectl brings a kustomize of its own.
        let (program, word) = match !has("kustomize") && has("kubectl") {
            true => ("kubectl", "kustomize"),
            false => ("kustomize", "build"),
        };
        let job = Job {
            program: program.into(),
            arguments: vec![word.into(), ".".into()],
            from: RepoPath(file),
            inside: of.folder.clone(),
        };
        // What is put in afterwards whoever compares puts in; what sets more is no plain rendering to him.
        return Ok(Some(Means { job, files: Vec::new(), notes: kustomize_notes(spec), lacks: None }));
    }
    if tree.bytes(&at("Chart.yaml")).is_some() {
        let chart = RepoPath(at("Chart.yaml"));
        return helm::means(tree, of, spec, chart, &tools.capabilities).map(Some);
    }
    Ok(None)
}

/// What of the object that delivers a kustomization changes what comes of it, and is not done here.
fn kustomize_notes(spec: &Value) -> Vec<String> {
    let set = |at: &&&str| spec.pointer(at).is_some_and(|it| !it.is_null());
    let all = ["/postBuild", "/patches", "/images", "/components", "/namePrefix", "/source/kustomize"];
    let found: Vec<&str> = all.iter().filter(set).map(|it| it.rsplit('/').next().unwrap_or(it)).collect();
    if found.is_empty() { Vec::new() } else { vec![format!("before its {}", found.join(", "))] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ObjectRef;
    use serde_json::json;

    fn of(folder: &str) -> DeliveredFolder {
        let by = ObjectRef {
            group: "argoproj.io".into(),
            kind: "Application".into(),
            namespace: "argocd".into(),
            name: "web".into(),
        };
        DeliveredFolder { by, folder: folder.into() }
    }

    /// Programs of shell, by their names.
    fn tools(programs: &[(&str, &str)]) -> (tempfile::TempDir, Tools) {
        let bin = tempfile::tempdir().unwrap();
        for (name, script) in programs {
            let path = bin.path().join(name);
            crate::program::trial::script(&path, script);
        }
        let tools = Tools { folder: Some(bin.path().to_owned()), ..Tools::default() };
        (bin, tools)
    }

    const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n";

    #[tokio::test]
    async fn a_kustomization_is_built_where_it_is_and_does_not_print() {
        let tree = Tree::of(&[
            ("apps/web/kustomization.yaml", "resources: [a.yaml]\n"),
            ("apps/web/a.yaml", SECRET),
            ("apps/base/b.yaml", "b: 1\n"),
        ]);
        let (_bin, tools) = tools(&[(
            "kustomize",
            "test \"$*\" = 'build .' && test -f ../base/b.yaml && cat a.yaml && env >&2",
        )]);
        let done =
            objects(&tree, &tools, &of("apps/web"), &json!({"postBuild": {}, "path": "x"})).await.unwrap();
        let done = done.unwrap();
        assert_eq!(done.text, SECRET);
        assert!(!format!("{done:?}").contains("hunter2"));
        assert_eq!(
            (done.rendered.by.as_str(), done.rendered.from.0.as_str()),
            ("kustomize", "apps/web/kustomization.yaml")
        );
        assert!(done.rendered.isolation.ends_with("before its postBuild"), "{}", done.rendered.isolation);
        let none = objects(&tree, &tools, &of("apps/base"), &Value::Null).await.unwrap();
        assert!(none.is_none(), "what is written there is delivered as it is");
    }

    #[tokio::test]
    async fn a_chart_gets_the_values_of_its_object_by_a_file_and_why_it_fails_is_told() {
        let tree = Tree::of(&[("web/Chart.yaml", "name: web\n"), ("web/prod.yaml", "b: 2\n")]);
        let spec = json!({"destination": {"namespace": "shop"}, "source": {"path": "web", "helm": {
            "valueFiles": ["prod.yaml"], "values": "a: hunter2\n"}}});
        let script = "case \"$*\" in *hunter2*) exit 1;; esac; test \"$1\" = template || exit 2; shift 3\n\
            while [ \"$1\" != -- ]; do cat \"$2\"; shift 2; done";
        let (_bin, found) = tools(&[("helm", script)]);
        let done = objects(&tree, &found, &of("web"), &spec).await.unwrap().unwrap();
        assert_eq!(done.text, "b: 2\na: hunter2\n");
        let missing =
            "echo 'Error: found in Chart.yaml, but missing in charts/ directory: redis' >&2; exit 1";
        let (_bin, fails) = tools(&[("helm", missing)]);
        let err = objects(&tree, &fails, &of("web"), &spec).await.unwrap_err().told();
        assert!(err.contains("helm failed") && err.contains("missing in charts/ directory: redis"), "{err}");
    }
}
