//! What a draft changes in the objects that a folder is rendered to before it is delivered, in a world with Argo CD: by
//! the real kustomize and helm, and by none at all. `tests/manifests` pins their versions.

use crate::harness::{Program, go};
use backends::{Hands, Sources};
use domain::{
    CommitId, DeliveredFolder, Draft, DraftFile, Finding, Look, ObjectRef, Previewed, RepoPath, ValueChange,
};
use std::path::{Path, PathBuf};
use std::process::Command;

const OVERLAY: &str = "apps/web/kustomization.yaml";
const FILES: [(&str, &str); 8] = [
    (
        OVERLAY,
        "resources: [../base]\nnamespace: shop\nreplicas: [{name: web, count: 2}]\nimages: [{name: web, newTag: v1}]\n",
    ),
    ("apps/base/kustomization.yaml", "resources: [web.yaml, secret.yaml]\n"),
    (
        "apps/base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: web}}\n  template:\n    metadata: {labels: {a: web}}\n    spec: {containers: [{name: web, image: web}]}\n",
    ),
    (
        "apps/base/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n",
    ),
    ("apps/remote/kustomization.yaml", "resources: ['https://example.invalid/base?ref=v1']\n"),
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    ("charts/web/values.yaml", "greeting: hello\n"),
    (
        "charts/web/templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}'}\ndata: {greeting: '{{ .Values.greeting }}'}\n",
    ),
];

struct Place {
    _dir: tempfile::TempDir,
    _world: Program,
    commit: CommitId,
    hands: Hands,
}

impl Place {
    /// A world whose repository has these files in a commit of somebody's own.
    fn new(bin: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join("world").join(name);
        let words = dir.path().join("world").to_string_lossy().into_owned();
        let mut world = Program::start(&["demo", "--serve", &words, "--until-eof"], &[], dir.path());
        world.until("the world is ready", |line| line.starts_with("ready"));
        for (path, text) in FILES {
            let file = at("repo").join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgSign=false"];
        let git = |words: &[&str]| {
            let done = Command::new("git").args(who).args(words).current_dir(at("repo")).output().unwrap();
            assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap().trim().to_owned()
        };
        git(&["add", "."]);
        git(&["commit", "-qm", "Apps"]);
        let commit = CommitId(git(&["rev-parse", "HEAD"]));
        let tools: PathBuf = dir.path().join("bin");
        std::fs::create_dir(&tools).unwrap();
        bin(&tools);
        let hands = Hands::new(Sources {
            kubeconfig: Some(at("kubeconfig")),
            repository: Some(at("repo")),
            tools: Some(tools),
            ..Sources::default()
        });
        Self { _dir: dir, _world: world, commit, hands }
    }

    /// What a file with something else in it changes, in a folder that the application delivers.
    async fn preview(&self, folder: &str, path: &str, from: &str, to: &str) -> Result<Previewed, String> {
        let text = FILES.iter().find(|it| it.0 == path).unwrap().1;
        assert!(text.contains(from));
        let file =
            DraftFile { path: RepoPath(path.into()), body: Some(text.replace(from, to)), edits: Vec::new() };
        let draft = Draft { base: self.commit.clone(), files: vec![file], message: String::new() };
        let by = ObjectRef {
            group: "argoproj.io".into(),
            kind: "Application".into(),
            namespace: "argocd".into(),
            name: "cluster-api".into(),
        };
        let of = Some(DeliveredFolder { by, folder: folder.into() });
        match self.hands.look(Look::Preview { draft, of }).await? {
            Finding::Previewed(it) => Ok(*it),
            other => panic!("{other:?}"),
        }
    }
}

fn told(previewed: &Previewed) -> Vec<String> {
    let one = |it: &ValueChange| {
        let object = it.object.as_ref().map(|it| format!("{} {}/{}", it.kind, it.namespace, it.name));
        format!("{} {} {:?} {:?}", object.unwrap_or_default(), it.field, it.before, it.after)
    };
    previewed.objects.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds Go programs; .ci/run has a step for it"]
async fn the_real_kustomize_and_helm_render_what_is_delivered() {
    let mut built = true;
    let place = Place::new(|bin| {
        for package in ["sigs.k8s.io/kustomize/kustomize/v5", "helm.sh/helm/v3/cmd/helm"] {
            built &= go::build("manifests", package, bin).is_some();
        }
    });
    if !built {
        return;
    }
    let it = place.preview("apps/web", OVERLAY, "count: 2", "count: 3").await.unwrap();
    assert_eq!(it.rendered.by, "kustomize");
    assert_eq!(told(&it), [r#"Deployment shop/web spec.replicas Some("2") Some("3")"#]);
    let it = place.preview("apps/web", "apps/base/secret.yaml", "hunter2", "hunter3").await.unwrap();
    assert_eq!(told(&it).len(), 1);
    assert!(told(&it)[0].starts_with("Secret shop/s "), "{:?}", told(&it));
    assert!(!told(&it)[0].contains("hunter"), "{:?}", told(&it));
    let err = place.preview("apps/remote", "apps/remote/kustomization.yaml", "v1", "v2").await.unwrap_err();
    assert!(err.starts_with("as it was: kustomize failed") && !err.contains('\n'), "{err}");

    let it = place.preview("charts/web", "charts/web/values.yaml", "hello", "welcome").await.unwrap();
    assert_eq!((it.rendered.by.as_str(), it.rendered.from.0.as_str()), ("helm", "charts/web/Chart.yaml"));
    let said = told(&it);
    assert!(
        said.len() == 1 && said[0].contains(r#"cluster-api data.greeting Some("hello") Some("welcome")"#),
        "{said:?}"
    );
    let vendored = "version: 1.0.0\ndependencies: [{name: redis, version: 1.x.x, repository: 'https://example.invalid'}]";
    let err =
        place.preview("charts/web", "charts/web/Chart.yaml", "version: 1.0.0", vendored).await.unwrap_err();
    assert!(err.starts_with("with the draft: helm failed") && err.contains("redis"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_renders_what_is_written_is_shown_and_a_missing_program_is_said() {
    let place = Place::new(|_| {});
    let it = place.preview("apps/base", "apps/base/web.yaml", "name: web", "name: x").await;
    // Somebody may have them on PATH.
    let found = |name: &str| Command::new(name).arg("version").output().is_ok();
    if !found("kustomize") && !found("kubectl") {
        assert!(it.unwrap_err().contains("kustomize is not found on PATH"));
    }
    let it = place.preview("cluster-api", "apps/base/web.yaml", "name: web", "name: x").await.unwrap();
    assert!(it.rendered.by.is_empty() && it.objects.is_empty(), "plain files are delivered as they are");
}
