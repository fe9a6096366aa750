//! What Git declares beside what is live, over real wires: a steady world is the same in everything, and what is
//! changed past Git is found with its line and who did it.

use crate::harness::cockpit::Cockpit;
use app::Model;
use backends::{Hands, Sources};
use domain::{Finding, Found, Look, Mend, ObjectComparison, Sureness, Unlike};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::wait::await_condition;
use serde_json::json;
use simulator::{Options, WorldKind, serve};
use std::path::Path;

/// A Deployment and a ConfigMap.
const INGRESS: &str = "ingress-nginx-controller";

fn sources(dir: &Path) -> Sources {
    Sources {
        kubeconfig: Some(dir.join("kubeconfig")),
        talosconfig: Some(dir.join("talosconfig")),
        repository: Some(dir.join("repo")),
        ..Sources::default()
    }
}

/// Everything that is declared and not the same.
fn others(model: &Model) -> Vec<&ObjectComparison> {
    model.world.declared.iter().filter(|it| it.found != Found::Same).collect()
}

fn all_same(model: &Model) -> bool {
    !model.world.declared.is_empty() && others(model).is_empty()
}

fn unlike<'a>(model: &'a Model, kind: &str, name: &str) -> &'a [Unlike] {
    let of_it = model.world.declared.iter().find(|it| it.object.kind == kind && it.object.name == name);
    match of_it.map(|it| &it.found) {
        Some(Found::Differs(all)) => all,
        _ => &[],
    }
}

/// Somebody with kubectl.
async fn kubectl(dir: &Path) -> kube::Client {
    let file = kube::config::Kubeconfig::read_from(dir.join("kubeconfig")).unwrap();
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(file, &options).await.unwrap();
    kube::Client::try_from(config).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_steady_world_is_what_git_says_and_what_is_changed_past_it_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().join("world"), ..Options::default() };
    let world = serve(&options).await.unwrap();
    let dir = world.dir();
    let mut cockpit = Cockpit::of(sources(dir));
    cockpit.until("something is declared", |it| !it.world.declared.is_empty()).await;
    cockpit.until("everything is as Git says", all_same).await;
    let declared = &cockpit.model.world.declared;
    assert!(declared.len() > 100, "{}", declared.len());
    let sure = |it: &&ObjectComparison| it.written.sure == Sureness::Exact && it.delivered_by.is_some();
    assert!(declared.iter().all(|it| sure(&it)), "{:#?}", declared.iter().find(|it| !sure(it)));

    let client = kubectl(dir).await;
    let by_hand = PatchParams { field_manager: Some("kubectl-edit".into()), ..PatchParams::default() };
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "ingress-nginx");
    let more = json!({"spec": {"replicas": 9}});
    // The engine takes it back after seconds: somebody insists until it was heard.
    let insists = tokio::spawn({
        let (deployments, by_hand) = (deployments.clone(), by_hand.clone());
        async move {
            loop {
                deployments.patch(INGRESS, &by_hand, &Patch::Merge(&more)).await.unwrap();
                let healed = |it: Option<&Deployment>| it.is_some_and(|it| it.spec.replicas != Some(9));
                await_condition(deployments.clone(), INGRESS, healed).await.unwrap();
            }
        }
    });
    cockpit.until("the replicas differ", |it| !unlike(it, "Deployment", INGRESS).is_empty()).await;
    insists.abort();
    let found = unlike(&cockpit.model, "Deployment", INGRESS);
    let [replicas] = found else { panic!("{found:#?}") };
    let (wanted, live) = (replicas.wanted.as_deref(), replicas.live.as_deref());
    assert_eq!((replicas.field.as_str(), wanted, live), ("spec.replicas", Some("3"), Some("9")));
    assert_eq!(replicas.writer.as_ref().map(|it| it.name.as_str()), Some("kubectl-edit"));
    let written = replicas.written.as_ref().unwrap();
    let file = std::fs::read_to_string(dir.join("repo").join(&written.path.0)).unwrap();
    assert_eq!(file.lines().nth(written.line as usize - 1).map(str::trim), Some("replicas: 3"));
    cockpit.until("the engine has healed it", all_same).await;

    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "ingress-nginx");
    let label = json!({"metadata": {"labels": {"mine": "1"}}});
    maps.patch(INGRESS, &by_hand, &Patch::Merge(&label)).await.unwrap();
    cockpit.until("the label is found", |it| !unlike(it, "ConfigMap", INGRESS).is_empty()).await;
    let [label] = unlike(&cockpit.model, "ConfigMap", INGRESS) else { panic!("one label") };
    let field = label.field.clone();
    assert_eq!((field.as_str(), label.wanted.as_deref()), ("metadata.labels.mine", None));
    let object = cockpit
        .model
        .world
        .declared
        .iter()
        .find(|it| it.object.kind == "ConfigMap" && it.object.name == INGRESS);
    let mend = Mend::Object { object: object.unwrap().object.clone(), field };
    let tip = cockpit.model.world.sources.as_ref().unwrap().commit.clone();
    let found = Hands::new(sources(dir)).look(Look::Mend { tip, mend }).await.unwrap();
    let Finding::Mended { draft, .. } = found else { panic!("{found:?}") };
    let [file] = draft.files.as_slice() else { panic!("{draft:?}") };
    let before = std::fs::read_to_string(dir.join("repo").join(&file.path.0)).unwrap();
    let after = file.body.clone().unwrap();
    let more: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!((more, after.lines().count()), (vec!["    mine: '1'"], before.lines().count() + 1));

    maps.delete(INGRESS, &kube::api::DeleteParams::default()).await.unwrap();
    let absent =
        |it: &Model| others(it).iter().any(|it| it.object.name == INGRESS && it.found == Found::Absent);
    cockpit.until("it is missed", absent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_flux_delivers_is_what_git_says() {
    let dir = tempfile::tempdir().unwrap();
    let world = WorldKind::Talhelper;
    let dir = dir.path().join("world");
    let options = Options { dir, world, nodes: world.usual_nodes(), ..Options::default() };
    let world = serve(&options).await.unwrap();
    let mut cockpit = Cockpit::of(sources(world.dir()));
    cockpit.until("everything is as Git says", all_same).await;
    let by = |it: &ObjectComparison| it.delivered_by.as_ref().map(|it| it.kind.clone());
    let declared = &cockpit.model.world.declared;
    assert!(declared.iter().all(|it| by(it).as_deref() == Some("Kustomization")), "{declared:#?}");
    let board = declared.iter().any(|it| it.object.kind == "Deployment" && it.object.name == "board");
    assert!(board, "{declared:#?}");
}
