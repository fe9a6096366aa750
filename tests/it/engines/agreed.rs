//! What the official clients say of a world on real engines, and what the cockpit says of it: the same.

use crate::harness::cockpit::Cockpit;
use crate::stories::{Play, on_real_engines};
use backends::Sources;
use domain::{Health, Machine, Sync, Truth};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

/// By machine, what each of its conditions is, and why.
type Described = BTreeMap<String, BTreeMap<String, (String, String)>>;

/// The machines of `clusterctl describe cluster`: a line for each object, and below it one for each condition.
fn machines(text: &str) -> Described {
    let mut found = Described::new();
    let mut machine = None;
    for line in text.lines() {
        let line = line.trim_start_matches(|it: char| !it.is_ascii_alphabetic());
        let mut words = line.split_whitespace();
        let (Some(first), second) = (words.next(), words.next().unwrap_or_default()) else { continue };
        if let Some((_, name)) = second.split_once('/') {
            machine = (first == "Machine").then(|| name.trim_end_matches(',').to_owned());
            found.extend(machine.clone().map(|it| (it, BTreeMap::new())));
        } else if let Some(machine) = &machine
            && ["True", "False", "Unknown"].contains(&second)
        {
            let told = (second.to_owned(), words.next().unwrap_or_default().to_owned());
            found.entry(machine.clone()).or_default().insert(first.to_owned(), told);
        }
    }
    found
}

fn held<'a>(machines: impl Iterator<Item = &'a Machine>) -> Described {
    let word = |it: Truth| match it {
        Truth::True => "True",
        Truth::False => "False",
        Truth::Unknown => "Unknown",
    };
    machines
        .map(|it| {
            let conditions = it.conditions.0.iter();
            let told = conditions.map(|it| (it.kind.clone(), (word(it.status).into(), it.reason.clone())));
            (it.id.name.clone(), told.collect())
        })
        .collect()
}

fn said(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn sources(dir: &Path) -> Sources {
    Sources {
        kubeconfig: Some(dir.join("kubeconfig")),
        talosconfig: Some(dir.join("talosconfig")),
        repository: Some(dir.join("repo")),
        ..Sources::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "on real engines; .ci/engines runs it"]
async fn clusterctl_and_argocd_say_what_the_cockpit_says() {
    let mut begun = None;
    on_real_engines(|| begun = Some(Play::begin("out-of-band-change", 20)));
    let mut play = begun.unwrap();
    play.ends();
    let (at, engines) = (play.at(), play.engines().unwrap());
    let mut cockpit = Cockpit::of(sources(&at));

    let clusterctl = || {
        let mut command = Command::new(engines.program("clusterctl"));
        command.args(["describe", "cluster", "k8s", "--show-conditions", "all", "--grouping=false"]);
        let described = said(
            command.arg("--kubeconfig").arg(at.join("kubeconfig")).env("NO_COLOR", "1").output().unwrap(),
        );
        machines(&described)
    };
    assert_eq!(clusterctl().len(), 6);
    cockpit
        .until("all is heard", |it| {
            it.world.capi.machines.iter().count() == 6 && it.world.delivery.applications.iter().count() > 30
        })
        .await;
    // Either may be a moment ahead of the other.
    let same = |it: &Cockpit| held(it.model.world.capi.machines.iter()) == clusterctl();
    cockpit.until_drawn("the machines are what clusterctl says of them", same).await;

    let argocd = |words: &[&str]| {
        let mut command = Command::new(engines.program("argocd"));
        let server = engines.text("/argo_cd/server").trim_start_matches("http://").to_owned();
        command.args(words).args(["--server", &server, "--plaintext"]).env("HOME", &at).output().unwrap()
    };
    let list = || -> BTreeSet<(String, String, String)> {
        let list: Vec<Value> = serde_json::from_str(&said(argocd(&["app", "list", "-o", "json"]))).unwrap();
        let text =
            |it: &Value, at: &str| it.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        list.iter()
            .map(|it| {
                (
                    text(it, "/metadata/name"),
                    text(it, "/status/sync/status"),
                    text(it, "/status/health/status"),
                )
            })
            .collect()
    };
    assert!(list().len() > 30);
    let sync = |it: Sync| match it {
        Sync::Synced => "Synced",
        Sync::OutOfSync => "OutOfSync",
        Sync::Unknown => "Unknown",
    };
    let same = |it: &Cockpit| {
        let told = it.model.world.delivery.applications.iter();
        let told = told
            .map(|it| (it.meta.name().to_owned(), sync(it.sync).to_owned(), health(it.health).to_owned()));
        told.collect::<BTreeSet<_>>() == list()
    };
    cockpit.until_drawn("the applications are what argocd says of them", same).await;
    drop(cockpit);

    let diff = argocd(&["app", "diff", "argocd/forgejo", "--exit-code"]);
    assert_eq!(diff.status.code(), Some(1), "{}", String::from_utf8_lossy(&diff.stderr));
    let diff = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert!(diff.contains("768Mi") && diff.contains("StatefulSet"), "{diff}");
    let told = play.drift();
    let ours: Vec<&String> =
        told.iter().filter(|it| it.starts_with("drifted: StatefulSet forgejo/forgejo ")).collect();
    assert!(ours.len() == 1 && ours[0].contains("memory"), "{told:#?}");
    // What Argo CD calls synced has no object that we call changed.
    let others = told
        .iter()
        .filter(|it| !it.contains("forgejo") && !it.contains("k8s-cp-") && !it.contains("firewall"));
    assert_eq!(others.count(), 0, "{told:#?}");
}

fn health(it: Health) -> &'static str {
    match it {
        Health::Healthy => "Healthy",
        Health::Progressing => "Progressing",
        Health::Degraded => "Degraded",
        Health::Suspended => "Suspended",
        Health::Missing => "Missing",
        Health::Unknown => "Unknown",
    }
}
