//! How helm renders a chart of the repository, as an Application of Argo CD or a HelmRelease of Flux has it rendered:
//! release, namespace, files of values, and values that stand in the object itself.

use super::RenderFailure;
use super::objects::Means;
use super::shut_in::Job;
use crate::git::Tree;
use crate::relative::beside;
use domain::{DeliveredFolder, RepoPath};
use serde_json::Value;

/// Where the object's own values are put, in the home of the run.
pub(super) const VALUES: &str = "values-of-the-object.yaml";

/// The run for a chart.
pub(super) fn means(
    tree: &Tree,
    of: &DeliveredFolder,
    spec: &Value,
    chart: RepoPath,
) -> Result<Means, RenderFailure> {
    let text = |at: &str| spec.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
    let flux = of.by.kind == "HelmRelease";
    let source = if flux { spec.pointer("/chart/spec").cloned() } else { source(spec, &of.folder) };
    let source = source.unwrap_or_default();
    let helm = if flux { spec.clone() } else { source.get("helm").cloned().unwrap_or_default() };
    let namespace = match flux {
        true => text("/targetNamespace").unwrap_or(&of.by.namespace),
        false => text("/destination/namespace").unwrap_or("default"),
    };
    let usual = match text("/targetNamespace").filter(|_| flux) {
        Some(target) => format!("{target}-{}", of.by.name),
        None => of.by.name.clone(),
    };
    let release = helm.get("releaseName").and_then(Value::as_str).unwrap_or(&usual);
    let mut arguments =
        vec!["template".to_owned(), format!("--namespace={namespace}"), "--include-crds".to_owned()];
    let named = if flux { source.get("valuesFiles") } else { helm.get("valueFiles") };
    let lenient = helm.get("ignoreMissingValueFiles").and_then(Value::as_bool).unwrap_or(false)
        || source.get("ignoreMissingValuesFiles").and_then(Value::as_bool).unwrap_or(false);
    for file in named.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        // Flux counts from the root of the repository, Argo CD from the chart; `$name/…` is the root of a source.
        let from = if flux { "" } else { of.folder.as_str() };
        let at = match file.strip_prefix('$').and_then(|it| it.split_once('/')) {
            Some((_, rest)) => beside("", rest),
            None if file.starts_with('/') => beside("", file),
            None => beside(from, file),
        };
        match at.filter(|it| tree.bytes(it).is_some()) {
            // From the chart up to the root, and down again.
            Some(at) => {
                let up = "../".repeat(of.folder.split('/').filter(|it| !it.is_empty()).count());
                arguments.extend(["--values".to_owned(), format!("./{up}{at}")]);
            }
            None if lenient => {}
            None => {
                let file = crate::plain::plain(file).into_owned();
                return Err(RenderFailure::NoValues { file, by: of.by.to_string() });
            }
        }
    }
    let written = helm.get("valuesObject").or(helm.get("values")).filter(|it| !it.is_null());
    let values = written.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    if values.is_some() {
        arguments.extend(["--values".to_owned(), format!("{{home}}/{VALUES}")]);
    }
    // A name that looks like a flag is a name all the same.
    arguments.extend(["--", release, "."].map(ToOwned::to_owned));
    let left: Vec<&str> = ["parameters", "fileParameters", "valuesFrom", "postRenderers"]
        .into_iter()
        .filter(|it| helm.get(it).is_some_and(|it| it.as_array().is_none_or(|it| !it.is_empty())))
        .collect();
    let notes = if left.is_empty() { Vec::new() } else { vec![format!("without its {}", left.join(", "))] };
    let job = Job { program: "helm".into(), arguments, from: chart, inside: of.folder.clone() };
    Ok(Means { job, values, notes })
}

/// The source of an Application that is this folder.
fn source(spec: &Value, folder: &str) -> Option<Value> {
    let all = spec.get("sources").and_then(Value::as_array).cloned().unwrap_or_default();
    let same = |it: &&Value| {
        let path = it.get("path").and_then(Value::as_str).unwrap_or_default();
        path.trim_start_matches("./").trim_matches('/') == folder
    };
    all.iter().find(same).cloned().or_else(|| spec.get("source").cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ObjectRef;
    use serde_json::json;

    fn of(kind: &str) -> DeliveredFolder {
        let by = ObjectRef {
            group: String::new(),
            kind: kind.into(),
            namespace: "argocd".into(),
            name: "web".into(),
        };
        DeliveredFolder { by, folder: "charts/web".into() }
    }

    fn told(kind: &str, spec: &Value) -> Result<String, String> {
        let tree = Tree::of(&[
            ("charts/web/Chart.yaml", "name: web\n"),
            ("charts/web/prod.yaml", ""),
            ("env/a.yaml", ""),
        ]);
        let means = means(&tree, &of(kind), spec, RepoPath("charts/web/Chart.yaml".into()));
        let words = |it: Means| {
            format!(
                "{} | {} | {}",
                it.job.arguments.join(" "),
                it.values.unwrap_or_default(),
                it.notes.join(", ")
            )
        };
        means.map(words).map_err(|err| err.to_string())
    }

    #[test]
    fn a_chart_is_rendered_as_the_object_says() {
        let spec = json!({
            "destination": {"namespace": "shop"},
            "source": {"path": "./charts/web/", "helm": {
                "releaseName": "--post-renderer=./x.sh", "valueFiles": ["prod.yaml", "../../env/a.yaml"], "values": "a: hunter2\n",
                "parameters": [{"name": "x", "value": "y"}],
            }},
        });
        let head = "template --namespace=shop --include-crds";
        let files = "--values ./../../charts/web/prod.yaml --values ./../../env/a.yaml --values {home}/values-of-the-object.yaml";
        assert_eq!(
            told("Application", &spec),
            Ok(format!("{head} {files} -- --post-renderer=./x.sh . | a: hunter2\n | without its parameters"))
        );
        let flux = json!({
            "targetNamespace": "shop", "values": {"a": 1}, "valuesFrom": [{"kind": "Secret"}],
            "chart": {"spec": {"chart": "./charts/web", "valuesFiles": ["env/a.yaml"]}},
        });
        let head = "template --namespace=shop --include-crds --values ./../../env/a.yaml --values {home}/values-of-the-object.yaml -- shop-web .";
        assert_eq!(told("HelmRelease", &flux), Ok(format!("{head} | {{\"a\":1}} | without its valuesFrom")));
        for file in ["../../../etc/passwd", "https://evil.example/x.yaml", "no.yaml"] {
            let spec = json!({"source": {"path": "charts/web", "helm": {"valueFiles": [file]}}});
            assert!(told("Application", &spec).unwrap_err().contains("is not in the repository"), "{file}");
        }
    }
}
