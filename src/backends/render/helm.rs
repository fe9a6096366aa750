//! How helm renders a chart of the repository, as an Application of Argo CD or a HelmRelease of Flux has it rendered:
//! release, namespace, files of values, and values that stand in the object itself.

use super::objects::Means;
use super::shut_in::Job;
use super::{Capabilities, RenderFailure};
use crate::git::Tree;
use crate::relative::beside;
use domain::{DeliveredFolder, RepoPath};
use serde_json::Value;

/// Where the object's own values are put, in the home of the run.
const VALUES: &str = "values-of-the-object.yaml";

/// The run for a chart.
pub(super) fn means(
    tree: &Tree,
    of: &DeliveredFolder,
    spec: &Value,
    chart: RepoPath,
    able: &Capabilities,
) -> Result<Means, RenderFailure> {
    let text = |at: &str| spec.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
    let flux = of.by.kind == "HelmRelease";
    let source = if flux { spec.pointer("/chart/spec").cloned() } else { source(spec, &of.folder) };
    let source = source.unwrap_or_default();
    let helm = if flux { spec.clone() } else { source.get("helm").cloned().unwrap_or_default() };
    let namespace = match flux {
        true => text("/targetNamespace").unwrap_or(&of.by.namespace),
        false => {
            let own = helm.get("namespace").and_then(Value::as_str).filter(|it| !it.is_empty());
            own.or(text("/destination/namespace")).unwrap_or("default")
        }
    };
    let usual = match text("/targetNamespace").filter(|_| flux) {
        Some(target) => format!("{target}-{}", of.by.name),
        None => of.by.name.clone(),
    };
    let release = helm.get("releaseName").and_then(Value::as_str).unwrap_or(&usual);
    let mut arguments = vec!["template".to_owned(), format!("--namespace={namespace}")];
    let skips = helm.get("skipCrds").or(helm.pointer("/install/skipCRDs"));
    if skips != Some(&Value::Bool(true)) {
        arguments.push("--include-crds".to_owned());
    }
    let version = helm.get("kubeVersion").and_then(Value::as_str).unwrap_or(&able.version);
    if !version.is_empty() {
        arguments.push(format!("--kube-version={version}"));
    }
    let apis: Vec<&str> = match helm.get("apiVersions").and_then(Value::as_array) {
        Some(said) => said.iter().filter_map(Value::as_str).collect(),
        None => able.apis.iter().map(String::as_str).collect(),
    };
    arguments.extend(apis.iter().map(|it| format!("--api-versions={it}")));
    let named = if flux { source.get("valuesFiles") } else { helm.get("valueFiles") };
    let lenient = helm.get("ignoreMissingValueFiles").and_then(Value::as_bool).unwrap_or(false)
        || source.get("ignoreMissingValuesFiles").and_then(Value::as_bool).unwrap_or(false);
    for file in named.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        match found(tree, of, file) {
            Some(at) => arguments.extend(["--values".to_owned(), one_path(at, of)?]),
            None if lenient => {}
            None => return Err(missing(of, file)),
        }
    }
    let written = helm.get("valuesObject").or(helm.get("values")).filter(|it| !it.is_null());
    let values = written.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    let mut files = Vec::new();
    if let Some(values) = values {
        arguments.extend(["--values".to_owned(), format!("{{home}}/{VALUES}")]);
        files.push((VALUES.to_owned(), values));
    }
    parameters(tree, of, &helm, &mut arguments, &mut files)?;
    // A name that looks like a flag is a name all the same.
    arguments.extend(["--", release, "."].map(ToOwned::to_owned));
    let mut left: Vec<&str> = ["valuesFrom", "postRenderers"]
        .into_iter()
        .filter(|it| helm.get(it).is_some_and(|it| it.as_array().is_none_or(|it| !it.is_empty())))
        .collect();
    let said = helm.to_string();
    if !flux && ["$ARGOCD_", "${ARGOCD_"].iter().any(|it| said.contains(it)) {
        left.push("build environment");
    }
    let lacks = (!left.is_empty()).then(|| format!("without its {}", left.join(", ")));
    let notes = lacks.iter().cloned().collect();
    let job = Job { program: "helm".into(), arguments, from: chart, inside: of.folder.clone() };
    Ok(Means { job, files, notes, lacks })
}

/// A file that the object names, from the chart up to the root and down again; none where it is not in the tree.
fn found(tree: &Tree, of: &DeliveredFolder, file: &str) -> Option<String> {
    // Flux counts from the root of the repository, Argo CD from the chart; `$name/…` is the root of a source.
    let from = if of.by.kind == "HelmRelease" { "" } else { of.folder.as_str() };
    let at = match file.strip_prefix('$').and_then(|it| it.split_once('/')) {
        Some((_, rest)) => beside("", rest),
        None if file.starts_with('/') => beside("", file),
        None => beside(from, file),
    };
    let at = at.filter(|it| tree.bytes(it).is_some())?;
    Some(format!("./{}{at}", up(&of.folder)))
}

/// The path of a file as helm takes it: with these letters it would be several, of anything on the machine.
fn one_path(at: String, of: &DeliveredFolder) -> Result<String, RenderFailure> {
    if at.contains([',', '"', '\\', '\n']) { Err(several(of, &at)) } else { Ok(at) }
}

/// The name of a value: its dots may stand behind a backslash.
fn one_name<'a>(name: &'a str, of: &DeliveredFolder) -> Result<&'a str, RenderFailure> {
    let bare = name.replace("\\.", "");
    if bare.contains([',', '=', '"', '\\', '\n']) { Err(several(of, name)) } else { Ok(name) }
}

fn several(of: &DeliveredFolder, said: &str) -> RenderFailure {
    RenderFailure::Several { said: crate::plain::plain(said).into_owned(), by: of.by.to_string() }
}

fn up(folder: &str) -> String {
    "../".repeat(folder.split('/').filter(|it| !it.is_empty()).count())
}

fn missing(of: &DeliveredFolder, file: &str) -> RenderFailure {
    let file = crate::plain::plain(file).into_owned();
    RenderFailure::NoValues { file, by: of.by.to_string() }
}

/// The parameters of an Application. A text may be a secret and goes by a file, for arguments are seen by everybody on
/// the machine; what helm reads as something else than a text cannot, and is none.
fn parameters(
    tree: &Tree,
    of: &DeliveredFolder,
    helm: &Value,
    arguments: &mut Vec<String>,
    files: &mut Vec<(String, String)>,
) -> Result<(), RenderFailure> {
    let all = |key: &str| helm.get(key).and_then(Value::as_array).into_iter().flatten();
    for it in all("parameters") {
        let said = |key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, value) = (one_name(said("name"), of)?, said("value"));
        let text = it.get("forceString") == Some(&Value::Bool(true));
        if !text && is_read(value) {
            arguments.push(format!("--set={name}={value}"));
            continue;
        }
        let file = format!("parameter-{}", files.len());
        arguments.push(format!("--set-file={name}=../{}home/{file}", up(&of.folder)));
        files.push((file, unescaped(value)));
    }
    for it in all("fileParameters") {
        let said = |key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default();
        let at = found(tree, of, said("path")).ok_or_else(|| missing(of, said("path")))?;
        arguments.push(format!("--set-file={}={}", one_name(said("name"), of)?, one_path(at, of)?));
    }
    Ok(())
}

/// Whether helm makes something else than a text of a value: nothing, a truth, a number, a list.
fn is_read(value: &str) -> bool {
    ["", "null", "true", "false"].iter().any(|it| it.eq_ignore_ascii_case(value))
        || value.starts_with('{') && value.ends_with('}')
        || value.parse::<i64>().is_ok()
}

/// What helm takes for the text: behind a backslash every letter stands for itself.
fn unescaped(value: &str) -> String {
    let mut letters = value.chars();
    let mut out = String::new();
    while let Some(it) = letters.next() {
        match it {
            '\\' => out.extend(letters.next()),
            it => out.push(it),
        }
    }
    out
}

/// The source of an Application that is this folder.
pub(crate) fn source(spec: &Value, folder: &str) -> Option<Value> {
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
        told_of(kind, spec, &Capabilities::default())
    }

    fn told_of(kind: &str, spec: &Value, able: &Capabilities) -> Result<String, String> {
        let tree = Tree::of(&[
            ("charts/web/Chart.yaml", "name: web\n"),
            ("charts/web/prod.yaml", ""),
            ("charts/web/a,leak=b.yaml", ""),
            ("env/a.yaml", ""),
        ]);
        let means = means(&tree, &of(kind), spec, RepoPath("charts/web/Chart.yaml".into()), able);
        let words = |it: Means| {
            let files: Vec<&str> = it.files.iter().map(|(_, text)| text.as_str()).collect();
            format!("{} | {} | {}", it.job.arguments.join(" "), files.join(","), it.lacks.unwrap_or_default())
        };
        means.map(words).map_err(|err| err.to_string())
    }

    #[test]
    fn a_chart_is_rendered_as_the_object_says() {
        let spec = json!({
            "destination": {"namespace": "shop"},
            "source": {"path": "./charts/web/", "helm": {
                "releaseName": "--post-renderer=./x.sh", "valueFiles": ["prod.yaml", "../../env/a.yaml"], "values": "a: hunter2\n",
            }},
        });
        let head = "template --namespace=shop --include-crds";
        let files = "--values ./../../charts/web/prod.yaml --values ./../../env/a.yaml --values {home}/values-of-the-object.yaml";
        assert_eq!(
            told("Application", &spec),
            Ok(format!("{head} {files} -- --post-renderer=./x.sh . | a: hunter2\n | "))
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

    #[test]
    fn parameters_and_what_the_server_can_do_are_passed() {
        let spec = json!({"source": {"path": "charts/web", "helm": {
            "skipCrds": true,
            "parameters": [{"name": "n", "value": "3"}, {"name": "t", "value": "hunter2,x\\.y"},
                {"name": "s", "value": "3", "forceString": true}, {"name": "l", "value": "{a,b}"}],
            "fileParameters": [{"name": "f", "path": "prod.yaml"}]}}});
        let able =
            Capabilities { version: "v1.35.2".into(), apis: vec!["v1".into(), "apps/v1/Deployment".into()] };
        assert_eq!(
            told_of("Application", &spec, &able).unwrap(),
            "template --namespace=default --kube-version=v1.35.2 --api-versions=v1 --api-versions=apps/v1/Deployment \
             --set=n=3 --set-file=t=../../../home/parameter-0 --set-file=s=../../../home/parameter-1 --set=l={a,b} \
             --set-file=f=./../../charts/web/prod.yaml -- web . | hunter2,x.y,3 | "
        );
        let own = json!({"source": {"path": "charts/web", "helm": {"kubeVersion": "1.30", "apiVersions": ["a/v1"],
            "namespace": "shop", "values": "x: $ARGOCD_APP_NAME"}}});
        let words = told_of("Application", &own, &able).unwrap();
        assert!(words.starts_with(
            "template --namespace=shop --include-crds --kube-version=1.30 --api-versions=a/v1 "
        ));
        assert!(words.ends_with("without its build environment"), "{words}");
        let spec = json!({"source": {"path": "charts/web", "helm": {"fileParameters": [{"name": "f", "path": "/no"}]}}});
        assert!(told("Application", &spec).unwrap_err().contains("is not in the repository"));
        let spec = json!({"source": {"path": "charts/web", "helm": {"parameters": [{"name": "a\\.b", "value": "False"}]}}});
        assert!(
            told("Application", &spec).unwrap().contains("--set=a\\.b=False "),
            "helm takes it for a truth"
        );
    }

    #[test]
    fn a_name_and_a_path_are_one_thing_each() {
        let refused = |helm: Value| {
            let spec = json!({"source": {"path": "charts/web", "helm": helm}});
            told("Application", &spec).unwrap_err().contains("more than one thing")
        };
        for name in ["leak=/home/me/.kube/config,x", "a\\", "a,b", "a\\,b", "a\"b"] {
            assert!(refused(json!({"parameters": [{"name": name, "value": "x"}]})), "{name}");
            assert!(refused(json!({"parameters": [{"name": name, "value": "1"}]})), "{name}");
            assert!(refused(json!({"fileParameters": [{"name": name, "path": "prod.yaml"}]})), "{name}");
        }
        let path = "a,leak=b.yaml";
        assert!(refused(json!({"valueFiles": [path]})));
        assert!(refused(json!({"fileParameters": [{"name": "f", "path": path}]})));
    }
}
