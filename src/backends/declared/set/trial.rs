//! What a tree declares, by what the objects that deliver it say.

use super::*;
use crate::declared::deliverer::Directory;
use crate::declared::rules::Rules;
use serde_json::json;

pub(in crate::declared) fn declared(text: &str, rules: Rules) -> Declared {
    let path = RepoPath("a.yaml".into());
    let manifest = manifests::of_text(&path, text).remove(0);
    let delivery = delivery("Nobody", "", rules, Value::Null);
    let mut made = made(manifest, Origin::File(path), Some(&delivery), &Kinds::default()).unwrap();
    made.delivered_by = None;
    made
}

fn delivery(kind: &str, folder: &str, rules: Rules, spec: Value) -> Delivery {
    let by =
        ObjectRef { group: String::new(), kind: kind.into(), namespace: "ops".into(), name: "apps".into() };
    Delivery {
        of: DeliveredFolder { by, folder: folder.into() },
        namespace: None,
        moves: false,
        directory: Directory::default(),
        rules: Arc::new(rules),
        spec,
        unknown: None,
    }
}

/// The charts of a tree that an application delivers, none of them rendered yet.
pub(in crate::declared) fn charts(tree: &Tree, folders: &[&str]) -> Vec<Pending> {
    let deliveries: Vec<Delivery> =
        folders.iter().map(|it| argo(it, json!({"source": {"path": it}}))).collect();
    of(tree, &deliveries, false, &Kinds::default()).pending
}

fn argo(folder: &str, spec: Value) -> Delivery {
    delivery("Application", folder, Rules::of_application(&spec), spec)
}

fn flux(folder: &str, spec: Value) -> Delivery {
    delivery("Kustomization", folder, Rules::of_kustomization(&spec), spec)
}

fn gathered(files: &[(&str, &str)], delivery: Delivery) -> Gathered {
    of(&Tree::of(files), &[delivery], false, &Kinds::default())
}

/// Each object, and why it cannot be compared.
fn told(set: &Set) -> Vec<String> {
    let one = |it: &Arc<Declared>| {
        let unknown = it.unknown.as_deref().map_or_else(String::new, |it| format!(": {it}"));
        format!("{} {}{unknown}", it.object.kind, it.object.name)
    };
    set.values().map(one).collect()
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";

#[test]
fn what_an_application_sets_is_looked_for_in_the_source_of_the_folder() {
    let files = [("web/kustomization.yaml", "resources: [c.yaml]\n"), ("web/c.yaml", MAP)];
    let of = |spec: Value| told(&gathered(&files, argo("web", spec)).set).join(", ");
    assert_eq!(
        of(json!({"source": {"path": "web", "kustomize": {"images": [], "version": "v5"}}})),
        "ConfigMap c"
    );
    for (key, value) in [
        ("images", json!(["a:1"])),
        ("commonLabels", json!({"a": "b"})),
        ("commonAnnotations", json!({"a": "b"})),
    ] {
        let mut kustomize = json!({});
        kustomize[key] = value;
        let spec = json!({"sources": [{"path": "other", "kustomize": {"namePrefix": "x-"}},
            {"path": "./web/", "kustomize": kustomize}]});
        let why = format!("ConfigMap c: Application ops/apps sets {key}, which is not done here");
        assert_eq!(of(spec), why);
    }
    assert_eq!(
        of(json!({"source": {"path": "web", "plugin": {"name": "avp"}}})),
        "ConfigMap c: Application ops/apps has a plugin make it"
    );
    let plain =
        gathered(&[("web/c.yaml", MAP)], argo("web", json!({"source": {"path": "web", "plugin": {}}})));
    assert_eq!(told(&plain.set), ["ConfigMap c: Application ops/apps has a plugin make it"]);
}

#[test]
fn what_flux_leaves_alone_is_marked_by_labels_too() {
    let marked =
        |of: &str, mark: &str| format!("apiVersion: v1\nkind: X\nmetadata: {{name: x, {of}: {{{mark}}}}}\n");
    for mark in
        ["kustomize.toolkit.fluxcd.io/reconcile: Disabled", "kustomize.toolkit.fluxcd.io/ssa: IfNotPresent"]
    {
        for of in ["labels", "annotations"] {
            let text = marked(of, mark);
            let made = gathered(&[("a.yaml", &text)], flux("", json!({})));
            assert!(told(&made.set)[0].starts_with("X x: Flux leaves it alone"), "{text}");
        }
    }
}

#[test]
fn what_lies_elsewhere_is_counted_and_the_rest_is_compared() {
    let top = "resources:\n- c.yaml\n- https://me:hunter2@example.org/base?ref=v1\n";
    let made = gathered(&[("kustomization.yaml", top), ("c.yaml", MAP)], flux("", json!({})));
    assert_eq!(
        told(&made.set),
        ["ConfigMap c", "Remote https://example.org/base?ref=v1: it lies elsewhere, where nobody looks"]
    );
    assert!(made.pending.is_empty());
    assert_eq!(made.set.values().map(|it| it.node.line).max(), Some(3));
}

#[test]
fn values_are_found_in_the_application_itself() {
    let application =
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: apps}\nspec: {a: b}\n";
    let made = gathered(
        &[("web/Chart.yaml", "name: web\n"), ("apps/web.yaml", application), ("x.yaml", MAP)],
        argo("web", json!({"source": {"path": "web"}})),
    );
    let others: Vec<&str> = made.pending[0].makings.others.iter().map(|(path, _)| path.0.as_str()).collect();
    assert!(others.contains(&"apps/web.yaml"), "{others:?}");
}

#[test]
fn what_was_rendered_and_cannot_be_read_is_said() {
    let chart = [("web/Chart.yaml", "name: web\n")];
    let made = gathered(&chart, argo("web", json!({"source": {"path": "web"}})));
    let (pending, kinds) = (&made.pending[0], Kinds::default());
    assert_eq!(rendered(pending, "", &kinds).unwrap().len(), 0);
    assert_eq!(rendered(pending, MAP, &kinds).unwrap().len(), 1);
    assert!(rendered(pending, "a: [\n", &kinds).unwrap_err().contains("cannot be read"));
}

#[test]
fn a_name_that_is_generated_of_what_is_opened_elsewhere_is_not_known() {
    let files = [
        ("kustomization.yaml", "secretGenerator: [{name: words, files: [s.yaml]}]\n"),
        ("s.yaml", "a: ENC[AES256_GCM,data:x]\nsops: {}\n"),
    ];
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: words-abc123defg}\n---\n\
        apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {ref: words-abc123defg, size: 1}\n";
    let objects = |spec: Value| {
        let made = gathered(&files, flux("", spec));
        let mut set = Set::new();
        for one in rendered(&made.pending[0], text, &Kinds::default()).unwrap() {
            add(&mut set, Some(one));
        }
        let x = set.values().find(|it| it.object.kind == "X").unwrap();
        let live = json!({"spec": {"ref": "words-other", "size": 1}});
        (told(&set), super::super::compare::compare(x, &live) == domain::Found::Same)
    };
    let (opened, same) = objects(json!({"decryption": {"provider": "sops"}}));
    assert!(
        opened[0].starts_with("Secret words-abc123defg: its name comes of a file that is sealed"),
        "{opened:?}"
    );
    assert!(same);
    let (delivered_as_it_is, same) = objects(json!({}));
    assert_eq!((delivered_as_it_is[0].as_str(), same), ("Secret words-abc123defg", false));
}
