//! Kustomizations as far as they are plain: what they gather, and the few things they set that can be told with their
//! lines. For everything else the program is needed.

mod reach;
mod sealed;

use super::deliverer::Directory;
use super::manifests::{self, Manifest};
use super::origin::{Makings, Origin};
use crate::git::{Leaf, Tree};
use crate::relative::beside;
use crate::yaml::{Node, What, nodes};
use domain::{RepoPath, Sureness, Written};
use std::collections::BTreeSet;

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Kustomizations in kustomizations.
const DEEPEST: usize = 12;

/// What a folder is made to.
#[derive(Debug, Default)]
pub(super) struct Kustomized {
    pub objects: Vec<(Manifest, Origin)>,
    /// What of it only the program does.
    pub needs: BTreeSet<String>,
    pub makings: Makings,
    /// What is gathered from elsewhere, with the line that says so.
    pub far: Vec<(String, u32)>,
}

/// The kustomization of a folder; none where it has none.
pub(super) fn file_in(tree: &Tree, folder: &str) -> Option<RepoPath> {
    NAMES.iter().map(|name| within(folder, name)).find(|it| tree.bytes(it).is_some()).map(RepoPath)
}

/// A folder as Flux has it: with its kustomization, else every file, and every folder below with a kustomization of
/// its own as that says. Each with the folder that it is made of.
pub(super) fn gathered(tree: &Tree, folder: &str) -> Vec<(String, Kustomized)> {
    if file_in(tree, folder).is_some() {
        return vec![(folder.to_owned(), read(tree, folder, 0))];
    }
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let is_one =
        |path: &str| NAMES.iter().any(|it| path.strip_suffix(it).is_some_and(|it| it.ends_with('/')));
    let below: BTreeSet<&str> = tree
        .leaves()
        .iter()
        .filter(|(path, _)| path.0.starts_with(&prefix) && is_one(&path.0))
        .filter_map(|(path, _)| Some(path.0.rsplit_once('/')?.0))
        .collect();
    let outermost = |it: &&str| !below.iter().any(|other| it.starts_with(&format!("{other}/")));
    let own: Vec<&str> = below.iter().copied().filter(outermost).collect();
    let everything = Directory { recurse: true, ..Directory::default() };
    let plain = manifests::of_folder(tree, folder, &everything).into_iter();
    let plain = plain.filter(|it| !own.iter().any(|own| it.path.0.starts_with(&format!("{own}/"))));
    let objects = plain.map(|it| (it.clone(), Origin::File(it.path))).collect();
    let plain = (folder.to_owned(), Kustomized { objects, ..Kustomized::default() });
    std::iter::once(plain).chain(own.into_iter().map(|it| (it.to_owned(), read(tree, it, 0)))).collect()
}

impl Kustomized {
    fn add(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.needs.extend(other.needs);
        self.makings.bases.extend(other.makings.bases);
        self.makings.others.extend(other.makings.others);
        self.makings.sealed.extend(other.makings.sealed);
        self.far.extend(other.far);
    }
}

/// Read the kustomization of a folder, and what it gathers.
pub(super) fn read(tree: &Tree, folder: &str, depth: usize) -> Kustomized {
    let mut made = Kustomized::default();
    let Some(path) = file_in(tree, folder) else { return made };
    made.makings.from = path.clone();
    let Some(node) = tree.text(&path.0).and_then(|it| nodes(it).ok()?.into_iter().next()) else {
        made.needs.insert("what cannot be read".into());
        return made;
    };
    for list in ["resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902"] {
        for item in node.get(list).map(Node::items).unwrap_or_default() {
            gather(tree, folder, list, item, &mut made, depth);
        }
    }
    let plain = [
        "apiVersion",
        "kind",
        "metadata",
        "resources",
        "bases",
        "namespace",
        "labels",
        "commonLabels",
        "commonAnnotations",
        "images",
        "replicas",
        "sortOptions",
        "openapi",
        "generatorOptions",
        "buildMetadata",
    ];
    let more = node.entries().iter().filter(|(key, it)| !plain.contains(&key.as_str()) && !it.is_null());
    made.needs.extend(more.map(|(key, _)| key.clone()));
    made.makings.bases.extend(made.objects.iter().map(|(it, _)| it.clone()));
    made.makings.sealed.extend(sealed::generated(tree, folder, &node));
    let reaching = made.objects.iter().flat_map(|(it, _)| reach::beyond(&node, &it.node));
    made.needs.extend(reaching.collect::<Vec<_>>());
    for (manifest, origin) in &mut made.objects {
        set(manifest, origin, &node, &path);
    }
    made.makings.others.insert(0, (path, node));
    made
}

fn gather(tree: &Tree, folder: &str, list: &str, item: &Node, made: &mut Kustomized, depth: usize) {
    let named = item.text().or_else(|| item.said("path"));
    let Some(named) = named.filter(|it| !it.contains('\n')) else { return };
    // What lies elsewhere is not ours to look at.
    let far = named.contains("://")
        || named.starts_with("github.com/")
        || named.starts_with("git@")
        || named.contains("?ref=");
    let of_objects = ["resources", "bases"].contains(&list);
    if far && of_objects {
        made.far.push((named.to_owned(), item.line));
    } else if far {
        made.needs.insert(format!("{list} from elsewhere"));
    }
    let Some(at) = beside(folder, named).filter(|_| !far) else { return };
    match tree.text(&at) {
        Some(_) if of_objects => {
            let path = RepoPath(at);
            let found = manifests::of_file(tree, &path).into_iter();
            made.objects.extend(found.map(|it| (it, Origin::File(path.clone()))));
        }
        Some(text) => {
            let all = nodes(text).unwrap_or_default().into_iter();
            made.makings.others.extend(all.map(|it| (RepoPath(at.clone()), it)));
        }
        None if depth < DEEPEST => {
            let mut below = read(tree, &at, depth + 1);
            if !of_objects {
                // A component changes what is gathered here.
                below.objects.clear();
            }
            made.add(below);
        }
        None => {}
    }
}

/// What a kustomization sets of an object, with the lines that say so.
fn set(manifest: &mut Manifest, origin: &mut Origin, by: &Node, path: &RepoPath) {
    let mut done: Vec<(String, Written)> = Vec::new();
    let written = |line| Written { path: path.clone(), line, sure: Sureness::ByRender };
    let kind = manifest.node.said("kind").unwrap_or_default().to_owned();
    let name = manifest.node.said("metadata.name").unwrap_or_default().to_owned();
    if let Some(namespace) = by.get("namespace").filter(|it| it.text().is_some())
        && let Some(What::Map(entries)) = inside(&mut manifest.node, "metadata")
    {
        entries.retain(|(key, _)| key != "namespace");
        entries.push(("namespace".into(), namespace.clone()));
    }
    let scales =
        ["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"].contains(&kind.as_str());
    for it in by.get("replicas").map(Node::items).unwrap_or_default() {
        if scales
            && it.said("name") == Some(&name)
            && let (Some(count), Some(What::Map(spec))) =
                (it.get("count"), inside(&mut manifest.node, "spec"))
        {
            spec.retain(|(key, _)| key != "replicas");
            spec.push(("replicas".into(), count.clone()));
            done.push(("spec.replicas".into(), written(count.line)));
        }
    }
    for it in by.get("images").map(Node::items).unwrap_or_default() {
        image(&mut manifest.node, "", it, &mut |field, line| done.push((field, written(line))));
    }
    if done.is_empty() {
        return;
    }
    match origin {
        Origin::Changed { set, .. } => {
            set.retain(|(field, _)| !done.iter().any(|(it, _)| it == field));
            set.extend(done);
        }
        Origin::File(path) => *origin = Origin::Changed { path: path.clone(), set: done },
        _ => {}
    }
}

fn inside<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut What> {
    match &mut node.what {
        What::Map(entries) => entries.iter_mut().find(|it| it.0 == key).map(|(_, it)| &mut it.what),
        _ => None,
    }
}

/// Every `image` below that is of this name, as the kustomization has it.
fn image(node: &mut Node, field: &str, by: &Node, tell: &mut impl FnMut(String, u32)) {
    match &mut node.what {
        What::Map(entries) => {
            for (key, node) in entries {
                let field = crate::yaml::below(field, key);
                if let (What::Scalar { text, .. }, "image") = (&mut node.what, key.as_str()) {
                    let (name, rest) = split(text);
                    if Some(name) != by.said("name") {
                        continue;
                    }
                    let place = by.get("digest").or(by.get("newTag")).or(by.get("newName"));
                    let name = by.said("newName").unwrap_or(name);
                    let made = match (by.said("digest"), by.said("newTag")) {
                        (Some(digest), _) => format!("{name}@{digest}"),
                        (None, Some(tag)) => format!("{name}:{tag}"),
                        (None, None) => format!("{name}{rest}"),
                    };
                    *text = made;
                    tell(field, place.map_or(by.line, |it| it.line));
                } else {
                    image(node, &field, by, tell);
                }
            }
        }
        What::List(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                image(item, &format!("{field}[{at}]"), by, tell);
            }
        }
        What::Scalar { .. } => {}
    }
}

/// The name of an image, and its tag or digest with what parts them.
fn split(image: &str) -> (&str, &str) {
    let tag = image.find('@').or_else(|| image.rfind(':').filter(|at| !image[*at..].contains('/')));
    image.split_at(tag.unwrap_or(image.len()))
}

fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether a folder is a chart.
pub(super) fn chart_in(tree: &Tree, folder: &str) -> Option<RepoPath> {
    Some(within(folder, "Chart.yaml")).filter(|it| tree.bytes(it).is_some()).map(RepoPath)
}

/// The values that stand beside a chart, and every file of values in the folder.
pub(super) fn values_in(tree: &Tree, folder: &str) -> Vec<(RepoPath, Node)> {
    let prefix = within(folder, "");
    let is_values = |path: &str| {
        path.strip_prefix(&prefix)
            .is_some_and(|name| !name.contains('/') && (name.ends_with(".yaml") || name.ends_with(".yml")))
    };
    let files =
        tree.leaves().iter().filter(|(path, leaf)| is_values(&path.0) && matches!(leaf, Leaf::File { .. }));
    let read = files
        .filter_map(|(path, _)| Some((path.clone(), nodes(tree.text(&path.0)?).ok()?.into_iter().next()?)));
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  template: {spec: {containers: [{name: web, image: 'reg:5000/web:v1'}]}}\n";

    #[test]
    fn what_is_plain_is_read_with_its_lines() {
        let top = "resources: [../base, https://example.com/x.yaml]\nnamespace: shop\nreplicas:\n- {name: web, count: 4}\nimages:\n- name: reg:5000/web\n  newTag: v2\n";
        let tree = Tree::of(&[
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("base/web.yaml", DEPLOYMENT),
            ("prod/kustomization.yaml", top),
        ]);
        let made = read(&tree, "prod", 0);
        assert!(made.needs.is_empty(), "{:?}", made.needs);
        assert_eq!(made.far, [("https://example.com/x.yaml".to_owned(), 1)]);
        let (web, origin) = &made.objects[0];
        assert_eq!(
            (web.node.said("metadata.namespace"), web.node.said("spec.replicas")),
            (Some("shop"), Some("4"))
        );
        let place = |field: &str| {
            let it = origin.written(5, field, None);
            format!("{}:{} {}", it.path, it.line, it.sure.word())
        };
        assert_eq!(place("spec.replicas"), "prod/kustomization.yaml:4 by render");
        assert_eq!(place("spec.template.spec.containers[0].image"), "prod/kustomization.yaml:7 by render");
        assert_eq!(place("metadata.labels"), "base/web.yaml:5 exact");
        assert!(origin.file_of("spec.replicas").is_none() && origin.file_of("spec.paused").is_some());
        assert_eq!(
            web.node.at("spec.template.spec.containers").unwrap().items()[0].said("image"),
            Some("reg:5000/web:v2")
        );
    }

    #[test]
    fn what_reaches_further_than_one_field_is_for_the_program() {
        let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\nsubjects: [{kind: ServiceAccount, name: default, namespace: other}]\n";
        let hook = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: h}\nwebhooks: [{clientConfig: {service: {name: s, namespace: other}}}]\n";
        let service = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x}\nspec: {service: {name: s, namespace: other}}\n";
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n";
        let needs = |top: &str, object: &str| {
            let top = format!("resources: [a.yaml]\n{top}\n");
            let made = read(&Tree::of(&[("kustomization.yaml", top.as_str()), ("a.yaml", object)]), "", 0);
            made.needs.into_iter().collect::<Vec<_>>().join(", ")
        };
        for object in [role, hook, service, namespace] {
            assert_eq!(needs("namespace: shop", object), "namespace", "{object}");
            assert_eq!(needs("namespace: other", object), "", "{object}");
        }
        assert_eq!(needs("namespace: shop", DEPLOYMENT), "");
        let labelled = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {app: web}, annotations: {team: a}}\nspec: {selector: {matchLabels: {tier: web}}}\n";
        for (top, what) in [
            ("commonLabels: {app: shop}", "commonLabels"),
            ("commonLabels: {tier: shop}", "commonLabels"),
            ("commonLabels: {app: web, more: x}", ""),
            ("commonAnnotations: {team: b}", "commonAnnotations"),
            ("commonAnnotations: {team: a}", ""),
            ("labels: [{pairs: {app: shop}}]", "labels"),
            ("labels: [{pairs: {other: shop}}]", ""),
        ] {
            assert_eq!(needs(top, labelled), what, "{top}");
        }
        assert_eq!(
            needs("components: ['https://example.org/c']", DEPLOYMENT),
            "components, components from elsewhere"
        );
    }

    #[test]
    fn what_is_generated_of_sealed_files_is_known() {
        let sealed = "a: ENC[AES256_GCM,data:x]\nsops: {}\n";
        let top = "secretGenerator:\n- {name: words, files: [key=s.yaml]}\n- {name: open, files: [o.yaml]}\n- {name: still, envs: [s.yaml], options: {disableNameSuffixHash: true}}\n";
        let tree = |more: &str| {
            let top = format!("{top}{more}");
            let tree = Tree::of(&[
                ("a/kustomization.yaml", top.as_str()),
                ("a/s.yaml", sealed),
                ("a/o.yaml", "x\n"),
            ]);
            read(&tree, "a", 0).makings.sealed
        };
        assert_eq!(tree(""), ["words"]);
        assert!(tree("generatorOptions: {disableNameSuffixHash: true}\n").is_empty());
    }

    #[test]
    fn what_only_the_program_does_is_said() {
        let tree = Tree::of(&[
            ("a/kustomization.yaml", "resources: [web.yaml]\nnamePrefix: x-\npatches:\n- path: p.yaml\n"),
            ("a/web.yaml", DEPLOYMENT),
            ("a/p.yaml", "spec: {replicas: 2}\n"),
            ("b.yaml", DEPLOYMENT),
        ]);
        let made = read(&tree, "a", 0);
        assert_eq!(made.needs.iter().map(String::as_str).collect::<Vec<_>>(), ["namePrefix", "patches"]);
        let all = gathered(&tree, "");
        let paths: Vec<&str> =
            all.iter().flat_map(|(_, it)| &it.objects).map(|(it, _)| it.path.0.as_str()).collect();
        assert_eq!(paths, ["b.yaml", "a/web.yaml"]);
        assert_eq!(all.iter().map(|(it, _)| it.as_str()).collect::<Vec<_>>(), ["", "a"]);
    }
}
